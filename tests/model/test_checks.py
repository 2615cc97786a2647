"""Rules that no single value tells: what must hold between them."""

import pytest

from conveyor_iac import InputError, Installation
from conveyor_iac.model import catalogue

AZURE = {"cloud": "azure", "account": ..., "deployment": "shared", "region": "westeurope", "azure": {
    "tenant_id": "0a1b2c3d-0000-4000-8000-000000000001", "subscription_id": "0a1b2c3d-0000-4000-8000-000000000002",
    "management_group": "conveyor", "connected_organization": "0a1b2c3d-0000-4000-8000-000000000003",
    "control_plane": {"region": "eu-west-1"},
    "access": {"approval": [{"approvers": ["0a1b2c3d-0000-4000-8000-000000000004"]}]},
    "guardrails": {"subscription_id": "0a1b2c3d-0000-4000-8000-000000000005", "contacts": ["a@acme.example"]}}}
REFUSED = {
    "azure, private": (AZURE | {"deployment": "private"}, "deployment", "'private' with cloud 'azure'",
                       "shared deployment only", "deployment: shared"),
    "azure, dedicated": (AZURE | {"deployment": "dedicated"}, "deployment", "'dedicated' with cloud 'azure'",
                         "shared deployment only", "or cloud: aws"),
    "azure with an account": (AZURE | {"account": "2" * 12}, "account", repr("2" * 12), "no AWS account",
                              "Leave account out"),
    "azure without azure": (AZURE | {"azure": ...}, "azure", "(missing)", "needed when cloud is azure",
                            "Give tenant_id"),
    "aws with azure": ({"azure": AZURE["azure"]}, "azure", "(given)", "only cloud: azure", "Leave azure out"),
    "region of nowhere": ({"region": "eu-west-11"}, "region", "'eu-west-11'", "a partition that is served",
                          "Perhaps you meant eu-west-1"),
    "region unlike any": ({"region": "zz"}, "region", "'zz'", "a partition that is served",
                          "Known here: af-south-1"),
    "zone for region": ({"region": "eu-west-1a"}, "region", "'eu-west-1a'", "a partition that is served",
                        "eu-west-1"),
    "session of another": ({"session_name": "conveyor-bob"}, "session_name", "'conveyor-bob'",
                           "here conveyor-acme", "Leave it out, or mend tenant"),
    "dedicated, foreign account": ({"deployment": "dedicated"}, "control_plane.account", "'111122223333'",
                                   "in your own account, 222222222222", "another deployment"),
    "network of a foreign control plane": (
        {"control_plane": {"account": "111122223333", "role": "r", "network": {"cidr": "10.30.0.0/16"}}},
        "control_plane.network", "(given)", "only a dedicated deployment", "Leave it out"),
    "network rights, private": ({"installer": {"network_rights": True}}, "installer.network_rights", "True",
                                "without internet access", "your own network stack makes the VPC"),
    "network rights, own VPC": (
        {"deployment": "shared", "network": {"existing": {
            "vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"],
            "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
            "route_tables": ["rtb-12345678"]}},
         "installer": {"network_rights": True}}, "installer.network_rights", "True", "where you bring the VPC",
        "leave network.existing out"),
    "reserved tag of AWS": ({"tags": {"aws:x": "y"}}, "tags.aws:x", "'y'", "neither aws: nor conveyor:",
                            "another key"),
    "reserved tag in capitals": ({"tags": {"AWS:x": "y"}}, "tags.AWS:x", "'y'", "neither aws: nor",
                                 "another key"),
    "reserved tag of ours": ({"tags": {"conveyor:tenant": "bob"}}, "tags.conveyor:tenant", "'bob'",
                             "neither aws: nor conveyor:", "another key"),
    "tag without key": ({"tags": {"": "y"}}, "tags.", "'y'", "1 to 128 characters", "another key"),
    "tag of a long key": ({"tags": {"k" * 129: "y"}}, f"tags.{'k' * 129}", "'y'", "1 to 128", "another key"),
    "boundary of a foreign account": (
        {"iam": {"boundary": "arn:aws:iam::333333333333:policy/Ceiling"}}, "iam.boundary",
        "'arn:aws:iam::333333333333:policy/Ceiling'", "of 222222222222 or of AWS itself", "takes no other"),
    "boundary of a foreign partition": (
        {"iam": {"boundary": "arn:aws-cn:iam::222222222222:policy/Ceiling"}}, "iam.boundary",
        "'arn:aws-cn:iam::222222222222:policy/Ceiling'", "itself, in aws", "takes no other"),
    "tag of a long value": ({"tags": {"k": "y" * 257}}, "tags.k", "(257 characters)", "at most 256",
                            "another value"),
}


def faults_of(words):
    """The faults of these words."""
    with pytest.raises(InputError) as caught:
        Installation.read(words)
    return caught.value.faults


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_together(case, words):
    """One fault alone, with its path, the value, the reason and a way out."""
    changes, path, value, rule, way_out = REFUSED[case]
    [fault] = faults_of(words(**changes))
    assert (fault.path, fault.value) == (path, value)
    assert rule in fault.rule
    assert way_out in fault.way_out


@pytest.mark.parametrize("partition", [row for row in catalogue.partitions() if row.refused],
                         ids=lambda row: row.name)
def test_isolated_partitions_are_refused_by_name(partition, words):
    """A region of an isolated partition is told its name, the reason and what to take instead."""
    for region in partition.regions:
        [fault] = faults_of(words(region=region))
        assert fault.path == "region"
        assert fault.rule == f"{partition.name} is {partition.refused}"
        assert "aws-us-gov" in fault.way_out


@pytest.mark.parametrize("partition", [row for row in catalogue.partitions() if not row.refused],
                         ids=lambda row: row.name)
def test_every_served_region_is_let_in(partition, words):
    """Each region of each partition that is served passes, with no more zones than it has."""
    def read(region):
        known = catalogue.zones().get(region)
        zones = min(known.count, 3) if known else 3
        ids = [zone for zone in (f"{known.prefix}-az{number}" for number in range(1, 9)) if zone not in known.refused][
            :zones] if known and known.refused else []
        return Installation.read(words(region=region, network={"zones": zones, "zone_ids": ids}))

    assert [read(region).region for region in partition.regions] == list(partition.regions)


def test_what_is_offered_is_let_in(words):
    """Azure with shared, a control plane of one's own with dedicated, and network rights with shared pass."""
    own = {"account": "222222222222", "role": "r", "network": {"cidr": "10.30.0.0/16"}}
    for changes in (AZURE, {"deployment": "dedicated", "control_plane": own},
                    {"deployment": "shared", "installer": {"network_rights": True}},
                    {"installer": {"network_rights": False}}, {"tags": {"k" * 128: "v" * 256, "awsome": ""}},
                    {"session_name": "conveyor-acme"}):
        assert Installation.read(words(**changes)).tenant == "acme"


def test_a_broken_value_is_left_to_its_own_rule(words):
    """A value that is wrong by itself gets its own fault, and none besides from the rules across values."""
    assert [fault.path for fault in faults_of(words(tenant="ACME",
                                                    session_name="conveyor-bob"))] == ["tenant"]
    assert [fault.path for fault in faults_of(words(region=7))] == ["region"]
    assert [fault.path for fault in faults_of(words(control_plane="vendor",
                                                    deployment="dedicated"))] == ["control_plane"]


@pytest.mark.parametrize("text", ["${TenantId}", "${Nope}", "a*b", "tab\tbed"])
def test_tags_hold_what_aws_takes(text, words):
    """A tag's key and value hold letters, digits, spaces and _ . : / = + - @ only."""
    assert [fault.path for fault in faults_of(words(tags={"k": text}))] == ["tags.k"]
    assert [fault.path for fault in faults_of(words(tags={text: "v"}))] == [f"tags.{text}"]


@pytest.mark.parametrize("path", ["/aws-service-role/", "/aws-service-role/x/", "/aws-reserved/"])
def test_paths_of_aws_are_refused(path, words):
    """An IAM path that AWS keeps for its own roles is refused: the installer reads what lies under it."""
    assert [fault.path for fault in faults_of(words(iam={"path": path}))] == ["iam.path"]
