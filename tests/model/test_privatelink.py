"""PrivateLink: who may knock is named, nobody is let in by itself, and the other side is told what it must know."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.privatelink import EVENTS, EndpointService, Topic

OWN = {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "r"}}
NLB = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/own/0123456789abcdef"


@pytest.fixture(scope="module")
def service(words):
    """The endpoint service of a private data plane with these words changed."""
    return lambda **changes: plan(Installation.read(words(**changes))).networks[0].service


def everybody(principal):
    """Whether a principal stands for more than one account, role or user."""
    return "*" in principal or not principal.startswith("arn:")


@given(st.from_type(Installation))
def test_principals_are_named_and_never_everybody(installation):
    """Each principal of each endpoint service is an ARN without *; there is at least one."""
    for one in plan(installation).networks:
        assert one.service is None or (one.service.principals and not any(map(everybody, one.service.principals)))


@given(st.data())
def test_a_service_of_ones_own_names_them_too(any_service, data):
    """The same holds for a plain endpoint service."""
    [one] = plan(data.draw(any_service)).networks
    assert one.service.principals
    assert not any(map(everybody, one.service.principals))


def test_published_services_name_theirs():
    """The same holds in every published template."""
    found = [one.service for made, _ in published_networks().values() for one in made if one.service]
    assert len(found) == 5
    assert not [name for one in found for name in one.principals if "*" in name]


def test_acceptance_cannot_be_turned_off():
    """No field of an endpoint service speaks of acceptance: there is nothing to turn off."""
    assert {part.name for part in fields(EndpointService)} == {
        "name", "load_balancer", "principals", "topic", "outputs", "group"}


def test_the_control_planes_role_is_the_default(service):
    """Left out, the principal is the role that assumes the installer role; given, it is who is named."""
    assert service().principals == ("arn:aws:iam::111122223333:role/conveyor-control-plane",)
    other = "arn:aws:iam::333333333333:root"
    assert service(private_link={"principals": [other]}).principals == (other,)


def test_the_load_balancer_admits_nothing_but_privatelink(service):
    """Its group has no ingress, and egress to the VPC's blocks on the service's ports alone."""
    made = service(private_link={"ports": [443, 8443]})
    assert made.group.ingress == ()
    assert {(rule.cidr, rule.first, rule.last) for rule in made.group.egress} == {
        (cidr, port, port) for cidr in ("10.20.0.0/16", "100.64.0.0/16") for port in ("443", "8443")}
    assert made.load_balancer.ports == ("443", "8443")
    assert made.load_balancer.group.name == made.group.name
    assert [part.name for part in made.load_balancer.subnets] == [f"EndpointSubnet{number}" for number in (1, 2, 3)]


def test_what_exists_is_not_made_again(service):
    """A load balancer and a topic that the file names are used as they are, and no group is made for them."""
    topic = "arn:aws:sns:eu-west-1:222222222222:Told"
    made = service(private_link={"load_balancer": NLB, "topic": topic})
    assert (made.load_balancer, made.group, made.topic) == (NLB, None, topic)


def test_the_topic_is_told_by_this_accounts_ec2_only(service):
    """Only EC2's endpoint service may publish, for this account; the topic is closed by the network's key."""
    made = service().topic
    assert isinstance(made, Topic)
    [says] = made.policy.statements
    assert (says.actions, dict(says.principals)) == (("sns:Publish",), {"Service": ("vpce.amazonaws.com",)})
    assert says.conditions == {"StringEquals": {"aws:SourceAccount": ("222222222222",)}}
    assert made.key.name == "Key"
    assert EVENTS == ("Accept", "Connect", "Delete", "Reject")


def test_the_handover_names_the_service(service):
    """The outputs say the service's id, its name and its ports, its region and its account."""
    made = {output.name: output.value for output in service(private_link={"ports": [443, 8443]}).outputs}
    assert set(made) == {"ServiceId", "ServiceName", "ServicePorts", "ServiceRegion", "ServiceAccount"}
    assert (made["ServiceRegion"], made["ServiceAccount"]) == ("eu-west-1", "222222222222")
    assert made["ServiceName"].before == "com.amazonaws.vpce.eu-west-1."
    assert made["ServicePorts"] == ("443", "8443")


def test_a_shared_data_plane_has_no_endpoint_service(service):
    """With internet access the control plane comes over the internet: no endpoint service is made."""
    assert service(deployment="shared") is None


def test_dedicated_planes_reach_each_other(words):
    """Each plane consumes the other's endpoint service, by a group that admits its own blocks on its ports."""
    made = plan(Installation.read(words(**OWN, private_link={"ports": [8443]})))
    to_data, to_control = made.links
    assert [(one.name, one.service.name, one.vpc_id.name) for one in made.links] == [
        ("ControlPlaneEndpointToDataPlane", "EndpointService", "ControlPlaneVpc"),
        ("EndpointToControlPlane", "ControlPlaneEndpointService", "Vpc")]
    assert [rule.cidr for rule in to_data.group.ingress] == ["10.30.0.0/16"]
    assert [rule.cidr for rule in to_control.group.ingress] == ["10.20.0.0/16", "100.64.0.0/16"]
    assert {(rule.first, rule.last) for one in made.links for rule in one.group.ingress} == {("8443", "8443")}
    assert all(one.group.egress == () for one in made.links)


@pytest.mark.parametrize(("data", "control"), [(2, 3), (3, 2), (3, 3)])
def test_links_stand_in_the_zones_of_both_planes(words, data, control):
    """A consumer stands only in zones that its producer has too: EC2 takes no other subnet."""
    own = OWN["control_plane"] | {"network": {"zones": control}}
    ids = ["euw1-az1", "euw1-az2", "euw1-az3"][:data] if control <= data else []
    made = plan(Installation.read(words(**OWN | {"control_plane": own, "network": {"zones": data, "zone_ids": ids}})))
    assert [len(one.subnets) for one in made.links] == [min(data, control)] * 2
    assert made.networks[1].zones == (tuple(ids[:control]) or None)


def test_targets_are_the_data_planes(words):
    """Addresses and a load balancer of the file are of the data plane; the control plane's service has its own."""
    for given_words in ({"targets": ["10.20.1.5"]}, {"load_balancer": NLB}):
        made = plan(Installation.read(words(**OWN, private_link=given_words))).networks[1].service
        assert made.load_balancer.targets == ()
        assert made.load_balancer.name == "ControlPlaneLoadBalancer"
