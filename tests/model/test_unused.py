"""Keys that mean nothing beside others: each is refused with the reason, and what asks for nothing is let in."""

import pytest

from conveyor_iac import InputError, Installation

EXISTING = {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"],
            "endpoint_subnets": ["subnet-12345678", "subnet-87654321"]}
TABLES = EXISTING | {"route_tables": ["rtb-12345678"]}
OWN_NETWORK = {"network.cidr": "10.9.0.0/16", "network.pod_cidr": "100.96.0.0/16", "network.zones": 3,
               "network.zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"], "network.ipv6": False, "network.nat": "single"}
BESIDE_EXISTING = OWN_NETWORK
OF_A_SERVICE = OWN_NETWORK | {
    "deployment": "private", "cognito_access": "proxy", "user_pool_has_domain": False, "endpoints.set": "documented-13",
    "endpoints.add": ["sns"], "guardduty": True, "resources_feature": False, "vendor_access": "disabled",
    "iam.path": "/x/", "installer.irsa": True, "external_id": "long-enough-for-a-secret",
    "session_name": "conveyor-acme", "outbound": [{"component": "x", "kind": "cidr", "destination": "203.0.113.0/24",
                                                   "protocol": "TCP", "port": 1, "data": "x", "why": "x"}],
    "network.existing.route_tables": ["rtb-12345678"], "network.existing.node_subnets": ["subnet-12345678"],
    "network.existing.pod_subnets": ["subnet-12345678"], "network.existing.endpoints": ["sqs"]}
OF_THE_INSTALLERS = OWN_NETWORK | {"network.neighbours": {"hq": "10.1.0.0/16"}, "endpoints.add": ["sqs"],
                                   "endpoints.set": "documented-13"}
PARTS = ("endpoints", "iam", "installer")
"""Keys of parts that mean nothing as a whole: the fault is told at the part."""


def with_key(words, path, value):
    """The words with a value at a path."""
    first, _, rest = path.partition(".")
    return words | {first: with_key(words.get(first, {}), rest, value) if rest else value}


def fault_of(words):
    """The one fault of these words."""
    with pytest.raises(InputError) as caught:
        Installation.read(words)
    [fault] = caught.value.faults
    assert caught.value.exit_code == 2
    return fault


def told_at(path):
    """Where the fault of a key is told."""
    part = path.partition(".")[0]
    return part if part in PARTS else path


@pytest.mark.parametrize("deployment", ["shared", "private"])
@pytest.mark.parametrize("path", BESIDE_EXISTING)
def test_beside_a_vpc_that_is_brought(words, path, deployment):
    """What only a network of ours can have is refused beside network.existing."""
    fault = fault_of(with_key(words(deployment=deployment, network={"existing": TABLES}), path, BESIDE_EXISTING[path]))
    assert fault.path == path
    assert "means nothing where the VPC is brought" in fault.rule
    assert "network.existing" in fault.way_out


def test_zones_of_endpoints_beside_a_vpc_that_is_brought(words):
    """Where the endpoints of a VPC that is brought stand, its subnets say."""
    with pytest.raises(InputError) as caught:
        Installation.read(words(network={"existing": TABLES}, endpoints={"zones": {"sqs": ["euw1-az1"]}}))
    assert "endpoints.zones" in {fault.path for fault in caught.value.faults if "means nothing" in fault.rule}


@pytest.mark.parametrize("path", OF_A_SERVICE)
def test_of_an_endpoint_service(words, path):
    """What speaks of a role or a data plane is refused where there is neither."""
    service = words(kind="endpoint-service", deployment=..., network={"existing": EXISTING})
    fault = fault_of(with_key(service, path, OF_A_SERVICE[path]))
    assert fault.path == told_at(path)
    assert "means nothing for an endpoint service" in fault.rule
    assert fault.way_out == "Leave it out"
    assert "long-enough" not in str(fault)


@pytest.mark.parametrize("path", OF_THE_INSTALLERS)
def test_where_the_installer_makes_the_network(words, path):
    """What speaks of a network of ours is refused where the installer makes it."""
    installers = words(deployment="shared", installer={"network_rights": True})
    fault = fault_of(with_key(installers, path, OF_THE_INSTALLERS[path]))
    assert fault.path == told_at(path)
    assert "means nothing where the installer makes the network" in fault.rule
    assert "installer.network_rights" in fault.way_out


def test_what_asks_for_nothing_is_let_in(words):
    """A key without a value, an empty list and an empty part are no mistake."""
    service = words(kind="endpoint-service", deployment=..., cognito_access=None, endpoints={}, iam={}, outbound=[],
                    network={"nat": None, "zone_ids": [], "existing": EXISTING | {"route_tables": [], "endpoints": []}})
    assert Installation.read(service).kind == "endpoint-service"
    assert Installation.read(words(network={"nat": None, "zone_ids": [], "existing": TABLES}, endpoints={"zones": {}}))
    assert Installation.read(words(deployment="shared", installer={"network_rights": True}, network={}, endpoints={}))


def test_all_of_them_at_once(words):
    """Every key that means nothing is told in one run."""
    service = words(kind="endpoint-service", deployment=..., network={"existing": EXISTING})
    for path, value in OF_A_SERVICE.items():
        service = with_key(service, path, value)
    with pytest.raises(InputError) as caught:
        Installation.read(service)
    assert {fault.path for fault in caught.value.faults} == set(map(told_at, OF_A_SERVICE))
    assert len(caught.value.faults) == len(set(map(told_at, OF_A_SERVICE)))
