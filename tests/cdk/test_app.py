"""The stacks of one installation: small, concrete, and deployed with nothing but the caller's own credentials."""

import json
import re

import pytest
import yaml

from conveyor_iac.cdk.assembly import _sent
from conveyor_iac.model import catalogue

FUNCTIONS = {"Fn::GetAtt", "Fn::Join", "Fn::ImportValue", "Fn::Select", "Fn::Split", "Fn::GetAZs"}
"""What an app template may leave to CloudFormation: ids, texts made of them, exports of other stacks, zones' names."""
NETWORK, CONTROL = ["network", "endpoints"], ["control-plane-network", "control-plane-endpoints", "links"]
IAM = ["policies", "installer-policies", "installer-role"]
STACKS = {"all on": IAM, "longest, shared": IAM, "endpoint service": ["endpoints"],
          **dict.fromkeys(("dedicated", "dedicated, two zones", "largest, dedicated"), NETWORK + CONTROL + IAM)}
STACKS |= {kind: ["endpoints", *IAM] for kind in ("existing VPC", "existing VPC, one block", "brought network")}
"""The stacks of an installation that are not those of a network of ours and of IAM, by the end of their names."""
LASTING = ("Read", "Kubernetes", "Compute", "Connectivity", "Services", "Iam", "Guardrails")
"""Policies of the installer role that no switch takes away."""


class _Written(yaml.SafeDumper):
    """YAML as the CDK CLI sends it: two spaces for each level, sequences too, a text on one line, nothing by name."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def read(file):
    return json.loads(file.read_text())


def as_yaml(file):
    """How many bytes a template has as YAML."""
    return len(yaml.dump(read(file), Dumper=_Written, sort_keys=False, width=10**9, allow_unicode=True).encode())


@pytest.fixture
def files(app, kind):
    """The templates of each installation in turn, in the order of deployment."""
    return list(app(kind).values())


@pytest.fixture
def stacks(app, kind, installed):
    """The same, read, by the end of the stack's name."""
    return {name.removeprefix(f"conveyor-{installed(kind).tenant}-"): read(file) for name, file in app(kind).items()}


@pytest.fixture
def manifest(files):
    """The manifest of each assembly in turn."""
    return read(files[0].parent / "manifest.json")


def stack_artifacts(manifest):
    return {name: row for name, row in manifest["artifacts"].items() if row["type"] == "aws:cloudformation:stack"}


def exports(stack):
    return {row["Export"]["Name"] for row in stack.get("Outputs", {}).values() if "Export" in row}


def test_stacks(stacks, kind):
    """Each deployment has its own stacks: network, endpoints, those of the control plane, then policies and role."""
    assert list(stacks) == STACKS.get(kind, NETWORK + IAM)


def test_size(files):
    """Each stack fits into a request, which takes 51,200 bytes, also with the longest values and everything on."""
    limit = catalogue.limits()["template-body"].value
    assert [file.name for file in files if max(as_yaml(file), _sent(file)) > limit] == []


def test_measured_as_sent(files):
    """The CDK CLI sends YAML, which is longer than the file: what we count is never less, and at most 10 % more."""
    for file in files:
        assert file.stat().st_size < as_yaml(file) <= _sent(file) <= 1.1 * as_yaml(file), file.name


def test_concrete(stacks, walk, kind, installed):
    """Nothing is left for CloudFormation to work out but what a thing is called in the cloud: no condition, no text."""
    for name, stack in stacks.items():
        functions = {key for key, _ in walk(stack) if key.startswith("Fn::")}
        # Where there is IPv6, AWS gives the block when the VPC is made.
        blocks = {"Fn::Cidr"} if installed(kind).network.ipv6 else set()
        assert functions <= ({"Fn::GetAtt", "Fn::ImportValue"} if name in IAM else FUNCTIONS | blocks)
        assert not {"Conditions", "Mappings"} & set(stack)
        assert [part for key, part in walk(stack) if key == "Condition" and isinstance(part, str)] == []


def test_placeholders_are_filled(files):
    """The only ${…} left are IAM's own variables, written as IAM reads them."""
    for file in files:
        assert [name for name in re.findall(r"\$\{([^}]*)\}", file.read_text()) if not name.startswith("aws:")] == []


def test_references(stacks, walk):
    """What is referred to is a resource of the same stack, or the external id."""
    for stack in stacks.values():
        known = {*stack["Resources"], "ExternalId"}
        found = list(walk(stack))
        assert {part for key, part in found if key == "Ref"} <= known
        assert {part[0] for key, part in found if key == "Fn::GetAtt"} <= known


def test_exports(stacks, walk):
    """What a stack imports, a stack deployed before it exports; every export has a readable name and is imported."""
    so_far, imported = set(), set()
    for stack in stacks.values():
        wanted = {part for key, part in walk(stack) if key == "Fn::ImportValue"}
        assert wanted <= so_far
        so_far |= exports(stack)
        imported |= wanted
    assert so_far == imported
    assert not [name for name in so_far if not re.fullmatch(r"conveyor(-[a-z0-9]+)+-[A-Za-z0-9]+", name)]


def test_parameters(stacks):
    """The role has one parameter, the external id, never shown and without a default; no other stack has any."""
    assert [name for name, stack in stacks.items() if "Parameters" in stack] == ["installer-role"][:len(stacks) - 1]
    if "installer-role" in stacks:
        role = stacks["installer-role"]
        assert list(role["Parameters"]) == ["ExternalId"]
        assert role["Parameters"]["ExternalId"]["NoEcho"] is True
        assert "Default" not in role["Parameters"]["ExternalId"]


def test_external_id_is_not_written(files):
    """An external id given in the file is in no file of the assembly."""
    assert [file.name for file in files[0].parent.iterdir() if "only-in-this-test" in file.read_text()] == []


def test_no_purposes(stacks, walk):
    """Purposes and other metadata are left out: the stacks have no room for more than their contract."""
    assert {key for stack in stacks.values() for key in stack["Metadata"]} == {"Conveyor::Contract"}
    rows = [list(stack["Resources"].values()) for stack in stacks.values()]
    assert [key for key, _ in walk(rows) if key == "Metadata" or "Purposes" in key] == []


def test_iam_apart(stacks, kind):
    """The role stands with those policies a switch brings; its others, and those of created roles, in stacks before it.

    It names the others by their ARNs, and each policy of it once.
    """
    if kind == "endpoint service":
        assert not set(IAM) & set(stacks)
        return
    policies, own, beside = (dict(stacks[name]["Resources"]) for name in IAM)
    role = beside.pop("InstallerRole")
    made = [*policies.values(), *own.values(), *beside.values()]
    assert (role["Type"], {row["Type"] for row in made}) == ("AWS::IAM::Role", {"AWS::IAM::ManagedPolicy"})
    assert {"Boundary", "PredefinedEksClusterPolicy"} <= set(policies)
    assert set(own) == {f"InstallerRole{name}Policy" for name in LASTING}
    assert set(beside) <= {f"InstallerRole{name}Policy" for name in ("Delete", "Irsa", "Network")}
    named = role["Properties"]["ManagedPolicyArns"]
    assert [arn["Ref"] for arn in named if isinstance(arn, dict)] == list(beside)
    asked = [row["Properties"] for row in own.values()]
    assert [re.sub("arn:[a-z-]+:iam::222222222222:policy", "", arn) for arn in named if isinstance(arn, str)] == [
        row["Path"] + row["ManagedPolicyName"] for row in asked]
    assert len(named) <= 10


def test_network_without_iam(stacks):
    """The stacks of the network make nothing in IAM: whoever owns the network need not own that."""
    types = {row["Type"] for name, stack in stacks.items() if name not in IAM for row in stack["Resources"].values()}
    assert not [name for name in types if name.startswith("AWS::IAM::")]


def test_dependencies(manifest, app, kind, walk, installed):
    """A stack depends on those whose exports it imports, the role's on both of the policies', and on no other."""
    stacks = {name: read(file) for name, file in app(kind).items()}
    artifacts = stack_artifacts(manifest)
    assert set(artifacts) == set(stacks)
    for name, stack in stacks.items():
        imported = {part for key, part in walk(stack) if key == "Fn::ImportValue"}
        wanted = {other for other in stacks if exports(stacks[other]) & imported}
        if name.endswith("-installer-role"):
            wanted |= {f"conveyor-{installed(kind).tenant}-{before}" for before in IAM[:-1]}
        assert {found for found in artifacts[name].get("dependencies", []) if found in stacks} == wanted


def test_without_bootstrap(manifest):
    """Nothing of `cdk bootstrap` is needed: no role to assume, no execution role, no version, no asset."""
    assert {row["type"] for row in manifest["artifacts"].values()} <= {"aws:cloudformation:stack",
                                                                      "cdk:feature-flag-report"}
    for row in stack_artifacts(manifest).values():
        wanted = {"assumeRoleArn", "cloudFormationExecutionRoleArn", "lookupRole", "requiresBootstrapStackVersion",
                  "bootstrapStackVersionSsmParameter", "stackTemplateAssetObjectUrl"}
        assert wanted & set(row["properties"]) == set()


def test_environment(manifest, installed, kind):
    """Each stack goes into the account and region of the file, and into no other."""
    wanted = installed(kind)
    for row in stack_artifacts(manifest).values():
        assert row["environment"] == f"aws://{wanted.account}/{wanted.region}"


def test_no_dummy_zone(files, installed, kind):
    """No zone is written that the file does not name, and none of the CDK's stand-ins, without any credentials."""
    for file in files:
        text = file.read_text()
        assert "dummy" not in text
        zones = set(re.findall(r"\b[a-z]{2,4}(?:-[a-z]+)+-\d[a-f]\b|\b[a-z]{3,4}\d-az\d", text))
        assert zones <= set(installed(kind).network.zone_ids)


def test_zones(resources, installed, kind):
    """A subnet stands in the zone of its number: the file's own id, or the one the region lists at that place."""
    ids = installed(kind).network.zone_ids
    for name, row in resources(kind).items():
        if row["Type"] == "AWS::EC2::Subnet":
            number, asked = int(name[-1]) - 1, row["Properties"]
            if ids:
                assert asked["AvailabilityZoneId"] == ids[number]
                assert "AvailabilityZone" not in asked
            else:
                assert asked["AvailabilityZone"] == {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
