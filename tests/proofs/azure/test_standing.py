"""What stands of a resource of Azure whose program and state are compared, and how a stack is handed through."""

import json

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.azure.queries import read
from conveyor_iac.proofs.azure.resources import Unknown
from conveyor_iac.proofs.azure.standing import OTHERWISE, standing
from conveyor_iac.proofs.contract import concerning, held
from conveyor_iac.proofs.pulumi import read_stack, template_of
from conveyor_iac.proofs.verify import verify
from tests.proofs.azure.small import CLAIMS, CONTRACT, SUB, UNKNOWN, Stack, contract_of, one

NOT_READ = {"AccessPackage", "ActivityWorkspace", "FirewallAddress", "FirewallPolicy"}
"""Resources of which no claim reads a property that they have here: where they lie counts, and who names them."""
LATER = Unknown("is known only once it is deployed")


@pytest.mark.parametrize(("given", "kept", "stands"), [
    ({"a": "Deny"}, {"a": "DENY"}, {"a": "Deny"}),
    ({"a": "/x/Y/"}, {"a": "/X/y"}, {"a": "/x/Y/"}),
    ({"a": "Deny"}, {"a": "Allow"}, {"a": OTHERWISE}),
    ({"a": True}, {"a": 1}, {"a": OTHERWISE}),
    ({"a": 443}, {"a": 443.0}, {"a": 443}),
    ({"a": ["x", "y"]}, {"a": ["Y", "X"]}, {"a": ["x", "y"]}),
    ({"a": ["x"]}, {"a": ["x", "y"]}, {"a": OTHERWISE}),
    ({"a": []}, {"a": ["y"]}, {"a": OTHERWISE}),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2}}),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": OTHERWISE}),
    ({"a": [{"n": 1}, {"n": 2}]}, {"a": [{"n": 2, "m": 0}, {"n": 1}]}, {"a": [{"n": 1}, {"n": 2, "m": 0}]}),
    ({}, {"a": 1}, {"a": 1}), ({"a": None}, {"a": 1}, {"a": 1}), ({"a": 1}, {}, {"a": 1}),
    ({"a": LATER}, {"a": 1}, {"a": LATER}), ({"a": 1}, {"a": LATER}, {"a": 1}),
    ({"subject": "Role"}, {"subject": "role"}, {"subject": OTHERWISE}),
    ({"audiences": ["X"]}, {"audiences": ["x"]}, {"audiences": OTHERWISE}),
    ({"a": 1, "__defaults": []}, {"a": 1}, {"a": 1}),
])
def test_program_and_state(given, kept, stands):
    """Where both tell alike it stands, what one adds is added, and where they contradict nobody knows."""
    assert standing(given, kept) == stands


@pytest.mark.parametrize("name", sorted(Stack().rows))
def test_no_property_that_somebody_changed_is_proved(name):
    """A resource whose every word the state tells otherwise is never the reason of a proof of what it says."""
    stack = Stack()
    row = stack.rows[name]
    row["outputs"] = {key: _otherwise(value) for key, value in row["outputs"].items()}
    assert (stack.report(*CLAIMS).verdict == "proved") is (name in NOT_READ)


def _otherwise(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict):
        return {key: _otherwise(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_otherwise(item) for item in value]
    return f"{value}-otherwise"


def export(stack):
    """What `pulumi stack export` prints of a stack, with its deployment."""
    rows = [{"urn": f"urn:pulumi:dev::p::{row['type']}::{row['name']}", "custom": True, **row}
            for row in stack.rows.values()]
    deployment = {"urn": "urn:pulumi:dev::p::conveyor:index:AzureDeployment::acme", "custom": False,
                  "type": "conveyor:index:AzureDeployment", "inputs": {"contract": stack.contract}}
    return {"version": 3, "deployment": {"resources": [deployment, *rows]}}


def test_a_stack_brings_its_contract():
    """Of an export the contract of its deployment is held, and everything is proved."""
    (found,) = read_stack(export(Stack()), "stack")
    report = verify(found.template)
    assert {str(result.answer.verdict) for result in report.results} == {"proved"}
    assert report.contract.as_json() == CONTRACT
    assert json.dumps(report.as_json())


def test_without_a_contract():
    """Without a contract only the claims are asked that need none."""
    assert Stack().verdicts(contract=False) == {
        "azure.closed-services": "proved", "azure.access-approved": "proved", "azure.federated-only": "proved"}


def test_a_stack_of_both_clouds():
    """Beside resources of AWS those of Azure are read, and each claim reads its own."""
    stack = Stack()
    bucket = {"name": "Bucket", "type": "aws:s3/bucket:Bucket", "id": "b", "inputs": {"bucket": "b"}}
    report = verify(template_of([*stack.rows.values(), bucket], "stack", contract=CONTRACT))
    found = {result.claim.id: str(result.answer.verdict) for result in report.results}
    assert dict.fromkeys(CLAIMS, "proved").items() <= found.items()
    assert "storage.not-public" in found


def test_a_stack_of_aws_alone():
    """Of a stack without anything of Azure no claim about Azure is asked."""
    bucket = {"name": "Bucket", "type": "aws:s3/bucket:Bucket", "id": "b", "inputs": {"bucket": "b"}}
    secret = {"name": "Secret", "type": "random:index/randomId:RandomId", "id": "r", "inputs": {}}
    template = template_of([bucket, secret], "stack")
    assert template.azure == ()
    assert not [result for result in verify(template).results if result.claim.id.startswith("azure.")]


def test_versions_of_the_api_do_not_matter():
    """A type with an API version in its token is the same type."""
    stack = Stack()
    for row in stack.rows.values():
        row["type"] = row["type"].replace("azure-native:network:", "azure-native:network/v20240501:")
    assert stack.verdicts() == dict.fromkeys(CLAIMS, "proved")


def test_what_is_only_read_is_elsewhere():
    """A resource that is only read makes nothing; ids lead to it all the same."""
    other = {**one("Theirs", "network:PublicIPAddress", "/subscriptions/x/publicIPAddresses/theirs"), "external": True}
    assert Stack().add(other).verdicts() == dict.fromkeys(CLAIMS, "proved")


def test_two_of_one_name():
    """Of two resources with one name each has its type added, and the contract speaks of it so."""
    stack = Stack()
    rows = [*stack.rows.values(), one("Firewall", "network:IpGroup", "/x/ipGroups/firewall")]
    contract = {"azure": {**CONTRACT["azure"], "next_hop": "Firewall/AzureFirewall"}}
    report = verify(template_of(rows, "stack", contract=contract))
    assert report.verdict == "proved"


def test_unknown_types_are_counted():
    """A type of Azure that nobody knows here is counted and named."""
    template = Stack().add(one("New", "batch:BatchAccount", "b")).template()
    assert template.section("Metadata")["Conveyor::Pulumi"]["unknown_types"] == {"azure-native:batch:BatchAccount": 1}


def test_a_first_preview_proves_nothing_of_ids():
    """Where no id is known yet nothing is refuted, and what hangs on ids is undecided."""
    stack = Stack()
    for row in stack.rows.values():
        row |= {"id": "", "outputs": {}, "inputs": json.loads(json.dumps(row["inputs"]).replace(
            f'"/subscriptions/{SUB}/resourceGroups', f'"{UNKNOWN}/'))}
    found = stack.verdicts()
    assert "refuted" not in found.values()
    assert {name for name, verdict in found.items() if verdict == "proved"} <= {
        "azure.closed-services", "azure.access-approved", "azure.federated-only"}


@pytest.mark.parametrize(("changes", "path"), [
    ({"addresses": ["Nobody"]}, "addresses.0"), ({"addresses": ["KeyVault"]}, "addresses.0"),
    ({"subnets": ["Vnet"]}, "subnets.0"), ({"closed": ["Vnet"]}, "closed.0"), ({"next_hop": "Vnet"}, "next_hop"),
    ({"next_hop": ...}, "next_hop"), ({"callers": ["everybody"]}, "callers.0"), ({"paths": ["TCP mcr"]}, "paths.0"),
    ({"paths": ["SCTP 1 a"]}, "paths.0"), ({"subscription": "mine"}, "subscription"),
    ({"log_subscription": "mine"}, "log_subscription"), ({"guardrail_scope": "mine"}, "guardrail_scope"),
    ({"roles": [{"principal": "Nobody", "role": SUB, "scope": SUB}]}, "roles.0.principal"),
    ({"roles": [{"principal": SUB, "role": "Vnet", "scope": SUB}]}, "roles.0.role"),
    ({"roles": [{"principal": SUB, "role": SUB, "scope": "here"}]}, "roles.0.scope"),
    ({"roles": [{"principal": SUB, "role": SUB, "scope": SUB, "assigns": ["Owner"]}]}, "roles.0.assigns.0")])
def test_a_name_that_is_not_there_is_a_fault(changes, path):
    """Each name of the contract that matches nothing is wrong input, with a way out."""
    with pytest.raises(InputError) as refused:
        Stack().agree(**changes).verdicts()
    (fault,) = refused.value.faults
    assert fault.path == f"contract: azure.{path}"
    assert fault.way_out


def test_all_faults_at_once():
    """Every name that is not there is told at once."""
    with pytest.raises(InputError) as refused:
        Stack().agree(addresses=["A", "B"], subnets=["C"], closed=["D"]).verdicts()
    assert len(refused.value.faults) == 4


@pytest.mark.parametrize(("changes", "told"), [
    ({"subscripton": SUB}, "Perhaps you meant subscription"), ({"egress": "wide"}, "open"),
    ({"roles": [{"principal": SUB, "rle": SUB, "role": SUB, "scope": SUB}]}, "Perhaps you meant role")])
def test_a_misspelt_key_is_a_fault(changes, told):
    """A key that is none, or a word that is none, is wrong input that names the right one."""
    with pytest.raises(InputError, match=told):
        contract_of({"azure": {**CONTRACT["azure"], **changes}})


def test_a_contract_for_several_stacks():
    """A contract that speaks of Azure is not held to the stack of AWS that stands beside."""
    contract = contract_of(CONTRACT)
    aws = template_of([{"name": "B", "type": "aws:s3/bucket:Bucket", "id": "b", "inputs": {}}], "aws")
    azure = Stack().template(contract=False)
    assert held(concerning(contract, aws, [azure]), aws, [azure]).azure is None
    assert held(concerning(contract, azure, [aws]), azure, [aws]).azure is not None


@pytest.mark.parametrize(("query", "read_as"), [
    ("AzureActivity", (set(), set(), set())),
    ('AzureActivity | where OperationNameValue =~ "A/write"', ({"a/write"}, set(), set())),
    ('AzureActivity\n| where OperationNameValue in~ ("A", "b")\n| where SubscriptionId =~ "s"',
     ({"a", "b"}, {"s"}, set())),
    ('AzureActivity | where OperationNameValue == "A"', None), ("AzureActivity | take 1", None),
    ('AzureActivity | where OperationNameValue in~ ("A", b)', None), ("Heartbeat", None),
    ('AzureActivity | where Caller =~ "x"', None), ('AzureActivity | where OperationNameValue !in~ ("A")', None),
    ('AzureActivity | where OperationNameValue =~ "A" and Caller =~ "x"', None),
    ('AzureActivity | where OperationNameValue =~ "A" | where OperationNameValue =~ "B"', None)])
def test_queries_of_one_form(query, read_as):
    """A search of the plain form is read whole; any other is not read."""
    found = read(query)
    assert (None if found is None else (set(found.operations), set(found.subscriptions), set(found.states))) == read_as
