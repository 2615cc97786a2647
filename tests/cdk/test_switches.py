"""What the switches of an installation leave out of its stacks, and what they put in."""

import json
from importlib.metadata import version

import pytest

from conveyor_iac import InputError, Installation
from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.model import catalogue

TAGS = {"conveyor:tenant": "acme", "conveyor:deployment": "dedicated", "conveyor:version": version("conveyor-iac"),
        "cost-center": "4711"}
"""All tags of a dedicated installation with one of its own."""


@pytest.mark.parametrize("policy", ["Irsa", "Network", "Delete"])
def test_rights(resources, policy):
    """Rights that are switched off have no policy; switched on they have one, attached to the role."""
    name = f"InstallerRole{policy}Policy"
    on, off = resources("all on"), resources("all off")
    assert name in on
    assert {"Ref": name} in on["InstallerRole"]["Properties"]["ManagedPolicyArns"]
    assert name not in off
    assert {"Ref": name} not in off["InstallerRole"]["Properties"]["ManagedPolicyArns"]


def test_resources_feature(resources):
    """The resources feature picks the permissive policy of the agent, without it the restricted one: never both."""
    names = ("PredefinedEksAgentIAMPermissivePolicy", "PredefinedEksAgentIAMRestrictedPolicy")
    assert [name in resources("all on") for name in names] == [True, False]
    assert [name in resources("all off") for name in names] == [False, True]


def test_vendor_access(resources):
    """Disabled vendor access turns the trust into a refusal of every statement and removes nothing else."""
    def effects(kind):
        trust = resources(kind)["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]
        return {row["Effect"] for row in trust["Statement"]}

    assert effects("all on") == {"Allow"}
    assert effects("all off") == {"Deny"}
    assert "InstallerRoleGuardrailsPolicy" in resources("all off")


def test_company_boundary(resources):
    """The company's boundary is on the installer role where there is one, never instead of ours on created roles."""
    role = resources("all on")["InstallerRole"]["Properties"]
    assert role["PermissionsBoundary"] == "arn:aws:iam::222222222222:policy/company/Boundary"
    assert "PermissionsBoundary" not in resources("private")["InstallerRole"]["Properties"]
    assert "company/Boundary" not in json.dumps({name: row for name, row in resources("all on").items()
                                                 if row["Type"] == "AWS::IAM::ManagedPolicy"})


def test_own_names(resources):
    """The file's own path and prefix are those of everything made, and of the roles the installer may create."""
    made = {name: row for name, row in resources("perimeter").items() if row["Type"].startswith("AWS::IAM::")}
    assert {row["Properties"]["Path"].split("/")[1] for row in made.values()} == {"acme"}
    assert "role/acme/own-*" in json.dumps(made["InstallerRoleIamPolicy"])
    assert "conveyor-dp-" not in json.dumps(made)


def perimeter(resources):
    """The statements of the boundary that hold data in a VPC, and the VPC each names."""
    rows = resources["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    return {row["Sid"]: row["Condition"]["StringNotEquals"]["aws:SourceVpc"]
            for row in rows if row["Sid"].startswith("Perimeter")}


def test_perimeter(resources, words, tmp_path):
    """Data stays in the VPC the file names, else in the one brought, else in ours, which the network exports.

    A shared deployment holds objects, a private one other data too. Where the installer makes the network there is
    none.
    """
    both, ours = {"PerimeterObjects", "PerimeterEndpoints"}, {"Fn::ImportValue": "conveyor-acme-network-Vpc"}
    assert perimeter(resources("private")) == dict.fromkeys(sorted(both), ours)
    assert perimeter(resources("shared")) == {"PerimeterObjects": ours}
    assert perimeter(resources("perimeter")) == dict.fromkeys(sorted(both), "vpc-0a1b2c3d4e5f60718")
    assert perimeter(resources("brought network")) == {"PerimeterObjects": "vpc-0a1b2c3d4e5f60718"}
    made = assemble([Installation.read(words(deployment="shared", installer={"network_rights": True}))], "app",
                    tmp_path / "out")
    assert perimeter(json.loads(made["conveyor-acme-policies"].read_text())["Resources"]) == {}


def test_sessions(resources):
    """Tagging sessions and naming their source are allowed in statements of their own, and only when asked for."""
    def actions(kind):
        trust = resources(kind)["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]
        return [row["Action"] for row in trust["Statement"]]

    assert actions("private") == ["sts:AssumeRole"]
    assert actions("longest, shared") == ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


@pytest.fixture
def tagged(words, tmp_path):
    """A dedicated installation with a tag of its own."""
    own = words(deployment="dedicated", control_plane={"account": "222222222222", "role": "control"},
                tags={"cost-center": "4711"})
    return assemble([Installation.read(own)], "app", tmp_path / "out")


def test_tags(tagged):
    """The role carries our three tags and the customer's own."""
    role = json.loads(tagged["conveyor-acme-installer-role"].read_text())["Resources"]["InstallerRole"]
    assert {row["Key"]: row["Value"] for row in role["Properties"]["Tags"]} == TAGS


def test_stack_tags(tagged):
    """Each stack has our tags and the customer's, and puts them on everything: but the role no resource writes them."""
    manifest = json.loads((tagged["conveyor-acme-network"].parent / "manifest.json").read_text())
    for name, file in tagged.items():
        assert manifest["artifacts"][name]["properties"]["tags"] == TAGS
        written = {key for key in TAGS if f'"Key":"{key}"' in file.read_text()}
        if name.endswith("-policies"):
            assert written == set()  # a managed policy takes none in CloudFormation
        else:
            assert written == (set(TAGS) if name.endswith("-installer-role") else {"conveyor:tenant"}), name


EVERY = [name for name, row in catalogue.endpoints().items() if row.kind == "Interface"]


@pytest.fixture
def largest(kinds, written, tmp_path):
    """The largest installation, with these keys changed, assembled; `kinds` hold that it fits as it is."""
    assert "largest, private" in kinds
    return lambda **changes: assemble([Installation.read(written("largest, private") | changes)], "app",
                                      tmp_path / "out")


def test_every_endpoint(words, tmp_path):
    """Every endpoint there is fits into the stacks of an installation with three zones, IPv6 and the longest name."""
    asked = words(tenant="a2345678901234567890", region="ap-northeast-1", user_pool_has_domain=False,
                  endpoints={"add": EVERY}, network={"ipv6": True})
    assert len(assemble([Installation.read(asked)], "app", tmp_path / "out")) == 5


def test_most_tags(largest):
    """As many tags as CloudFormation takes, each of the greatest length, fit with all else at its largest."""
    assert largest(tags={f"{number:02}".ljust(128, "k"): "v" * 256 for number in range(46)})


@pytest.mark.parametrize(("stack", "changes"), [
    ("network", {"endpoints": {"add": EVERY}, "user_pool_has_domain": False}),
    ("endpoints", {"endpoints": {"add": EVERY}, "user_pool_has_domain": False,
                   "private_link": {"ports": list(range(60001, 60010))}})])
def test_too_large(largest, tmp_path, stack, changes):
    """A stack too large for a request is refused with its size and the way out, though its file would be small enough.

    What counts is the YAML that the CDK CLI sends.
    """
    with pytest.raises(InputError, match=rf"-{stack}: 5\d{{4}} bytes: .* at most 51200 bytes\..* fewer zones"):
        largest(**changes)
    assert (tmp_path / "out" / f"conveyor-a2345678901234567890-{stack}.template.json").stat().st_size < 51_200
