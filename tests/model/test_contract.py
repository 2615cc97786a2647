"""The contract of our own templates: what it promises, and that it neither forgets a part nor makes one up."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import catalogue
from conveyor_iac.model.boundary import boundary
from conveyor_iac.model.contract import KEY, OWNS, PERIMETER, Contract, iam_actions, of_networks
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import every
from conveyor_iac.model.plan import published
from conveyor_iac.proofs import contract as proofs

IAM_ACTIONS = [
    "AddRoleToInstanceProfile", "AttachRolePolicy", "CreateInstanceProfile", "CreateOpenIDConnectProvider",
    "CreateRole", "CreateServiceLinkedRole", "DeleteInstanceProfile", "DeleteOpenIDConnectProvider",
    "DeleteRole", "DetachRolePolicy", "GetPolicy", "GetPolicyVersion", "GetRole", "ListAttachedRolePolicies",
    "ListPolicyVersions", "ListRolePolicies", "ListRoleTags", "PassRole", "RemoveRoleFromInstanceProfile",
    "TagInstanceProfile", "TagOpenIDConnectProvider", "TagRole", "UntagInstanceProfile",
    "UntagOpenIDConnectProvider", "UntagRole", "UpdateAssumeRolePolicy", "UpdateOpenIDConnectProviderThumbprint"]
"""Every iam action anything of ours may take: a further one is a decision, taken here and in the catalogue."""
IRSA = {"iam:CreateOpenIDConnectProvider", "iam:UpdateAssumeRolePolicy", "iam:UpdateOpenIDConnectProviderThumbprint"}
BROUGHT = {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"], "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
           "route_tables": ["rtb-12345678"]}
TYPED = re.compile(r"(?:(?:loadbalancer|listener)/net/|rulegroupsnamespace/\*/|log-group:|secret:|parameter(?=/)|"
                   r"[a-z-]+/)?(.*)")
"""A resource as an ARN ends: its type, then its name."""
WORDS = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "2" * 12,
         "control_plane": {"account": "1" * 12, "role": "control"}}


def planned(**changes):
    """The plan of a small installation, with these words changed."""
    return plan(Installation.read({**WORDS, **changes}))


def contract_of(made):
    """The contract of a plan's role, its policies named by their ARNs."""
    return made.contract("InstallerRole", made.arn_of)


def texts(value):
    """Every text of a plain value."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(part)


def tenants_names():
    """The resources that our policies allow something on by the tenant's name, without region and account."""
    rows = (*catalogue.installer_policies(), *catalogue.predefined_policies())
    arns = {arn for row in rows for statement in row.statements if statement.effect == "Allow"
            for arn in statement.resources if "${TenantId}" in arn and ":iam:" not in arn}
    return {arn.replace("${AWS::Partition}", "aws").replace("${AWS::Region}", "r").replace("${AWS::AccountId}", "a")
            .replace("${ControlPlaneAccount}", "c").split(":", 5)[5] for arn in arns}


def own(resource, owned):
    """Whether a resource is a tenant's own by this name of the contract; a parameter's name keeps its slash."""
    return fnmatchcase(TYPED.fullmatch(resource)[1], owned)


def test_iam_actions():
    """The published role's list holds exactly the actions that were decided, those behind switches too."""
    wanted = contract_of(published()).installer.iam_actions
    assert [action.removeprefix("iam:") for action in wanted] == IAM_ACTIONS


def test_boundary_adds_no_action():
    """The boundary allows no iam action that the installer or a predefined policy does not name."""
    assert set(iam_actions([boundary()])) < set(contract_of(published()).installer.iam_actions)


def test_switched_off_actions():
    """What a switch takes away is not in an installation's list, and comes with the switch."""
    assert not IRSA & set(contract_of(planned()).installer.iam_actions)
    assert set(contract_of(planned(installer={"irsa": True})).installer.iam_actions) >= IRSA
    bare = contract_of(planned(installer={"delete_rights": False})).installer.iam_actions
    assert "iam:DeleteRole" not in bare


def test_switched_policies():
    """An installation's list has one of the agent's two policies, the published template's has both."""
    def named(made):
        return [arn.rpartition("-")[2] for arn in contract_of(made).installer.predefined if "AgentIAM" in arn]

    both = ["EksAgentIAMPermissivePolicy", "EksAgentIAMRestrictedPolicy"]
    assert named(published()) == both
    assert [named(planned(resources_feature=on)) for on in (True, False)] == [both[:1], both[1:]]


def test_published_words():
    """The published role speaks of parameters by their names, and of roles by the pattern its policies hold."""
    wanted = contract_of(published()).spelled()
    assert wanted["installer"]["trust"] == {"account": "ControlPlaneAccount", "role": "ControlPlaneRole",
                                            "external_id": "ExternalId", "session_name": "StsSessionName"}
    assert wanted["installer"]["switch"] == "VendorAccess"
    assert wanted["data"] == {"network": "DataPlaneVpcId", "when": list(PERIMETER)}
    asked = {*wanted["installer"]["trust"].values(), wanted["installer"]["switch"], wanted["data"]["network"]}
    assert asked <= set(catalogue.parameters())
    rows = [row for policy in published().installer.every_policy() for row in policy.document.every_statement()]
    assert next(row.resources for row in rows if row.id == "CreateBoundedRoles") == (
        wanted["installer"]["creates_roles"],)


def test_own_names():
    """What our policies name by the tenant is its own by the contract, and the contract names nothing else."""
    found = {name: [owned for owned in OWNS if own(name, owned)] for name in tenants_names()}
    assert len(found) > 20
    assert [name for name, owned in found.items() if not owned] == []
    assert {owned for names in found.values() for owned in names} == set(OWNS)


def test_concrete_words():
    """An installation's contract has values: the account, the role with its path, the session, no switch."""
    role = {"control_plane": {"account": "1" * 12, "role": "a/control"},
            "private_link": {"principals": [f"arn:aws:iam::{'1' * 12}:root"]}}
    wanted = contract_of(planned(**role)).spelled()["installer"]
    assert wanted["trust"] == {"account": "1" * 12, "role": "a/control", "external_id": "ExternalId",
                               "session_name": "conveyor-acme"}
    assert "switch" not in wanted
    assert wanted["creates_roles"] == f"arn:aws:iam::{'2' * 12}:role/conveyor/acme/conveyor-dp-*"
    assert wanted["owns"][0] == "conveyor-acme-*"
    assert wanted["passes_to"] == ["eks.amazonaws.com", "pods.eks.amazonaws.com", "ec2.amazonaws.com",
                                   "ecs-tasks.amazonaws.com"]


@pytest.mark.parametrize(("words", "data"), [
    ({"iam": {"data_plane_vpc": "vpc-0a1b2c3d"}}, {"network": "vpc-0a1b2c3d"}),
    ({"network": {"existing": BROUGHT}}, {"network": "vpc-12345678"}),
    ({"deployment": "shared", "installer": {"network_rights": True}}, {"network": None}),
    ({"deployment": "shared", "iam": {"data_plane_vpc": "vpc-0a1b2c3d"}}, None),
    ({}, None), ({"deployment": "shared"}, None)])
def test_data(words, data):
    """A known VPC is named, none is told as none; ours has no name here, and a shared one holds too little."""
    assert contract_of(planned(**words)).spelled().get("data") == data


@given(st.from_type(Installation))
def test_no_placeholder_is_left(installation):
    """Nothing is left open in the contracts of an installation, and the proofs take each of them as it is."""
    made = plan(installation)
    for wanted in (contract_of(made), *(of_networks([one], with_endpoints=True) for one in made.networks)):
        assert [text for text in texts(wanted.spelled()) if "${" in text] == []
        assert proofs.Contract.model_validate(wanted.spelled()).as_json() == wanted.spelled()


@given(st.from_type(Installation))
def test_every_closed_network_is_spoken_of(installation):
    """A network of ours without internet has a contract, with the one word that is true of it; no other has."""
    for network in plan(installation).networks:
        wanted = of_networks([network], with_endpoints=False).network
        closed = installation.deployment != "shared" and network.vpc is not None
        assert (wanted is not None) == closed
        if wanted:
            by_firewall = (installation.cognito_access or "firewall") == "firewall"
            assert (wanted.egress, bool(wanted.domains)) == (("allow-list", True) if by_firewall else ("none", False))


@given(st.from_type(Installation))
def test_subnets(installation):
    """It speaks of every subnet of nodes, pods and endpoints, and of none that belongs to the way out."""
    for network in plan(installation).networks:
        wanted = of_networks([network], with_endpoints=False).network
        kinds = {subnet.name: subnet.kind for part in network.every_subnet() for subnet in every(part)}
        found = {name for name in kinds for glob in (wanted.subnets if wanted else ()) if fnmatchcase(name, glob)}
        assert found == {name for name, kind in kinds.items() if wanted and kind in ("Node", "Pod", "Endpoint")}


def test_published_networks():
    """Of the published networks those without internet are spoken of, in the stricter word that covers every way."""
    found = {name: of_networks(networks, with_endpoints=True).network
             for name, (networks, _) in published_networks().items()}
    assert {name: part.egress for name, part in found.items() if part} == {
        "network-private": "allow-list", "network-dedicated": "allow-list"}
    names = [f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}" for service in ("cognito-idp", "cognito-identity")]
    assert found["network-private"].domains == (names[0],)
    assert found["network-dedicated"].domains == tuple(names)


@pytest.mark.parametrize("name", ["network-private", "network-dedicated"])
def test_endpoints(name):
    """The endpoints that must serve the subnets are those of the set: none behind a switch, no gateway."""
    networks, _ = published_networks()[name]
    wanted = of_networks(networks, with_endpoints=True).network.endpoints
    assert set(wanted) == set(catalogue.endpoint_sets()["private-data-plane"].endpoints)
    assert len(wanted) == len(set(wanted))
    assert of_networks(networks, with_endpoints=False).network.endpoints == ()


def test_nothing_is_asked_of_nothing():
    """Without a network, and of an endpoint service by itself, the contract is empty and says so."""
    service = plan(Installation.read({**{key: WORDS[key] for key in WORDS if key != "deployment"},
                                      "kind": "endpoint-service", "network": {"existing": {
                                          key: BROUGHT[key] for key in BROUGHT if key != "route_tables"}}}))
    assert of_networks((), with_endpoints=True) == contract_of(service) == Contract()
    assert of_networks(service.networks, with_endpoints=True).spelled() == {}


def test_key():
    """The model writes under the key that the proofs read."""
    assert KEY == proofs.METADATA
