"""What Pulumi prints: told from templates, refused where it leaves something out, and read with nothing guessed."""

import json

import pytest

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.proofs.contract import METADATA
from conveyor_iac.proofs.pulumi import READ, read_stack, states
from conveyor_iac.proofs.pulumi.hiding import faults_without, report_without, without_secrets
from conveyor_iac.proofs.pulumi.values import Secret, Secrets, Untold, read
from conveyor_iac.proofs.verify import verify
from tests.proofs.pulumi.small import ENCRYPTED, INSTALLER, NODES, SECRET, SIGNATURE, UNKNOWN, network, powers, secret


def component(contract, name="acme"):
    """A deployment component of ours as the state keeps it."""
    return {"type": "conveyor:index:PrivateDeployment", "urn": f"urn:pulumi:dev::p::c::{name}", "custom": False,
            "outputs": {"contract": contract}}


def export(rows, *more, **deployment):
    """What `pulumi stack export` prints of resources."""
    kept = [{"custom": True, "urn": f"urn:pulumi:dev::p::{row['type']}::{row['name']}", **row} for row in rows]
    return {"version": 3, "deployment": {"manifest": {}, "resources": [
        {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "custom": False},
        *more, *kept], **deployment}}


def preview(rows, op="create", **more):
    """What `pulumi preview --json` prints of resources, each by one step."""
    steps = [{"op": op, "urn": f"urn:pulumi:dev::p::{row['type']}::{row['name']}", "newState": {
        "custom": True, "urn": f"urn:pulumi:dev::p::{row['type']}::{row['name']}", **row}} for row in rows]
    return {"config": {}, "steps": steps, "changeSummary": {op: len(rows)}, **more}


def test_told_from_templates():
    """An export, a preview and a state file are told by what stands in them; a template never is."""
    assert all(map(states.looks_like_one, (export([]), preview([]), {"checkpoint": {}}, {"changeSummary": {}})))
    assert not any(map(states.looks_like_one, ({"Resources": {}}, {"Resources": {}, "steps": []}, [], "steps", None)))
    assert states.talks("Previewing update (dev):\n")
    assert not states.talks('{"steps": []}')


@pytest.mark.parametrize(("body", "rule"), [
    ({"version": 4, "deployment": {}}, "is 3"), ({"version": 3, "deployment": []}, "a mapping with resources"),
    ({"version": 3, "deployment": {"resources": None}}, "at least one resource"), (export([]), "at least one resource"),
    (export(network(), pending_operations=[{}]), "no operation is pending"),
    ({"checkpoint": {}}, "a command of Pulumi"),
    ({"version": 3, "deployment": {"resources": ["x"]}}, "a mapping with a type"), ({"steps": {}}, "at least one"),
    ({"steps": [1]}, "a list of steps"), ({"steps": []}, "at least one resource"),
    (preview(network(), diagnostics=[{"severity": "error"}]), "the preview ended well"),
    (preview(network(), changeSummary={"create": 13, "same": 2}), "what stays the same"),
    ({"steps": [{"op": "create", "urn": "u"}]}, "a mapping with a type"),
])
def test_refused(body, rule):
    """What would leave a resource out without a word is refused, with a way out."""
    with pytest.raises(InputError, match=rule) as refused:
        read_stack(body, "stack.json")
    assert all(fault.way_out for fault in refused.value.faults)


@pytest.mark.parametrize(("source", "made"), [("stack export", export), ("preview", preview)])
def test_read(source, made):
    """An export and a preview of known values say the same of the same resources."""
    (one,) = read_stack(made(network()), "stack.json", contract=NODES)
    assert one.template.section("Metadata")[READ] == {
        "source": source, "resources": 13, "unknown_types": {}, "unknown_values": []}
    found = {result.claim.id: result.answer.verdict for result in verify(one.template).results}
    assert (found["network.no-internet-path"], found["network.dns-exit"]) == ("proved", "refuted")


def test_a_preview_of_what_stays():
    """What stays the same has its id and outputs in the older state; what is deleted is no longer there."""
    rows = network()
    body = preview([], changeSummary={"same": 13, "delete": 1})
    for row in rows:
        new = {"type": row["type"], "urn": row["name"], "custom": True, "inputs": row["inputs"]}
        old = {"id": row["id"], "outputs": row["outputs"]}
        body["steps"].append({"op": "same", "urn": row["name"], "newState": new, "oldState": old})
    body["steps"].append({"op": "delete", "urn": "gone", "oldState": {"type": "aws:ec2/wormhole:Wormhole"}})
    (one,) = read_stack(body, "stack.json", contract=NODES)
    assert one.template.section("Metadata")[READ]["unknown_types"] == {}
    found = {result.claim.id: result.answer.verdict for result in verify(one.template).results}
    assert found["network.no-internet-path"] == "proved"


def test_one_contract_and_several():
    """A deployment's contract is the stack's; of several each has a report, by the component's name."""
    (one,) = read_stack(export(network(), component(NODES)), "s.json")
    assert (one.template.name, one.template.section("Metadata")[METADATA]) == ("s.json", NODES)
    both = read_stack(export(network(), component(NODES), component({}, "other")), "s.json")
    assert [each.template.name for each in both] == ["s.json: acme", "s.json: other"]
    (given,) = read_stack(export(network(), component(NODES), component({}, "other")), "s.json", contract=NODES)
    assert given.template.name == "s.json"


@pytest.mark.parametrize("contract", [UNKNOWN, ENCRYPTED, "text", None])
def test_a_contract_that_is_not_known(contract):
    """A contract that nobody can read is refused, for what it asks would not be asked; another one may be given."""
    body = export(network(), component(contract), component(NODES, "other"))
    with pytest.raises(InputError, match="acme: contract: not known"):
        read_stack(body, "s.json")
    assert read_stack(body, "s.json", contract=NODES)


def test_a_contract_that_is_half_known():
    """A contract with something unknown in it is refused, not held in part."""
    with pytest.raises(InputError, match="known before it is held"):
        read_stack(export(network(), component({"network": {"subnets": [UNKNOWN], "egress": "none"}})), "s.json")


def test_what_was_not_known_is_told():
    """Types and values that are not known are counted and named, with the reason and the way out."""
    rows = [*network(), {"type": "aws:ec2/wormhole:Wormhole", "name": "W", "inputs": {}},
            {"type": "aws:iam/role:Role", "name": "R", "inputs": {"assumeRolePolicy": ENCRYPTED}}]
    (one,) = read_stack(export(rows), "s.json")
    told = one.template.section("Metadata")[READ]
    assert told["unknown_types"] == {"aws:ec2/wormhole:Wormhole": 1}
    assert "R.assumeRolePolicy is a secret: pulumi stack export --show-secrets | conveyor-iac verify -" in told[
        "unknown_values"]


@pytest.mark.parametrize(("value", "found"), [
    (UNKNOWN, Untold), (f"arn:{UNKNOWN}", Untold), ("[secret]", Untold), ("[unknown]", Untold), (ENCRYPTED, Untold),
    ({SIGNATURE: SECRET, "plaintext": "{"}, Untold), ({SIGNATURE: "c44067f5952c0a294b673a41bacd8c17"}, Untold),
    ({SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}, Untold), (secret("text"), Secret), ("text", str),
    ({SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "text", "secret": True}, Secret), (secret(True), bool),
])
def test_values(value, found):
    """Each mark of the engine's is read as what it hides, and anything else as it is."""
    assert type(read(value, Secrets())) is found


def test_secrets_at_any_depth():
    """Every text of a secret value is a secret, however deep it stands."""
    secrets = Secrets()
    assert read({"a": [secret({"b": ["one", {"c": "two"}]})], "d": "clear"}, secrets) == {
        "a": [{"b": ["one", {"c": "two"}]}], "d": "clear"}
    assert secrets.texts == {"one", "two"}


def test_secrets_are_hidden():
    """A long secret is hidden wherever it stands, a short one where it stands alone, one that was cut altogether."""
    told = without_secrets({"a": ["x the-long-secret-text x", "abc", "abcd"], "b": "begins the-long-secr"},
                           {"the-long-secret-text", "abc"})
    assert told == {"a": [f"x {HIDDEN} x", HIDDEN, "abcd"], "b": HIDDEN}
    (fault,) = faults_without([Fault(path="p", value="the-long-secret-text", rule="r", way_out="w")],
                              {"the-long-secret-text"})
    assert fault.value == HIDDEN


def test_no_secret_is_in_a_report():
    """A counterexample of a policy that is secret hides its conditions' values, and tells what it allows."""
    token = "value-of-a-secret-condition"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/token": token}}}]})
    rows = powers()
    rows[3]["inputs"]["inlinePolicies"] = [{"name": "own", "policy": secret(policy)}]
    (one,) = read_stack(export(rows), "s.json", contract=INSTALLER)
    report = verify(one.template)
    assert token in json.dumps(report.as_json())
    told = json.dumps(report_without(report, one.secrets).as_json())
    assert token not in told
    assert "PutRolePolicy" in told
