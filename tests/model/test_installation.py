"""The front door: what is let in, and what each wrong thing is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model import catalogue

VENDOR = "111122223333"
BAD = {
    "unknown key": ({"xyzzy": "red"}, "xyzzy", "'red'", "no such key", "Known here: account, azure"),
    "misspelt key": ({"regoin": "eu-west-1"}, "regoin", "'eu-west-1'", "no such key",
                     "Perhaps you meant region"),
    "misspelt key inside": ({"iam": {"role_prefx": "a-"}}, "iam.role_prefx", "'a-'", "no such key",
                            "Perhaps you meant role_prefix"),
    "misspelt key deep inside": ({"network": {"existing": {
        "vpc": "vpc-12345678", "cidrs": ["10.0.0.0/16"], "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
        "route_tables": ["rtb-12345678"], "pod_subnet": []}}},
                                 "network.existing.pod_subnet", "(a list)", "no such key",
                                 "Perhaps you meant pod_subnets"),
    "missing": ({"region": ...}, "region", "(missing)", "a value is needed", "such as eu-west-1"),
    "missing inside": ({"control_plane": {"account": VENDOR}}, "control_plane.role", "(missing)",
                       "a value is needed", "The one role"),
    "no account": ({"account": ...}, "account", "(missing)", "a value is needed", "12 digits in quotes"),
    "number for text": ({"account": 222222222222}, "account", "222222222222", "text, not a number",
                        "in quotes"),
    "text for switch": ({"guardduty": "yes"}, "guardduty", "'yes'", "true or false", "Whether GuardDuty"),
    "number for switch": ({"resources_feature": 1}, "resources_feature", "1", "true or false", "true picks"),
    "text for number": ({"network": {"zones": "3"}}, "network.zones", "'3'", "a whole number", "2 to 4"),
    "too many zones": ({"region": "eusc-de-east-1", "network": {"zones": 5}}, "network.zones", "5",
                       "4 or less", "2 to 4"),
    "too few zones": ({"network": {"zones": 1}}, "network.zones", "1", "2 or more", "2 to 4"),
    "text for list": ({"endpoints": {"add": "s3"}}, "endpoints.add", "'s3'", "a list",
                      "Endpoints to add"),
    "number in list": ({"endpoints": {"add": ["s3", 1]}}, "endpoints.add.1", "1", "not a number",
                       "in quotes"),
    "mapping for text": ({"tenant": {"id": "acme"}}, "tenant", "(a mapping)", "text", "sheet"),
    "much for a word": ({"tenant": "x" * 200}, "tenant", "(200 characters)", "3 to 20 lower-case", "sheet"),
    "text for part": ({"iam": "/x/"}, "iam", "'/x/'", "a mapping of keys to values", "Your own rules"),
    "nothing for part": ({"installer": None}, "installer", "None", "a mapping of keys to values", "What the installer"),
    "unknown word": ({"deployment": "privat"}, "deployment", "'privat'", "'shared', 'private' or 'dedicated'",
                     "Perhaps you meant private"),
    "short tenant": ({"tenant": "ab"}, "tenant", "'ab'", "3 to 20 lower-case", "from the vendor's sheet"),
    "long tenant": ({"tenant": "a" * 21}, "tenant", repr("a" * 21), "3 to 20 lower-case", "sheet"),
    "tenant with hyphen": ({"tenant": "acme-1"}, "tenant", "'acme-1'", "no hyphen", "sheet"),
    "tenant in capitals": ({"tenant": "Acme"}, "tenant", "'Acme'", "lower-case", "sheet"),
    "tenant of a digit first": ({"tenant": "1acme"}, "tenant", "'1acme'", "a letter first", "sheet"),
    "tenant with line end": ({"tenant": "acme\n"}, "tenant", r"'acme\n'", "3 to 20 lower-case", "sheet"),
    "tenant of other digits": ({"tenant": "acme٣"}, "tenant", "'acme٣'", "3 to 20 lower-case", "sheet"),
    "account of 11": ({"account": "2" * 11}, "account", repr("2" * 11), "exactly 12 digits", "12 digits"),
    "account with hyphens": ({"account": "2222-2222-2222"}, "account", "'2222-2222-2222'", "exactly 12",
                             "12 digits"),
    "vendor's account": ({"control_plane": {"account": "12", "role": "r"}}, "control_plane.account", "'12'",
                         "exactly 12 digits", "assumes the installer role"),
    "any role": ({"control_plane": {"account": VENDOR, "role": "*"}}, "control_plane.role", "'*'",
                 "neither * nor root", "The one role"),
    "some roles": ({"control_plane": {"account": VENDOR, "role": "conveyor-?"}}, "control_plane.role",
                   "'conveyor-?'", "neither * nor root", "The one role"),
    "root": ({"control_plane": {"account": VENDOR, "role": "root"}}, "control_plane.role", "'root'",
             "neither * nor root", "The one role"),
    "short external id": ({"external_id": "fifteen-letters"}, "external_id", "(hidden)",
                          "16 to 1000 characters", "never emitted"),
    "long external id": ({"external_id": "x" * 1001}, "external_id", "(hidden)", "16 to 1000",
                         "never emitted"),
    "external id IAM refuses": ({"external_id": "has a space in it and more"}, "external_id", "(hidden)",
                                "A-Z a-z 0-9 _ + = , . @ : / -", "never emitted"),
    "number for external id": ({"external_id": 1234567890123456}, "external_id", "(hidden)", "not a number",
                               "in quotes"),
    "short session name": ({"session_name": "c"}, "session_name", "'c'", "2 to 64 characters",
                           "conveyor- and"),
    "long session name": ({"session_name": "conveyor-" + "x" * 60}, "session_name",
                          repr("conveyor-" + "x" * 60), "2 to 64 characters", "conveyor- and"),
    "session name of another form": ({"session_name": "acme"}, "session_name", "'acme'",
                                     "of the form conveyor-TENANT", "conveyor- and"),
    "IAM path": ({"iam": {"path": "conveyor"}}, "iam.path", "'conveyor'", "begins and ends with /",
                 "tenant id is added"),
    "long IAM path": ({"iam": {"path": f"/{'x' * 31}/"}}, "iam.path", repr(f"/{'x' * 31}/"), "at most 32",
                      "tenant id is added"),
    "role prefix": ({"iam": {"role_prefix": "conveyor"}}, "iam.role_prefix", "'conveyor'", "end with -",
                    "begins so"),
    "role prefix with slash": ({"iam": {"role_prefix": "a/b-"}}, "iam.role_prefix", "'a/b-'",
                               "A-Z a-z 0-9 _ -", "begins so"),
    "company boundary": ({"iam": {"boundary": "Base"}}, "iam.boundary", "'Base'",
                         "the ARN of a managed policy", "company"),
    "empty boundary": ({"iam": {"boundary": ""}}, "iam.boundary", "''", "the ARN of a managed policy", "company"),
    "VPC": ({"iam": {"data_plane_vpc": "vpc-1"}}, "iam.data_plane_vpc", "'vpc-1'", "the id of a VPC",
            "data perimeter"),
    "tag of a number": ({"tags": {"cost": 7}}, "tags.cost", "7", "text, not a number", "in quotes"),
    "tag of a truth": ({"tags": {"cost": True}}, "tags.cost", "True", "text", "Your own tags"),
    "tag of nothing": ({"tags": {"cost": None}}, "tags.cost", "None", "text", "Your own tags"),
    "list for tags": ({"tags": ["cost"]}, "tags", "(a list)", "a mapping of keys to values", "Your own tags"),
}


def faults_of(words):
    """The faults of these words."""
    with pytest.raises(InputError) as caught:
        Installation.read(words)
    return caught.value.faults


@pytest.mark.parametrize("case", BAD)
def test_what_bad_input_gets(case, words):
    """One fault alone, with its path, the value, the rule and a way out."""
    changes, path, value, rule, way_out = BAD[case]
    [fault] = faults_of(words(**changes))
    assert (fault.path, fault.value) == (path, value)
    assert rule in fault.rule
    assert way_out in fault.way_out


@pytest.mark.parametrize("what", [[], ["tenant"], None, "tenant: acme", 7, True])
def test_what_is_no_mapping_is_refused(what):
    """A file that holds no mapping gets one fault that says what it holds instead."""
    [fault] = faults_of(what)
    assert (fault.path, fault.value) == ("(the file)", type(what).__name__)
    assert fault.rule == "a mapping of keys to values"


def test_all_mistakes_are_told_at_once(words):
    """A file with every kind of mistake gets every fault at once, in the order of paths, and exit code 2."""
    bad = words(tenant="ACME", account=1, region="eu-west-11", control_plane={"account": "1", "role": "*"},
                colour="red",
                external_id="short", session_name="x", tags={"aws:x": "y"}, iam={"path": "p"}, guardduty="no")
    with pytest.raises(InputError) as caught:
        Installation.read(bad)
    paths = [fault.path for fault in caught.value.faults]
    assert paths == sorted(paths) == ["account", "colour", "control_plane.account", "control_plane.role",
                                      "external_id",
                                      "guardduty", "iam.path", "region", "session_name", "tags.aws:x",
                                      "tenant"]
    assert caught.value.exit_code == 2
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)


def test_the_least_file_has_the_documented_defaults(words):
    """What is left out of a file comes to what the documents say."""
    made = Installation.read(words())
    assert (made.kind, made.cloud, made.vendor_access, made.cognito_access) == ("installation", "aws",
                                                                                "enabled", None)
    assert (made.iam.path, made.iam.role_prefix, made.iam.boundary) == ("/conveyor/", "conveyor-dp-", None)
    assert (made.network.cidr, made.network.pod_cidr, made.network.zones) == ("10.20.0.0/16",
                                                                              "100.64.0.0/16", 3)
    assert (made.installer.irsa, made.installer.delete_rights, made.installer.network_rights) == (False,
                                                                                                  True, False)
    assert (made.endpoints.set, made.resources_feature, made.guardduty) == (None, False, False)
    assert (made.network.nat, made.network.ipv6, made.private_link.ports, made.private_link.principals) == (
        None, False, (443,), None)
    assert [endpoint.service for endpoint in plan(made).networks[0].endpoints] == [
        *catalogue.endpoint_sets()["private-data-plane"].endpoints, "s3"]
    assert plan(made).networks[0].egress.firewall
    assert made.iam.path == catalogue.parameters()["IamPath"].default
    assert made.iam.role_prefix == catalogue.parameters()["RolePrefix"].default


@given(st.from_type(Installation))
def test_an_installation_never_changes(installation):
    """What came through the door is frozen, and reads back as itself."""
    with pytest.raises(ValueError, match="frozen"):
        installation.tenant = "other"
    with pytest.raises(ValueError, match="frozen"):
        installation.iam.path = "/other/"
    again = installation.model_dump(exclude_unset=True) | {"external_id": installation.external_id}
    assert Installation.read(again) == installation
