"""What a state or preview tells beside its rows, and must not be passed over: half-done work, accounts, secrets."""

import copy
import json

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.pulumi import READ, adapter, read_stack
from conveyor_iac.proofs.pulumi.hiding import report_without, without_secrets
from conveyor_iac.proofs.verify import verify
from tests.proofs.pulumi.small import (
    ACCOUNT,
    ENCRYPTED,
    EXTERNAL_ID,
    INSTALLER,
    NODES,
    TRUST,
    VPC,
    arn_of,
    at,
    document,
    ec2,
    network,
    one,
    powers,
    secret,
)
from tests.proofs.pulumi.test_states import component, export

OTHER = "333333333333"
ALL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
HOLE = {"routeTableId": at("RouteTable", "NodeTable"), "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": at("InternetGateway", "Gateway")}
ATTACHED = {"role": "installer", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
PATH, WRITES = "network.no-internet-path", "iam.no-policy-authoring"


def verdict(body, contract, name):
    """What a claim says of what Pulumi printed."""
    (found,) = read_stack(body, "s.json", contract=contract)
    (result,) = verify(found.template, claims=[claim(name)]).results
    return str(result.answer.verdict)


def preview(rows, *steps):
    """A preview in which all of these stay the same, and further steps."""
    kept = [{**row, "custom": True} for row in rows]
    same = [{"op": "same", "urn": row["name"], "newState": row, "oldState": row} for row in kept]
    return {"steps": [*same, *steps], "changeSummary": {"same": len(rows)}}


@pytest.mark.parametrize(("mark", "rule"), [
    ({"initErrors": ["AccessDenied"]}, "no update of a resource has failed"),
    ({"pendingReplacement": True}, "no replacement is half done")])
def test_half_done(mark, rule):
    """A resource whose last operation did not end is refused: it may be deleted, or have other values."""
    with pytest.raises(InputError, match=rule):
        read_stack(export([*network(), {**ec2("Route", "Half", **HOLE), **mark}]), "s.json")


@pytest.mark.parametrize("inputs", [ENCRYPTED, [1], "text"])
def test_inputs_that_cannot_be_read(inputs):
    """Inputs that are no mapping are refused with every fault, not taken for none."""
    rows = [{**row, "inputs": inputs} for row in network()[:2]]
    with pytest.raises(InputError, match="is a mapping") as refused:
        read_stack(export(rows), "s.json")
    assert len(refused.value.faults) == 2


def test_contracts_of_one_name():
    """Of two deployments with one name each contract is held, by its URN."""
    twin = component({}) | {"type": "conveyor:index:SharedDeployment", "urn": "urn:pulumi:dev::p::shared::acme"}
    both = read_stack(export(network(), component(NODES), twin), "s.json")
    assert [each.template.name for each in both] == [
        "s.json: urn:pulumi:dev::p::c::acme", "s.json: urn:pulumi:dev::p::shared::acme"]


def provider(name, **inputs):
    """A provider for AWS as the state keeps it."""
    return {"type": "pulumi:providers:aws", "name": name, "id": f"id-of-{name}", "inputs": inputs,
            "urn": f"urn:pulumi:dev::p::pulumi:providers:aws::{name}"}


def made_by(name, *rows):
    """Resources that a provider made."""
    return [{**row, "provider": f"urn:pulumi:dev::p::pulumi:providers:aws::{name}::id-of-{name}"} for row in rows]


def untold(name):
    """A policy in a role: nothing in it tells its account."""
    return one("aws:iam/rolePolicy:RolePolicy", name, {"arn": None}, role="installer", name=name, policy=ALL)


@pytest.mark.parametrize("inputs", [
    {"allowedAccountIds": json.dumps([OTHER])}, {"profile": "other"}, {"accessKey": ENCRYPTED},
    {"assumeRoles": json.dumps([{"roleArn": f"arn:aws:iam::{OTHER}:role/x"}])},
    {"endpoints": json.dumps([{"iam": "https://elsewhere.example"}])}])
def test_a_provider_of_another_account(inputs):
    """What comes to AWS by other credentials may be in another account: refused unless something tells the account."""
    rows = [provider("default", region="eu-west-1"), provider("other", region="eu-west-1", **inputs),
            *made_by("default", *powers()), *made_by("other", untold("More"))]
    with pytest.raises(InputError, match="all resources are of one account"):
        read_stack(export(rows), "s.json", contract=INSTALLER)


@pytest.mark.parametrize(("inputs", "more"), [
    ({"region": "eu-west-3", "version": "7.51.1"}, [untold("More")]),
    ({"profile": "other", "allowedAccountIds": json.dumps([ACCOUNT])}, [untold("More")]),
    ({"profile": "other"}, [untold("More"), ec2("Vpc", "There", cidrBlock="10.1.0.0/16")]),
    ({"profile": "other", "allowedAccountIds": json.dumps([OTHER])}, [])])
def test_a_provider_of_the_same_account(inputs, more):
    """No other account: another region, one that is allowed, one that an ARN tells, a provider that nothing uses."""
    rows = [provider("default", region="eu-west-1"), provider("other", **inputs), *made_by("default", *powers()),
            *made_by("other", *more)]
    assert verdict(export(rows), INSTALLER, WRITES) == ("refuted" if more else "proved")


def test_a_replaced_provider():
    """A provider that is being replaced has its URN twice; its id tells which one made a resource."""
    old = {**provider("other", allowedAccountIds=json.dumps([OTHER])), "id": "old", "delete": True}
    rows = [old, provider("other"), *made_by("other", *powers())]
    assert verdict(export(rows), INSTALLER, WRITES) == "proved"
    with pytest.raises(InputError, match="of one account"):
        read_stack(export([*rows, {**untold("More"), "provider": f"{old['urn']}::old"}]), "s.json", contract=INSTALLER)


@pytest.mark.parametrize("type_", ["pulumi-python:dynamic:Resource", "mod:tf:aws_iam_role_policy_attachment",
                                   "aws-native:lambda:Function"])
def test_what_nobody_knows_may_do_anything(type_):
    """A resource of a package and service that nobody knows here leaves nothing proved that it may concern."""
    strange = {"type": type_, "name": "Own", "inputs": {}}
    assert verdict(export([*powers(), strange]), INSTALLER, WRITES) == "undecided"
    assert verdict(export([*network(), strange]), NODES, PATH) == "undecided"


def test_a_role_that_is_handed_over_by_its_name():
    """What another provider is given by a chosen name is the resource of that name, and the report says so."""
    strange = {"type": "aws-native:ec2:Machine", "name": "Own", "inputs": {"roles": ["installer"]}}
    (found,) = read_stack(export([*powers(), strange]), "s.json", contract=INSTALLER)
    (result,) = verify(found.template, claims=[claim(WRITES)]).results
    assert any("Own is handed the role" in note for note in result.answer.notes)


def test_an_update_keeps_what_was_never_asked():
    """What the state tells of a role beside the program's inputs is still there after an update of it."""
    rows = powers()
    held = next(row for row in rows if row["name"] == "Installer")
    rows.remove(held)
    old = {**held, "outputs": {**held["outputs"], "inlinePolicies": [{"name": "x", "policy": ALL}]}}
    new = {**{key: value for key, value in held.items() if key != "outputs"}, "custom": True}
    step = {"op": "update", "urn": "Installer", "newState": new, "oldState": old}
    assert verdict(preview(rows, step), INSTALLER, WRITES) in ("refuted", "undecided")
    asked = copy.deepcopy(step)
    asked["oldState"]["inputs"]["inlinePolicies"] = []
    assert verdict(preview(rows, asked), INSTALLER, WRITES) == "proved"


@pytest.mark.parametrize(("op", "retained", "found"), [
    ("delete", True, "refuted"), ("delete-replaced", True, "refuted"), ("delete", False, "proved"),
    ("discard", True, "proved")])
def test_what_is_deleted_and_retained(op, retained, found):
    """A resource that is taken from the stack and retained in AWS is still there."""
    old = {**ec2("Route", "Hole", **HOLE), "custom": True, "retainOnDelete": retained}
    assert verdict(preview(network(), {"op": op, "urn": "Hole", "oldState": old}), NODES, PATH) == found


@pytest.mark.parametrize(("rows", "contract", "name", "part"), [
    (network, NODES, PATH, ec2("Route", "Read", HOLE)),
    (powers, INSTALLER, WRITES, one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "Read", ATTACHED))])
def test_a_part_that_is_only_read(rows, contract, name, part):
    """A route or attachment that the stack reads and does not manage is there all the same."""
    assert verdict(export([*rows(), {**part, "external": True}]), contract, name) in ("refuted", "undecided")


@pytest.mark.parametrize(("value", "told"), [
    (f"hunter2-{ACCOUNT}-hunter3", ("hunter2", "hunter3")), (f"{VPC}/hunter2/x", ("hunter2",))])
def test_a_secret_that_is_cut_at_a_reference(value, told):
    """Of a secret with the account or an id of the stack in it no piece is told."""
    rows = [*network(), ec2("Route", "Own", routeTableId=at("RouteTable", "NodeTable"),
                            destinationCidrBlock="0.0.0.0/0", gatewayId=secret(value))]
    (found,) = read_stack(export(rows), "s.json", contract=NODES)
    report = verify(found.template, claims=[claim(PATH)])
    assert told[0] in json.dumps(report.as_json())
    assert not any(piece in json.dumps(report_without(report, found.secrets).as_json()) for piece in told)


def test_a_condition_that_is_cut_at_a_reference():
    """The pieces of a secret policy's conditions are secrets; what every ARN has is none."""
    condition = {"StringEquals": {"aws:PrincipalTag/x": f"{ACCOUNT}/hunter2"},
                 "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/hunter3"}}
    (found,) = read_stack(export(powers(Condition=condition)), "s.json", contract=INSTALLER)
    assert {"/hunter2", ":role/hunter3"} <= found.secrets
    assert ":iam::" not in found.secrets


def test_wildcards_of_a_secret_that_are_filled_in():
    """Of a secret with wildcards each piece between them is hidden, whatever stands in their place."""
    told = without_secrets("x hunter2a-hunter3bcd x", {"hunter2?-hunter3*"})
    assert "hunter" not in told


@pytest.mark.parametrize("change", [
    {"Effect": "hunter2"}, {"hunter2": "x"}, {"Principal": "hunter2"}, {"Effect": ["hunter2"]}])
def test_a_secret_document_that_is_malformed(change):
    """It is refused without a word of it, for nobody knows which of its words are the secret."""
    with pytest.raises(InputError, match="is a policy document") as refused:
        read_stack(export(powers(**change)), "s.json", contract=INSTALLER)
    assert "hunter2" not in str(refused.value.faults)
    assert EXTERNAL_ID not in str(refused.value.faults)


@pytest.mark.parametrize("row", [
    one("aws:iam/role:Role", "Bad", assumeRolePolicy=document(TRUST), inlinePolicies=[1]),
    ec2("SecurityGroup", "Bad", vpcId=VPC, egress=["x"]), one("aws:s3/bucket:Bucket", "Bad", grants=["x"])])
def test_values_of_no_known_kind(row):
    """A value of a kind that its type does not take is a fault that names the resource, or not known; never a crash."""
    rows = [*powers(), row, one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "BadHas", role="Bad",
                                policyArn=arn_of("aws:iam/policy:Policy", "Tool", {"name": "tool"}))]
    try:
        (found,) = read_stack(export(rows), "s.json", contract=INSTALLER)
        told = found.template.section("Metadata")[READ]["unknown_values"]
    except InputError as refused:
        told = [fault.path for fault in refused.faults]
    assert any("Bad" in each for each in told)


def test_a_shape_that_cannot_read_a_value(monkeypatch):
    """What a shape cannot read is a fault that names the resource, and its parts bring no other one."""

    def fails(*_):
        raise TypeError("int is no mapping")

    monkeypatch.setitem(adapter._SHAPES, "vpc", fails)
    with pytest.raises(InputError, match="of the kinds that its type takes") as refused:
        read_stack(export(network()), "s.json")
    assert [fault.path for fault in refused.value.faults] == ["s.json: Vpc"]


@pytest.mark.parametrize("allowed", ["[oops", "[1", json.dumps(["x"])])
def test_an_allowed_account_that_is_none(allowed):
    """A provider's accounts that cannot be read tell nothing."""
    rows = [provider("default", allowedAccountIds=allowed), *made_by("default", untold("More"))]
    (found,) = read_stack(export(rows), "s.json", contract=INSTALLER | {"installer": "text"})
    assert "AWS::AccountId" not in json.dumps(found.template.body)


def test_a_vpc_twice():
    """A policy that speaks of what two resources are cannot be read, rather than be read as another's."""
    rows = network()
    fence = document({"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*",
                      "Condition": {"StringEquals": {"aws:SourceVpc": VPC}}})
    rows += [*powers(), one("aws:iam/rolePolicy:RolePolicy", "More", role="installer", name="more", policy=fence)]
    assert verdict(export(rows), INSTALLER, WRITES) == "refuted"
    assert verdict(export([*rows, {**rows[0], "name": "Twin"}]), INSTALLER, WRITES) == "undecided"
