"""The compositions: what each deployment has, every part with a name of its own, nothing unknown spoken of."""

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import placeholders
from conveyor_iac.model.names import TENANT_TAG
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import Either, Made, Slice

PUBLISHED = published_networks()
BROUGHT = {"existing": {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"],
                        "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
                        "route_tables": ["rtb-12345678"]}}
OWN = {"account": "222222222222", "role": "r"}


def parts(value, kind):
    """Every value of a kind within a value, at any depth."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for one in value:
            yield from parts(one, kind)
    elif is_dataclass(value):
        for field in fields(value):
            yield from parts(getattr(value, field.name), kind)


def named(value):
    """The names of what is made: of every noun with a name but references and outputs."""
    if isinstance(value, Made):
        return
    if isinstance(value, tuple):
        for one in value:
            yield from named(one)
    elif is_dataclass(value):
        if getattr(value, "name", None) and type(value).__name__ != "Output":
            yield value.name
        for field in fields(value):
            yield from named(getattr(value, field.name))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_placeholders_are_known(name, texts_of):
    """Every placeholder of every text of a published network is known."""
    found = {placeholder for text in texts_of(PUBLISHED[name]) for placeholder in placeholders.names(text)}
    assert {"AWS::Region", "TenantId"} <= found


@given(st.from_type(Installation))
def test_the_networks_of_an_installation_have_nothing_open(texts_of, installation):
    """No switch and no placeholder is left; of slices only those of the IPv6 block, which EC2 hands out."""
    made = plan(installation)
    both = (made.networks, made.links)
    assert not [text for text in texts_of(both) if placeholders.names(text)]
    assert list(parts(both, Either)) == []
    left = list(parts(both, Slice))
    assert {(part.of.name, part.of.attribute) for part in left} <= {("Vpc", "Ipv6CidrBlocks")}
    assert bool(left) == bool(installation.network.ipv6 and any(one.vpc for one in made.networks))


@given(st.from_type(Installation))
def test_every_part_has_a_name_of_its_own(installation):
    """No two parts of a plan's networks have the same name: names become logical ids."""
    made = plan(installation)
    found = list(named((made.networks, made.links)))
    assert len(set(found)) == len(found)


@given(st.from_type(Installation))
def test_what_is_spoken_of_is_there(installation):
    """Each reference to another part names a part, a subnet or a route table of the same plan."""
    made = plan(installation)
    there = set(named((made.networks, made.links)))
    there |= {subnet.table for one in made.networks for subnet in one.every_subnet()}
    there |= {one.logs.flow_log.bucket for one in made.networks if one.logs.flow_log}
    assert {part.name for part in parts((made.networks, made.links, made.perimeter), Made)} <= there


@pytest.mark.parametrize(("changes", "facts"), [
    ({"deployment": "shared"}, [("Vpc", True, False, False)]),
    ({}, [("Vpc", True, True, True)]),
    ({"network": BROUGHT}, [(None, True, True, False)]),
    ({"deployment": "dedicated", "control_plane": OWN},
     [("Vpc", True, True, True), ("ControlPlaneVpc", True, True, True)]),
    ({"deployment": "shared", "installer": {"network_rights": True}}, []),
    ({"kind": "endpoint-service", "deployment": ..., "network": {"existing": {
        key: value for key, value in BROUGHT["existing"].items() if key != "route_tables"}}},
     [(None, False, True, False)])])
def test_each_deployment_has_its_parts(words, changes, facts):
    """VPC, endpoints, endpoint service and DNS firewall: what each deployment has of them."""
    made = plan(Installation.read(words(**changes)))
    assert [(one.vpc and one.vpc.name, bool(one.endpoints), bool(one.service), bool(one.dns_firewall))
            for one in made.networks] == facts


def test_a_control_plane_has_no_pods_of_its_own(words):
    """The control plane's network has one block, no pod subnet, and the endpoints of its set without Cognito."""
    made = plan(Installation.read(words(deployment="dedicated", control_plane=OWN))).networks[1]
    assert (made.vpc.cidr, made.vpc.pod_cidr) == ("10.30.0.0/16", None)
    services = {one.service for one in made.endpoints}
    assert {"sqs", "eks", "s3"} <= services
    assert not {"cognito-idp", "cognito-identity"} & services


def test_an_endpoint_added_for_the_data_plane_is_not_the_control_planes(words):
    """Endpoints that the file adds or removes are the data plane's; the control plane keeps its set."""
    made = plan(Installation.read(words(
        deployment="dedicated", control_plane=OWN, user_pool_has_domain=False,
        endpoints={"add": ["cognito-idp", "sns"], "remove": ["xray"]})))
    data, control = ({one.service for one in network.endpoints} for network in made.networks)
    assert {"cognito-idp", "sns"} <= data
    assert not {"cognito-idp", "sns"} & control
    assert "xray" in control - data


@pytest.mark.parametrize(("deployment", "on"), [("private", False), ("private", True), ("shared", True)])
def test_the_cluster_tags_opt_out_of_guardduty(words, deployment, on):
    """The cluster's tags say GuardDutyManaged=false unless the file asks for GuardDuty; then its endpoint is made."""
    made = plan(Installation.read(words(deployment=deployment, guardduty=on))).networks[0]
    [tags] = [output.value for output in made.outputs if output.name == "ClusterTags"]
    assert ("GuardDutyManaged=false" in tags) != on
    assert ("guardduty-data" in {one.service for one in made.endpoints}) == on


def test_node_subnets_are_found_by_load_balancers(words):
    """Node subnets carry the tag of internal load balancers; public ones that of internet-facing ones, if shared."""
    def tags(kind, **changes):
        made = plan(Installation.read(words(**changes))).networks[0]
        found = {key for subnet in made.every_subnet() if subnet.kind == kind for key in subnet.tags}
        return found - {TENANT_TAG}

    assert tags("Node") == tags("Node", deployment="shared") == {"kubernetes.io/role/internal-elb"}
    assert tags("Public", deployment="shared") == {"kubernetes.io/role/elb"}
    assert tags("Public") == set()
