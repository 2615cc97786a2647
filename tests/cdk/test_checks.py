"""ConveyorChecks: a claim that is not proved fails the synth of anyone's app, and says why and where."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import (
    Acknowledgment,
    App,
    CfnParameter,
    CfnWaitConditionHandle,
    Environment,
    NestedStack,
    Stack,
    Stage,
    Validations,
)
from aws_cdk.aws_ec2 import (
    CfnInternetGateway,
    CfnRoute,
    CfnRouteTable,
    CfnSubnet,
    CfnSubnetRouteTableAssociation,
    CfnVPC,
    CfnVPCEndpointService,
    CfnVPCGatewayAttachment,
)
from aws_cdk.aws_iam import CfnManagedPolicy, CfnRole
from aws_cdk.aws_sns import CfnTopic

from conveyor_iac import plan
from conveyor_iac.cdk import ConveyorChecks
from conveyor_iac.cdk.deployment import stacks_of

NETWORK = {"network": {"subnets": ["NodeSubnet"], "egress": "none"}}
INSTALLER = {"installer": {"role": "Installer", "iam_actions": ["iam:GetRole"]}}
NO_PATH, WRITES, ACCEPTS = "network.no-internet-path", "iam.no-policy-authoring", "privatelink.acceptance"
NAT = """\
gateway = aws_ec2.CfnInternetGateway(stack, "Gateway")
aws_ec2.CfnVPCGatewayAttachment(stack, "Attached", vpc_id=vpc.ref, internet_gateway_id=gateway.ref)
public = aws_ec2.CfnSubnet(stack, "PublicSubnet", vpc_id=vpc.ref, cidr_block="10.20.16.0/20")
nat = aws_ec2.CfnNatGateway(stack, "Nat", subnet_id=public.ref, allocation_id="eipalloc-0123456789abcdef0")
for name, place, way in (("Node", subnet, {"nat_gateway_id": nat.ref}),
                         ("Public", public, {"gateway_id": gateway.ref})):
    table = aws_ec2.CfnRouteTable(stack, f"{name}Table", vpc_id=vpc.ref)
    aws_ec2.CfnSubnetRouteTableAssociation(stack, f"{name}Uses", route_table_id=table.ref, subnet_id=place.ref)
    aws_ec2.CfnRoute(stack, f"{name}Out", route_table_id=table.ref, destination_cidr_block="0.0.0.0/0", **way)
"""
RIGHTS, ACCEPTANCE, DOOR = '"iam:GetRole"]', "acceptance_required=True", "door = "
BREAKING: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a right to write policies": (RIGHTS, '"iam:GetRole", "iam:CreatePolicyVersion"]', (
        f"{WRITES} is refuted", "eventName: CreatePolicyVersion", "data-plane/Role/Resource (Role1ABCC5F0)",
        f"ConveyorChecks::{WRITES}")),
    "a way out through a NAT gateway": (DOOR, f"{NAT}{DOOR}", (
        f"{NO_PATH} is refuted", "from: NodeSubnet", "through: NAT gateway", "to: Nat", "through: internet gateway",
        "data-plane/NodeOut (NodeOut)")),
    "consumers that are accepted by nobody": (ACCEPTANCE, "acceptance_required=False", (
        f"{ACCEPTS} is refuted", "service: Door", "data-plane/Door (Door)")),
}
"""Changes of the example: a text, what takes its place, and what must be said then."""


def read(folder: Path) -> list[dict[str, Any]]:
    """The violations that the CDK's own report holds."""
    report = folder / "validation-report.json"
    reports = json.loads(report.read_text())["pluginReports"] if report.exists() else []
    return [row for one in reports for row in one["violations"]]


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The violations of an app that a function fills, checked with these options."""

    def said(fill: Callable[[App], object], **options: Any) -> list[dict[str, Any]]:
        folder = tmp_path / "out"
        app = App(outdir=str(folder), analytics_reporting=False, builtin_cloud_formation_validation=False)
        fill(app)
        Validations.of(app).add_plugins(ConveyorChecks(**options))
        failed = ""
        try:
            app.synth()
        except RuntimeError as error:
            failed = str(error)
        assert ("ValidationFailed" in failed, "Traceback" in failed) == (bool(read(folder)), False)
        return read(folder)

    return said


def rules(found: list[dict[str, Any]]) -> list[str]:
    return [row["ruleName"] for row in found]


def where(row: dict[str, Any]) -> tuple[str, str | None]:
    """The construct path and the logical id of a violation."""
    (place,) = row["violatingConstructs"]
    return place["constructPath"], place.get("cloudFormationResource", {}).get("logicalId")


def door(scope: Any, *, accept: bool = False) -> None:
    CfnVPCEndpointService(scope, "Door", acceptance_required=accept)


def role(scope: Any, *actions: str, **more: Any) -> CfnRole:
    """A role that ECS may assume, with a policy of its own for these actions."""
    policy = CfnRole.PolicyProperty(policy_name="own", policy_document=document(*actions))
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
        "Service": "ecs.amazonaws.com"}}]}
    return CfnRole(scope, "Installer", assume_role_policy_document=trust, policies=[policy], **more)


def document(*actions: str, sid: str = "Own") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def open_network(scope: Any) -> None:
    """A subnet that routes to the internet."""
    vpc = CfnVPC(scope, "Vpc", cidr_block="10.20.0.0/16")
    subnet = CfnSubnet(scope, "NodeSubnet", vpc_id=vpc.ref, cidr_block="10.20.0.0/20")
    table = CfnRouteTable(scope, "Table", vpc_id=vpc.ref)
    gateway = CfnInternetGateway(scope, "Gateway")
    CfnVPCGatewayAttachment(scope, "Attached", vpc_id=vpc.ref, internet_gateway_id=gateway.ref)
    CfnSubnetRouteTableAssociation(scope, "Uses", route_table_id=table.ref, subnet_id=subnet.ref)
    CfnRoute(scope, "Out", route_table_id=table.ref, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.ref)


def one_stack(fill: Callable[[Stack], object]) -> Callable[[App], object]:
    return lambda app: fill(Stack(app, "mine"))


@pytest.fixture
def example(root: Path, tmp_path: Path) -> Path:
    """The example app in a folder of its own, beside the CDK CLI."""
    folder = Path(shutil.copytree(root / "examples" / "checked-app", tmp_path / "app",
                                  ignore=shutil.ignore_patterns("cdk.out", "__pycache__")))
    (folder / "node_modules").symlink_to(root / "node_modules")
    return folder


def synth(folder: Path, root: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What `cdk synth` says of the app in a folder, which its cdk.json starts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CDK_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(["npx", "--no-install", "cdk", "synth", "--quiet"], cwd=folder, capture_output=True,
                          text=True, check=False, timeout=120,
                          env={**kept, "PATH": path, "PYTHONPATH": str(root), **more})


def changed(folder: Path, old: str, new: str) -> None:
    app = folder / "app.py"
    text = app.read_text()
    assert text.count(old) == 1
    app.write_text(text.replace(old, new))


def test_example_is_short(root):
    """The example app has 20 lines at most, and one of them adds the checks."""
    lines = (root / "examples" / "checked-app" / "app.py").read_text().splitlines()
    assert len(lines) <= 20
    assert [line for line in lines if "add_plugins(ConveyorChecks(" in line] != []


def test_harmless_change_passes(example, root):
    """`cdk synth` of the example passes after a change that breaks no claim, and says nothing of the checks."""
    changed(example, '"eks:DescribeCluster"', '"eks:DescribeCluster", "eks:ListClusters"')
    done = synth(example, root)
    assert done.returncode == 0, done.stderr
    assert "ConveyorChecks" not in done.stdout + done.stderr
    assert "eks:ListClusters" in (example / "cdk.out" / "data-plane.template.json").read_text()


@pytest.mark.parametrize("what", BREAKING)
def test_breaking_change_fails(what, example, root):
    """`cdk synth` fails with the claim, the counterexample, the construct's path and the logical id."""
    old, new, told = BREAKING[what]
    changed(example, old, new)
    done = synth(example, root, CDK_VALIDATION="false")
    assert done.returncode == 1
    assert [text for text in told if text not in done.stderr] == []
    assert "Traceback" not in done.stderr


def test_violation_in_the_report(said):
    """The report file holds claim, severity, verdict, counterexample, contract and place, for programs to read."""
    found = said(one_stack(lambda stack: role(stack, "iam:PutRolePolicy")), contract=INSTALLER, claims=[WRITES])
    (row,) = found
    assert (row["ruleName"], row["severity"], row["ruleMetadata"]["verdict"]) == (WRITES, "error", "refuted")
    assert json.loads(row["ruleMetadata"]["counterexample"])["eventName"] == "PutRolePolicy"
    assert json.loads(row["ruleMetadata"]["contract"]) == INSTALLER
    assert where(row) == ("mine/Installer", "Installer")
    assert row["violatingConstructs"][0]["cloudFormationResource"]["propertyPaths"] == ["Properties.Policies"]
    assert row["suggestedFix"]


def test_undecided_fails(said):
    """A claim that cannot be decided fails the synth with its reason."""
    def unread(stack: Stack) -> None:
        role(stack, "iam:GetRole", managed_policy_arns=["arn:aws:iam::222222222222:policy/nobody-knows"])

    (row,) = said(one_stack(unread), contract=INSTALLER, claims=[WRITES])
    assert row["ruleMetadata"]["verdict"] == "undecided"
    assert "nobody-knows" in row["description"]


def test_time_limit(said):
    """A claim that takes longer than the time limit is undecided and fails."""
    (row,) = said(one_stack(open_network), contract=NETWORK, claims=[NO_PATH], timeout=0)
    assert "it was not decided within the time limit of 0 s" in row["description"]


def test_without_contract(said):
    """Of a template without contract the claims are asked that need none."""
    assert ACCEPTS in rules(said(one_stack(door)))


def test_contract_of_the_template(said):
    """Without another contract a template is held to the one in its Metadata; a given one takes its place."""
    def with_contract(stack: Stack) -> None:
        open_network(stack)
        stack.add_metadata("Conveyor::Contract", NETWORK)

    assert NO_PATH in rules(said(one_stack(with_contract)))
    other = {"network": {"subnets": ["NodeSubnet"], "egress": "allow-list", "domains": ["example.com"]}}
    assert NO_PATH not in rules(said(one_stack(with_contract), contract=other))


def test_contract_of_a_file(said, tmp_path):
    """A contract may be a file, named by a path or a text."""
    file = tmp_path / "contract.yaml"
    file.write_text("network: {subnets: [NodeSubnet], egress: none}\n")
    for name in (file, str(file)):
        (row,) = said(one_stack(open_network), contract=name, claims=[NO_PATH])
        assert where(row) == ("mine/Out", "Out")


def test_parts_of_a_contract_count_where_they_speak(said):
    """One contract holds the network of one stack and the role of another."""
    def fill(app: App) -> None:
        open_network(Stack(app, "network"))
        role(Stack(app, "rights"), "iam:CreatePolicyVersion")
        CfnTopic(Stack(app, "other"), "Topic")

    found = said(fill, contract=NETWORK | INSTALLER, claims=[WRITES, NO_PATH])
    assert [(row["ruleName"], where(row)[0]) for row in found] == [
        (NO_PATH, "network/Out"), (WRITES, "rights/Installer")]


def test_given_contract_leaves_what_it_does_not_speak_of(said):
    """A template that a given contract says nothing of is still held to its own."""
    def fill(app: App) -> None:
        stack = Stack(app, "network")
        open_network(stack)
        stack.add_metadata("Conveyor::Contract", NETWORK)
        role(Stack(app, "rights"), "iam:GetRole")

    assert NO_PATH in rules(said(fill, contract=INSTALLER))


def test_contract_with_tokens(said):
    """A contract in the app may name a construct by its logical id, which the CDK decides later."""
    contract: dict[str, Any] = {"installer": {"iam_actions": []}}

    def fill(stack: Stack) -> None:
        contract["installer"]["role"] = role(stack, "iam:CreatePolicyVersion").logical_id

    (row,) = said(one_stack(fill), contract=contract, claims=[WRITES])
    assert where(row) == ("mine/Installer", "Installer")


@pytest.mark.parametrize(("contract", "told"), [
    ({"instaler": {}}, ("contract: instaler", "Perhaps you meant installer")),
    ({"installer": {"role": "Instaler"}}, ("contract: installer.role: Instaler", "Perhaps you meant Installer")),
    ({"installer": {"role": "Installer", "boundary": "Nothing"}}, ("contract: installer.boundary: Nothing", "Known")),
    ({"network": {"subnets": ["NodeSubnet"], "egress": "none"}}, ("contract: network.subnets.0: NodeSubnet", "Known")),
    ("no-such-file.yaml", ("contract: no-such-file.yaml", "can be read")),
    ([1], ("a contract is a mapping",)),
])
def test_contract_that_does_not_fit(said, contract, told, tmp_path):
    """A contract with faults is a violation that names each, with the way out; no claim counts as proved."""
    if isinstance(contract, list):
        file = tmp_path / "list.yaml"
        file.write_text(json.dumps(contract))
        contract = file
    (row,) = said(one_stack(lambda stack: role(stack, "iam:GetRole")), contract=contract)
    assert (row["ruleName"], row["severity"]) == ("input", "fatal")
    text = row["description"] + row["suggestedFix"]
    assert [part for part in told if part not in text] == []


def test_template_that_is_none(said):
    """A policy that IAM would refuse is a violation of its own stack, and the other stacks are still held."""
    def fill(app: App) -> None:
        broken = Stack(app, "broken")
        CfnRole(broken, "Installer", assume_role_policy_document={"Version": "2012-10-17"})
        door(Stack(app, "other"))

    found = said(fill, contract=INSTALLER | {"installer": {**INSTALLER["installer"], "trust": {
        "account": "111122223333", "external_id": "a-good-external-id"}}})
    assert [(row["ruleName"], where(row)[0]) for row in found if row["ruleName"] in ("input", ACCEPTS)] == [
        ("input", "broken"), (ACCEPTS, "other/Door")]


@pytest.mark.parametrize(("claims", "told"), [
    (["iam.no-policy-authorin"], "Perhaps you meant iam.no-policy-authoring"),
    ([WRITES], "iam.no-policy-authoring: asked of no template"),
    (None, "all: asked of no template"),
])
def test_checks_that_ask_nothing_fail(said, claims, told):
    """A claim that is unknown or asked nowhere fails, and so do checks that ask nothing at all."""
    (row,) = said(one_stack(lambda stack: CfnWaitConditionHandle(stack, "Handle")), claims=claims)
    assert told in row["description"] + row["suggestedFix"]


def test_stack_without_resources(said):
    """A stack without resources, which is never deployed, is no fault."""
    def fill(app: App) -> None:
        CfnParameter(Stack(app, "empty"), "Name")
        door(Stack(app, "full"), accept=True)

    assert said(fill, claims=[ACCEPTS]) == []


def test_nested_stack(said):
    """Templates of nested stacks are held too, and their constructs named."""
    def fill(stack: Stack) -> None:
        CfnTopic(stack, "Topic")
        door(NestedStack(NestedStack(stack, "Inner"), "Innermost"))

    (row,) = said(one_stack(fill), claims=[ACCEPTS])
    assert where(row) == ("mine/Inner/Innermost/Door", "Door")


def test_stage(said):
    """Stacks of a stage are held, and a stage is not mistaken for another account's."""
    trusted = "arn:aws:iam::{}:policy/Rights"

    def fill(app: App) -> None:
        for name, account, action in (("Test", "111111111111", "iam:*"), ("Live", "222222222222", "iam:GetRole")):
            stage = Stage(app, name, env=Environment(account=account, region="eu-west-1"))
            CfnManagedPolicy(Stack(stage, "policies"), "Rights", managed_policy_name="Rights",
                             policy_document=document(action))
            role(Stack(stage, "role"), "iam:GetRole", managed_policy_arns=[trusted.format(account)])

    found = said(fill, contract=INSTALLER, claims=[WRITES])
    assert [(row["ruleMetadata"]["verdict"], where(row)[0].split("/")[0]) for row in found] == [("refuted", "Test")]


def test_accepted_claim(said):
    """A claim can be accepted with a reason, as every finding in the CDK; faults of the input cannot."""
    def accepting(rule: str) -> Callable[[App], None]:
        def fill(app: App) -> None:
            door(Stack(app, "mine"))
            Validations.of(app).acknowledge(Acknowledgment(id=f"ConveyorChecks::{rule}", reason="our own consumers"))
        return fill

    assert rules(said(accepting("privatelink.principals"), claims=[ACCEPTS])) == [ACCEPTS]
    assert said(accepting(ACCEPTS), claims=[ACCEPTS]) == []
    assert rules(said(accepting("input"), claims=["nothing"])) == ["input"]


@pytest.mark.parametrize("kind", ["shared", "private", "dedicated", "existing VPC", "endpoint service"])
def test_own_deployments(kind, said, installed):
    """Every claim asked of our own stacks is proved, though the role's policies stand in other templates."""
    assert said(lambda app: stacks_of(app, plan(installed(kind)), "conveyor-acme")) == []


def test_policy_of_another_stack(said, installed):
    """What a policy of another stack allows counts for the role, and the violation points to that policy."""
    def fill(app: App) -> None:
        stacks = stacks_of(app, plan(installed("shared")), "conveyor-acme")
        (stack,) = (one for one in stacks if one.stack_name.endswith("installer-policies"))
        policy = next(one for one in stack.node.find_all() if isinstance(one, CfnManagedPolicy))
        policy.policy_document = document("iam:ListUsers", sid="Added")

    (row,) = said(fill, claims=["iam.actions-whitelisted"])
    assert json.loads(row["ruleMetadata"]["counterexample"])["eventName"].lower() == "listusers"
    assert where(row)[0].startswith("conveyor-acme-installer-policies/")


def test_templates_stay_as_they_are(tmp_path):
    """The checks change no byte of an assembly's templates."""
    made = []
    for name in ("with", "without"):
        app = App(outdir=str(tmp_path / name), analytics_reporting=False, builtin_cloud_formation_validation=False)
        door(Stack(app, "mine"), accept=True)
        if name == "with":
            Validations.of(app).add_plugins(ConveyorChecks(claims=[ACCEPTS]))
        app.synth()
        made.append((tmp_path / name / "mine.template.json").read_bytes())
    assert made[0] == made[1]


def run(code: str, root: Path, folder: Path) -> str:
    """What a program of its own prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CDK_")}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True,
                          env={**environment, "PYTHONPATH": str(root)}).stdout.strip()


def test_prover_is_loaded_by_the_plugin_only(root, tmp_path):
    """Neither importing the room, nor making the checks, nor a synth without them loads the prover."""
    program = """
import sys
from aws_cdk import App, Stack, Validations
from aws_cdk.aws_ec2 import CfnVPCEndpointService
from conveyor_iac.cdk import ConveyorChecks
loaded = lambda: sorted({name for name in sys.modules if name in ("z3", "conveyor_iac.proofs")})
def app():
    made = App(builtin_cloud_formation_validation=False)
    CfnVPCEndpointService(Stack(made, "mine"), "Door", acceptance_required=True)
    return made
app().synth()
checks, checked = ConveyorChecks(claims=["privatelink.acceptance"]), app()
Validations.of(checked).add_plugins(checks)
before = loaded()
checked.synth()
print(before, loaded())
"""
    assert run(program, root, tmp_path).startswith("[] ['conveyor_iac.proofs'")


def test_without_z3(root, tmp_path):
    """Where z3 is not installed the synth fails and says what to install."""
    program = """
import sys
sys.modules["z3"] = None
from aws_cdk import App, Stack, Validations
from aws_cdk.aws_ec2 import CfnVPCEndpointService
from conveyor_iac.cdk import ConveyorChecks
app = App(builtin_cloud_formation_validation=False)
CfnVPCEndpointService(Stack(app, "mine"), "Door", acceptance_required=True)
Validations.of(app).add_plugins(ConveyorChecks())
try:
    app.synth()
except RuntimeError as failed:
    print(failed)
"""
    assert "pip install 'conveyor-iac[cdk,verify]'" in run(program, root, tmp_path)
