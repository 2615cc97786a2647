"""The handover sheet: the same from every engine's outputs, whole or refused, and never with a secret in it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac.errors import InputError
from conveyor_iac.model.handover import handover, told
from conveyor_iac.model.plan import plan
from tests.model.handing import (
    PUBLIC,
    ROOT,
    SECRET,
    cdk,
    described,
    example,
    leaves,
    outputs,
    pulumi,
    rows,
    sheet,
)

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "handover.schema.json").read_text())
ON_AWS = [name for name in PUBLIC if name != "azure-shared"]
ENGINES = (cdk, described, pulumi)


@cache
def made(name: str) -> dict[str, Any]:
    """The sheet of an example, by what Pulumi hands out."""
    return sheet(example(name), pulumi(example(name))).as_json()


def refused(*bodies: Any, name: str = "private", **changes: Any) -> dict[str, str]:
    """The faults of a sheet, by their paths: value, rule and way out in one text."""
    with pytest.raises(InputError) as stopped:
        sheet(example(name, **changes), *bodies)
    return {fault.path: f"{fault.value}: {fault.rule}. {fault.way_out}" for fault in stopped.value.faults}


@pytest.mark.parametrize("name", ON_AWS)
def test_every_engine_gives_the_same(name: str) -> None:
    """From the CDK's file, from describe-stacks and from Pulumi, whole or in pieces, comes the same sheet."""
    asked = example(name)
    pieces = [{stack: values} for stack, values in cdk(asked).items()]
    assert [sheet(asked, form(asked)).as_json() for form in ENGINES] == [made(name)] * 3
    assert sheet(asked, *reversed(pieces)).as_json() == made(name)
    assert sheet(asked, outputs(asked)).as_json() == made(name)


@pytest.mark.parametrize("name", PUBLIC)
def test_valid_by_the_committed_schema(name: str) -> None:
    """The sheet of every example is valid, and has every key at every depth: the schema asks for all."""
    jsonschema.Draft202012Validator(SCHEMA).validate(made(name))
    for form in (SCHEMA, *SCHEMA["$defs"].values()):
        assert form["required"] == list(form["properties"])
        assert form["additionalProperties"] is False


@pytest.mark.parametrize("name", ON_AWS)
def test_the_same_keys(name: str) -> None:
    """Whatever the kind, the keys are the same; what is not there is null or empty."""
    assert list(made(name)) == list(made("azure-shared"))


def test_private() -> None:
    """A private data plane: each subnet with its CIDR of the address plan and the id of its zone, the one service."""
    asked, found = outputs(example("private")), made("private")
    (network,), (service,), (cognito,) = found["networks"], found["services"], found["cognito"]
    assert found["role"]["arn"] == "arn:aws:iam::222222222222:role/conveyor/acme/installer/conveyor-acme-installer"
    assert found["role"]["created_roles"] == "arn:aws:iam::222222222222:role/conveyor/acme/conveyor-dp-*"
    assert (found["role"]["session_name"], found["external_id"]) == ("conveyor-acme", "given separately")
    assert (network["id"], network["cidrs"]) == (asked["VpcId"], ["10.20.0.0/16", "100.64.0.0/16"])
    assert network["zone_ids"] == ["euw1-az1", "euw1-az2", "euw1-az3"]
    nodes = [row for row in network["subnets"] if row["kind"] == "node"]
    assert [row["id"] for row in nodes] == asked["NodeSubnetIds"].split(",")
    assert [(row["cidr"], row["zone_id"]) for row in nodes] == [
        ("10.20.0.0/19", "euw1-az1"), ("10.20.32.0/19", "euw1-az2"), ("10.20.64.0/19", "euw1-az3")]
    assert (service["name"], service["ports"]) == (asked["ServiceName"], [443])
    assert service["principals"] == ["arn:aws:iam::111122223333:role/conveyor-control-plane"]
    assert (cognito["by"], cognito["names"]) == ("firewall", ["cognito-idp.eu-west-1.amazonaws.com"])
    assert found["cluster_tags"] == {"conveyor:tenant": "acme", "GuardDutyManaged": "false"}
    assert found["azure"] is None


def test_dedicated() -> None:
    """Both planes: two networks, two services, a way from each to the other, and Cognito for both."""
    found = made("dedicated")
    assert [(row["plane"], len(row["subnets"])) for row in found["networks"]] == [("data", 9), ("control", 4)]
    assert [row["plane"] for row in found["services"]] == ["data", "control"]
    assert {(row["plane"], row["to"]) for row in found["ways"]} == {("data", "control"), ("control", "data")}
    assert [(row["plane"], row["by"], len(row["names"])) for row in found["cognito"]] == [
        ("data", "proxy", 1), ("control", "proxy", 2)]


@pytest.mark.parametrize(("name", "by"), [
    ("shared", "nat"), ("private", "firewall"), ("privatelink-only", "privatelink"), ("existing-vpc", "proxy"),
    ("azure-shared", "hub")])
def test_ways_to_cognito(name: str, by: str) -> None:
    """Each way to Cognito has its word."""
    assert [row["by"] for row in made(name)["cognito"]] == [by]


def test_a_network_that_is_brought() -> None:
    """What the file names of it is told; zones and CIDRs of its subnets, and kinds it does not name, are not known."""
    found = made("existing-vpc")
    (network,) = found["networks"]
    assert (network["id"], network["brought"], network["zone_ids"]) == ("vpc-0123456789abcdef0", True, [])
    assert {(row["kind"], row["cidr"], row["zone_id"]) for row in network["subnets"]} == {("endpoint", None, None)}
    said = {row["why"]: row["way_out"] for row in found["not_known"] if row["key"].startswith("networks.")}
    assert "aws ec2 describe-subnets --subnet-ids subnet-0123456789abcdef1 subnet-0123456789abcdef2" in said.values()
    assert said["the file names no node subnets"] == "Write network.existing.node_subnets"


def test_an_endpoint_service() -> None:
    """A door for connectors is a service and nothing besides: no role, no external id, no network."""
    found = made("endpoint-service")
    (service,) = found["services"]
    assert (service["plane"], service["ports"], found["deployment"]) == ("yours", [5432], None)
    assert (found["role"], found["external_id"], found["networks"], found["vendor_access"]) == (None, None, [], None)
    assert found["labels"] == {"customer": "Acme Corporation", "org_id": "4711"}
    assert [row["key"] for row in found["not_known"]] == ["release"]


def test_a_network_that_the_installer_makes() -> None:
    """Where the installer makes the network there is none to tell, and no output of one is asked for."""
    asked = example("shared", installer={"network_rights": True}, network={}, region="eu-west-1")
    found = sheet(asked, pulumi(asked)).as_json()
    assert (found["networks"], found["cluster_tags"]) == ([], None)
    assert [row["by"] for row in found["cognito"]] == ["installer-network"]


def test_ipv6_is_told() -> None:
    """AWS chooses the IPv6 block: that there is one is told, and that its CIDR is not known."""
    asked = example("private", network={"ipv6": True})
    found = sheet(asked, pulumi(asked)).as_json()
    assert found["networks"][0]["ipv6"] is True
    assert "networks.0.cidrs" in [row["key"] for row in found["not_known"]]


def test_azure() -> None:
    """On Azure: tenant, subscription, group, link, the machine with issuer and subject, identities, network, vault."""
    asked, found = outputs(example("azure-shared")), made("azure-shared")
    there = found["azure"]
    assert (there["tenant_id"], there["subscription_id"]) == (asked["TenantId"], asked["SubscriptionId"])
    assert (there["access"]["group_id"], there["access"]["link"]) == (asked["GroupId"], asked["AccessPackageLink"])
    assert there["machine"] == {"client_id": asked["MachineClientId"], "issuer": "https://issuer.conveyor.example",
                                "subject": "arn:aws:iam::111122223333:role/tenants/acme",
                                "audience": "api://AzureADTokenExchange"}
    assert list(there["identities"].values()) == list(asked["IdentityClientIds"].values())
    (network,) = found["networks"]
    assert (network["id"], network["cidrs"]) == (asked["VnetId"], ["10.40.0.0/16", "100.64.0.0/16"])
    assert [(row["kind"], row["cidr"]) for row in network["subnets"]] == [
        ("node", "10.40.0.0/17"), ("pod", "100.64.0.0/16"), ("private-endpoint", "10.40.128.0/19")]
    assert (found["account"], found["role"], found["external_id"]) == (None, None, None)


def test_azure_without_what_was_not_asked_for() -> None:
    """Without an issuer there is no machine, and a service that was not asked for is null."""
    words = json.loads(example("azure-shared").azure.model_dump_json())
    words["control_plane"] |= {"issuer": None, "subject": None}
    words["services"]["key_vault"] = False
    asked = example("azure-shared", azure={key: value for key, value in words.items() if value is not None})
    found = sheet(asked, pulumi(asked)).as_json()["azure"]
    assert (found["machine"], found["key_vault"]) == (None, None)
    assert found["registry"]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_missing_output_is_named(name: str) -> None:
    """Without any output every one of them is named at once: which stack has it, and how to get it."""
    asked = example(name)
    empty = {row.stack or "outputs": {} for row in rows(asked)} if name != "azure-shared" else {
        "outputs": {"TenantId": asked.azure and asked.azure.tenant_id}}
    found = refused(empty, name=name)
    missing = {row.key for row in rows(asked)} - {key for part in empty.values() for key in part}
    assert found.keys() == missing
    for row in rows(asked):
        if row.key in missing:
            assert (row.stack or "outputs in Pulumi") in found[row.key]
            assert "(missing)" in found[row.key]


@pytest.mark.parametrize(("form", "way_out"), [
    (cdk, "cdk deploy conveyor-acme-network --outputs-file FILE"),
    (described, "aws cloudformation describe-stacks --stack-name conveyor-acme-network"),
    (pulumi, 'pulumi.export("outputs", deployment.outputs)')], ids=("cdk", "describe-stacks", "pulumi"))
def test_one_that_is_missing(form: Callable[..., Any], way_out: str) -> None:
    """A missing output is named with the way out of the engine whose outputs were given."""
    body = json.loads(json.dumps(form(example("private"))))
    found = refused(without(body, "VpcId"))
    assert list(found) == ["VpcId"]
    assert way_out in found["VpcId"]
    assert list(refused(without(body, "ZoneIds", ""))) == ["ZoneIds"]


def without(body: Any, key: str, value: Any = None) -> Any:
    """A body with an output taken away, or with another value."""
    if isinstance(body, list):
        of_key = [isinstance(row, dict) and row.get("OutputKey") == key for row in body]
        return [{**row, "OutputValue": value} if hit else without(row, key, value)
                for row, hit in zip(body, of_key, strict=True) if not hit or value is not None]
    if not isinstance(body, dict):
        return body
    changed = {name: without(part, key, value) for name, part in body.items() if name != key}
    return changed | ({key: value} if key in body and value is not None else {})


def test_an_endpoint_nobody_accepted_yet() -> None:
    """The name of an endpoint may be empty until its connection is accepted: then it is null and not known."""
    body = without(pulumi(example("dedicated")), "EndpointToControlPlaneDns", "")
    found = sheet(example("dedicated"), body).as_json()
    assert [row["dns_name"] for row in found["ways"] if row["plane"] == "data"] == [None]
    assert any("conveyor-iac connections" in row["way_out"] for row in found["not_known"])


@pytest.mark.parametrize(("key", "value", "rule"), [
    ("InstallerRoleArn", "arn:aws:iam::333333333333:role/conveyor/acme/installer/conveyor-acme-installer",
     "as the file says: arn:aws:iam::222222222222:role"),
    ("ServicePorts", "5432", "as the file says: 443"),
    ("ServiceAccount", "333333333333", "as the file says: 222222222222"),
    ("VpcId", "vpc-1", "the id of a VPC"),
    ("NodeSubnetIds", "subnet-0123456789abcdef1", "ids of subnets, 3 of them"),
    ("ServiceName", "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", "the name of an endpoint service"),
    ("VpcId", ["vpc-0123456789abcdef0"], "the id of a VPC"),
])
def test_what_the_file_says_otherwise(key: str, value: Any, rule: str) -> None:
    """An output of another account, region, port or number of zones is refused, and its value is not shown."""
    found = refused(without(pulumi(example("private")), key, value))
    ((path, said),) = found.items()
    assert path == f"outputs-1.json: outputs: {key}"
    assert said.startswith(f"another: {rule}")


def test_two_stacks_that_differ() -> None:
    """Two values for one output are refused: nobody chooses between them."""
    twice = without(pulumi(example("private")), "VpcId", "vpc-0123456789abcdef1")
    found = refused(pulumi(example("private")), twice)
    assert list(found) == ["VpcId"]
    assert "outputs-1.json: outputs and outputs-2.json: outputs" in found["VpcId"]


def test_other_tenants_are_left_out() -> None:
    """Stacks of another tenant in the same region or app, and stacks of somebody else, change nothing."""
    theirs = example("private", tenant="globex")
    asked = example("private")
    for form in (cdk, described):
        mine, other = form(asked), form(theirs)
        both = {"Stacks": other["Stacks"] + mine["Stacks"]} if form is described else {**other, **mine}
        assert sheet(asked, both).as_json() == made("private")
    assert "VpcId" in refused(cdk(theirs))


def test_stacks_of_their_own_are_left_out() -> None:
    """Many stacks hand out a VpcId: beside ours, and in a list of many, one that says not whose it is is passed over.

    Given by itself it is meant.
    """
    asked, own = example("private"), {"VpcId": "vpc-00000000000000000"}
    theirs = {"StackName": "their-platform", "StackStatus": "UPDATE_ROLLBACK_FAILED", "Outputs": [
        {"OutputKey": "VpcId", "OutputValue": own["VpcId"]}, {"OutputKey": "TheirExternalId", "OutputValue": SECRET}]}
    mine = described(asked)
    assert sheet(asked, {"Stacks": [theirs, *mine["Stacks"]]}).as_json() == made("private")
    assert sheet(asked, {"their-platform": own, **cdk(asked)}).as_json() == made("private")
    assert sheet(asked, {**pulumi(asked), "vpc_id": own["VpcId"]}).as_json() == made("private")
    assert "(missing)" in refused(without({"Stacks": [theirs, *mine["Stacks"][1:]]}, "SessionName"),
                                  tenant="other")["VpcId"]
    theirs = {"StackName": "their-platform", "Outputs": theirs["Outputs"][:1]}
    assert "differs between" in refused(mine, {"Stacks": [theirs]})["VpcId"]
    network = {**cdk(asked).pop("conveyor-acme-network"), **own}
    renamed = {name: values for name, values in cdk(asked).items() if name != "conveyor-acme-network"}
    found = sheet(asked, renamed, {"their-network": network}).as_json()
    assert found["networks"][0]["id"] == own["VpcId"]


def test_where_a_stack_is() -> None:
    """describe-stacks says region, account and parameters: what the file says otherwise is refused."""
    body = described(example("private"))
    moved = json.loads(json.dumps(body).replace(":222222222222:stack/", ":333333333333:stack/"))
    assert {path.rpartition(": ")[2] for path in refused(moved)} == {"account"}
    body["Stacks"][-1]["Parameters"] = [{"ParameterKey": "VpcCidr", "ParameterValue": "10.99.0.0/16"},
                                        {"ParameterKey": "TenantId", "ParameterValue": "acme"}]
    (said,) = refused(body).values()
    assert said.startswith("another: as the file says: 10.20.0.0/16")


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_is_not_settled(status: str) -> None:
    """Outputs of a stack in the middle of something are not handed over."""
    body = described(example("private"))
    body["Stacks"][1]["StackStatus"] = status
    assert list(refused(body)) == [f"outputs-1.json: {body['Stacks'][1]['StackName']}"]


@pytest.mark.parametrize(("body", "said"), [
    ([], "no mapping"), ("text", "no mapping"), ({}, "none of our outputs"), ({"bucket": "b"}, "none of our outputs"),
    ({"version": 3, "deployment": {"resources": []}}, "the state of a Pulumi stack"),
    ({"Resources": {}, "Outputs": {}}, "a template"), ({"steps": [], "config": {}}, "a preview of Pulumi"),
    ({"outputs": "[secret]"}, "[secret]"), ({"Stacks": ["a"]}, "a stack that is no mapping"),
    ({"version": "48.0.0", "artifacts": {}}, "the manifest of an assembly"),
])
def test_what_is_no_outputs(body: Any, said: str) -> None:
    """What people may take for outputs is told by its shape, with what to give in its place."""
    (found,) = refused(body).values()
    assert found.startswith(said)


def test_one_stack_and_a_list_of_outputs() -> None:
    """What `--query` makes of describe-stacks is read too: one stack, or its outputs alone."""
    asked = example("endpoint-service")
    stack = described(asked)["Stacks"][1]
    assert sheet(asked, stack).as_json() == sheet(asked, stack["Outputs"]).as_json() == made("endpoint-service")


@pytest.mark.parametrize("spell", [str, str.lower, lambda key: key[:1].lower() + key[1:]], ids=["as it is", "a", "b"])
def test_other_spellings(spell: Callable[[str], str]) -> None:
    """A program may export an output under its own name in another spelling, as other languages do."""
    asked = example("endpoint-service")
    assert sheet(asked, {spell(key): value for key, value in outputs(asked).items()}).as_json() == made(
        "endpoint-service")


@pytest.mark.parametrize("form", ENGINES)
@pytest.mark.parametrize("key", ["ExternalId", "external_id", "MyExternalID", "acme-external-id"])
def test_an_output_that_is_an_external_id(form: Callable[..., Any], key: str) -> None:
    """A stack of ours that hands out an external id is refused, and the id is not shown."""
    body = form(example("private"))
    if form is described:
        body["Stacks"][1]["Outputs"].append({"OutputKey": key, "OutputValue": SECRET})
    else:
        next(iter(body.values()) if form is cdk else iter([body]))[key] = SECRET
    ((path, said),) = refused(body).items()
    assert path.endswith(f": {key}")
    assert said.startswith("(hidden): no external id among outputs")


def test_a_masked_one_is_let_be() -> None:
    """A secret output that Pulumi masks says nothing, and is no reason to stop."""
    asked = example("private")
    assert sheet(asked, {**pulumi(asked), "external_id": "[secret]"}).as_json() == made("private")


@given(data=st.data(), form=st.sampled_from(ENGINES), known=st.booleans())
def test_a_planted_external_id_is_never_told(data: st.DataObject, form: Callable[..., Any], known: bool) -> None:
    """Wherever a stack holds the external id, whether the file has it or not, neither sheet nor faults repeat it."""
    asked = example("private", **({"external_id": SECRET} if known else {}))
    body = json.loads(json.dumps(form(asked)))
    path = data.draw(st.sampled_from(sorted(path for path in leaves(body) if not path.endswith(("Key", "StackName")))))
    *parts, last = path.strip(".").split(".")
    inner: Any = body
    for part in parts:
        inner = inner[int(part) if isinstance(inner, list) else part]
    inner[int(last) if isinstance(inner, list) else last] = data.draw(st.sampled_from((SECRET, f"a {SECRET} b")))
    try:
        said = json.dumps(sheet(asked, body).as_json())
    except InputError as stopped:
        said = str(stopped)
    assert SECRET not in said


def test_an_external_id_that_is_a_part_of_the_sheet() -> None:
    """An external id of the file that would be told, because it is a part of what is handed over, is refused."""
    asked = example("private", labels={"customer": f"Acme {SECRET}"}, external_id=SECRET)
    with pytest.raises(InputError, match=r"external_id: \(hidden\)"):
        sheet(asked, pulumi(asked))


def test_faults_of_all_files_at_once() -> None:
    """What is wrong with several files is told together."""
    asked = example("private")
    made_plan = plan(asked)
    with pytest.raises(InputError) as stopped:
        told(asked, made_plan, {"a.json": [], "b.json": {"Resources": {}}})
    assert [fault.path for fault in stopped.value.faults] == ["a.json", "b.json"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(("Stacks", "Outputs", "OutputKey", "OutputValue", "StackName", "Parameters",
                                         "Tags", "outputs", "VpcId", "SessionName", "conveyor-acme-network")), inner),
                    max_leaves=12))
def test_any_json_is_answered(body: Any) -> None:
    """Whatever JSON is given in place of outputs, the answer is faults and never anything else."""
    asked = example("private")
    made_plan = plan(asked)
    with pytest.raises(InputError) as stopped:  # no such body has all that is needed
        handover(asked, made_plan, told(asked, made_plan, {"any.json": body}))
    assert stopped.value.faults
