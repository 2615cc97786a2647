"""The contract: from a file or from the template; a misspelt key or a name that is not there is wrong input."""

import json

import pytest
import yaml

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.contract import METADATA, Contract, concerning, held, of_file, of_template
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verify import verify

TEMPLATE = {
    "Parameters": {"Account": {"Type": "String"}, "Tenant": {"Type": "String"}, "Switch": {"Type": "String"},
                   "Vpc": {"Type": "String"}},
    "Conditions": {"HasVpc": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Vpc"}, ""]}]}},
    "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
                  "Boundary": {"Type": "AWS::IAM::ManagedPolicy"}, "Granted": {"Type": "AWS::IAM::ManagedPolicy"},
                  "NodeSubnet1": {"Type": "AWS::EC2::Subnet"}}}
ARN = "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"
WHOLE = {
    "installer": {"role": "Role", "boundary": "Boundary", "creates_roles": "conveyor-${Tenant}-*",
                  "predefined": ["Granted", ARN], "passes_to": ["ec2.amazonaws.com"], "iam_actions": ["iam:Get*"],
                  "trust": {"account": "Account", "role": None, "external_id": "x", "session_name": "y"},
                  "switch": "Switch", "owns": ["conveyor-${Tenant}-*"]},
    "data": {"network": "Vpc", "when": ["HasVpc"]},
    "network": {"subnets": ["*Node*"], "egress": "allow-list", "domains": ["example.com"], "trusted": ["10.0.0.0/8"],
                "endpoints": ["s3"]}}


def template(**sections):
    """The template, read."""
    return read(json.dumps(TEMPLATE | sections), "t")


def changed(path, value):
    """The whole contract with one value changed; `...` leaves it out."""
    copy = json.loads(json.dumps(WHOLE))
    *parents, last = path.split(".")
    part = copy
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return copy


def faults(work):
    """The faults by their paths."""
    with pytest.raises(InputError) as refused:
        work()
    assert all(fault.rule and fault.way_out for fault in refused.value.faults)
    return {fault.path: fault for fault in refused.value.faults}


def test_whole():
    """The contract with every key of the issue's example is read from YAML, held, and comes out as it went in."""
    contract = of_file(yaml.safe_dump(WHOLE), "c")
    assert held(contract, template()).as_json() == WHOLE


def test_what_is_left_out_stays_out():
    """A part that is not named is not made up: null and left out are told apart."""
    assert of_file("data: {network: null}", "c").as_json() == {"data": {"network": None}}
    assert of_file("{}", "c").as_json() == {}


def test_of_the_template():
    """A template's own contract is read from its Metadata; texts with placeholders may stand under Fn::Sub."""
    own = changed("installer.owns", [{"Fn::Sub": "conveyor-${Tenant}-*"}])
    found = of_template(template(Metadata={METADATA: own}))
    assert found is not None
    assert found.as_json() == WHOLE
    assert of_template(template()) is None


@pytest.mark.parametrize(("path", "near"), [
    ("instaler", "installer"), ("installer.boundry", "boundary"), ("installer.trust.acount", "account"),
    ("network.subnet", "subnets"), ("data.networks", "network")])
def test_misspelt(path, near):
    """A key that is none is refused at its path, with the one that was meant."""
    (fault,) = faults(lambda: of_file(json.dumps(changed(path, "x")), "c")).values()
    assert fault.path == f"c: {path}"
    assert fault.way_out == f"Perhaps you meant {near}"


@pytest.mark.parametrize("text", ["", "[]", "hello", "3", "installer", "{", "a: b: c"])
def test_no_contract(text):
    """What is no mapping is no contract."""
    assert list(faults(lambda: of_file(text, "c"))) == ["c"]


@pytest.mark.parametrize(("path", "value"), [
    ("installer.role", ...), ("installer.role", None), ("installer.role", ["Role"]),
    ("installer.predefined", "Granted"), ("installer.trust", "Account"),
    ("installer.trust.account", ...), ("data.network", ...), ("network.subnets", ...), ("network.subnets", []),
    ("network.egress", "some"), ("network.egress", ...), ("installer.owns", [1, {}])])
def test_wrong_kind(path, value):
    """A value that is missing or of the wrong kind is refused at its path."""
    text = json.dumps(changed(path, value))
    assert all(found.startswith(f"c: {path}") for found in faults(lambda: of_file(text, "c")))


def test_every_fault_at_once():
    """All faults of a contract come at once."""
    text = "installer: {rol: x, trust: {}}\nnetwork: {egress: x}\nmore: 1"
    assert set(faults(lambda: of_file(text, "c"))) == {
        "c: installer.role", "c: installer.rol", "c: installer.trust.account", "c: network.subnets",
        "c: network.egress", "c: more"}


@pytest.mark.parametrize(("path", "value", "where"), [
    ("installer.role", "Boundary", "installer.role"), ("installer.boundary", "Role", "installer.boundary"),
    ("installer.predefined", ["Granted", "Grantd"], "installer.predefined.1"),
    ("installer.switch", "Swich", "installer.switch"), ("installer.trust.account", "1234", "installer.trust.account"),
    ("installer.creates_roles", "x-${Tennant}-*", "installer.creates_roles"),
    ("installer.owns", ["a", "x-${Tennant}-*"], "installer.owns.1"), ("data.network", "Vcp", "data.network"),
    ("data.when", ["HasVcp"], "data.when.0"), ("network.subnets", ["*Node*", "*Pod*"], "network.subnets.1")])
def test_strangers(path, value, where):
    """A name that the template does not have is refused, with what it does have."""
    contract = of_file(json.dumps(changed(path, value)), "c")
    found = faults(lambda: held(contract, template()))
    assert list(found) == [f"contract: {where}"]
    assert "Known" in found[f"contract: {where}"].way_out or "Perhaps you meant" in found[f"contract: {where}"].way_out


def test_strangers_at_once():
    """Every stranger is told at once."""
    part = {"role": "A", "boundary": "B", "predefined": ["C"], "switch": "D"}
    contract = Contract.model_validate({"installer": part})
    assert list(faults(lambda: held(contract, template()))) == [
        "contract: installer.role", "contract: installer.boundary", "contract: installer.predefined.0",
        "contract: installer.switch"]


def test_policies_beside():
    """A policy of the contract may stand in a template beside."""
    contract = of_file(json.dumps(changed("installer.predefined", ["Elsewhere"])), "c")
    other = read(json.dumps({"Resources": {"Elsewhere": {"Type": "AWS::IAM::ManagedPolicy"}}}), "other")
    assert held(contract, template(), [other]) is contract
    assert list(faults(lambda: held(contract, template()))) == ["contract: installer.predefined.0"]


def test_a_contract_for_several_templates():
    """Each of several templates is held to the parts whose role or subnets it has; what none has stays a stranger."""
    contract = of_file(json.dumps(WHOLE), "c")
    role, subnet = (read(json.dumps({"Resources": {name: TEMPLATE["Resources"][name]}}), name)
                    for name in ("Role", "NodeSubnet1"))
    assert set(concerning(contract, role, [subnet]).as_json()) == {"installer", "data"}
    assert set(concerning(contract, subnet, [role]).as_json()) == {"network"}
    assert concerning(contract, template(), [role, subnet]).as_json() == WHOLE
    assert concerning(contract, role, []).as_json() == WHOLE
    assert "contract: network.subnets.0" in faults(lambda: held(concerning(contract, role, []), role))


@pytest.mark.parametrize("cidr", ["10.0.0.0/33", "x", "10.0.0.1/8"])
def test_trusted_blocks(cidr):
    """A trusted network that is no block is wrong input, never a proof."""
    contract = of_file(json.dumps({"network": changed("network.trusted", [cidr])["network"]}), "c")
    assert "contract: network.trusted.0" in faults(lambda: verify(template(), contract))


def test_what_is_not_named_is_not_asked():
    """Without a contract no claim of the installer, the data or the subnets is asked; each is named as not asked."""
    report = verify(template())
    assert {"iam.closure", "trust.principal", "data.no-read", "network.no-internet-path"} <= set(report.not_asked)
    assert {result.claim.id for result in report.results} & set(report.not_asked) == set()
