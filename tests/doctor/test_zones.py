"""Zones and the services in them: with the embedded AWS where it knows, and with what AWS says elsewhere written down.

The embedded AWS says that every service is in all three zones: a service that is not is written down here.
"""

import pytest
import yaml

from conveyor_iac.cli.findings import services, zones
from conveyor_iac.model.installation import Installation
from tests.doctor.conftest import WORDS, Written, case, look

IDS = {"network": {"zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"]}}


def listed(*ids, **more):
    """What a region lists: zones with these ids, named a, b, c ... in this order, and others of another kind."""
    rows = [{"ZoneName": f"here-{letter}", "ZoneId": id, "ZoneType": "availability-zone", "State": "available"}
            for letter, id in zip("abcdef", ids, strict=False)]
    edge = {"ZoneName": "here-0", "ZoneId": "wlz1", "ZoneType": "wavelength-zone", "State": "available"}
    return {"describe_availability_zones": {"AvailabilityZones": [*reversed(rows), edge]}, **more}


def offered(changes=None, without=(), no_policy=(), **places):
    """What AWS says of the services a case wants: in every zone, or in those named; some not at all.

    Beside each interface service stands a gateway of the same name, which is in every zone and must not count.
    """
    rows = [{"ServiceName": endpoint.service_name, "ServiceType": [{"ServiceType": endpoint.kind}],
             "AvailabilityZones": places.get(endpoint.service, ["here-a", "here-b", "here-c"]),
             "VpcEndpointPolicySupported": endpoint.service not in no_policy}
            for network in case(changes).plan.networks for endpoint in network.endpoints
            if endpoint.service not in without]
    gateways = {"ServiceType": [{"ServiceType": "Gateway"}], "VpcEndpointPolicySupported": True,
                "AvailabilityZones": ["here-a", "here-b", "here-c"]}
    other = [row | gateways for row in rows if row["ServiceType"] == [{"ServiceType": "Interface"}]]
    return {"describe_vpc_endpoint_services": {"ServiceDetails": [*rows, *other]}}


def test_zones_without_the_account():
    """Without the account: the first that the region lists, of which EKS refuses none, or those that the file names."""
    assert "EKS refuses none" in look(zones.zones).why
    named = {"region": "us-east-1", "network": {"zone_ids": ["use1-az1", "use1-az2", "use1-az4"]}}
    found = look(zones.zones, changes=named)
    assert (found.state, "use1-az1, use1-az2, use1-az4" in found.why, "--live" in found.why) == ("ok", True, True)


def test_zones_of_the_embedded_aws(account):
    """The embedded region has three zones: named or not they are there, and a fourth is not."""
    assert look(zones.zones, changes=IDS, account=account).state == "ok"
    assert look(zones.zones, account=account).why == "euw1-az1, euw1-az2, euw1-az3"
    odd = {"network": {"zone_ids": ["euw1-az1", "euw1-az2", "euw1-az9"]}}
    found = look(zones.zones, changes=odd, account=account)
    assert (found.state, "no zone euw1-az9" in found.why) == ("fault", True)
    assert "zone_ids: [euw1-az1, euw1-az2, euw1-az3]" in found.fix


def test_a_zone_that_is_not_there():
    """Of zones named by id that the account lacks, the fix names others that EKS takes."""
    named = {"region": "us-east-1", "network": {"zone_ids": ["use1-az1", "use1-az2", "use1-az4"]}}
    found = look(zones.zones, changes=named, account=Written(listed("use1-az6", "use1-az3", "use1-az1", "use1-az2")))
    assert (found.state, "no zone use1-az4" in found.why) == ("fault", True)
    assert "zone_ids: [use1-az1, use1-az2, use1-az6]" in found.fix


def test_an_account_with_fewer_zones():
    """An account may see fewer zones than the region has."""
    found = look(zones.zones, account=Written(listed("euw1-az1", "euw1-az2")))
    assert (found.state, found.fix) == ("fault", "Write zones: 2")


@pytest.mark.parametrize("check", [zones.zones, services.services, services.zones, services.policies])
def test_what_nobody_may_read(check):
    """A refused question is unknown."""
    assert look(check, account=Written({})).state == "unknown"


@pytest.mark.parametrize("check", [services.services, services.zones, services.policies])
def test_services_of_the_embedded_aws(check, account):
    """The embedded AWS offers every endpoint of the private set in every zone, with endpoint policies."""
    assert look(check, account=account).state == "ok", look(check, account=account)


def test_a_service_that_is_not_offered():
    """A service the region lacks is a fault that names it; the others are still asked for."""
    found = look(services.services, account=Written(offered(without=("aps-workspaces",))))
    assert (found.state, found.why) == ("fault", "eu-west-1 does not offer aps-workspaces")
    assert "remove: [aps-workspaces]" in found.fix


@pytest.mark.parametrize("named", [True, False])
def test_the_lines_of_the_file(named):
    """A service that is not in a zone: the fix is the lines of the file, and with them the fault is gone."""
    changes = IDS if named else {}
    account = Written(listed("euw1-az1", "euw1-az2", "euw1-az3") | offered(changes, xray=["here-a", "here-c"]))
    found = look(services.zones, changes=changes, account=account)
    assert (found.state, found.why) == ("fault", "xray is not in euw1-az2")
    lines = yaml.safe_load(found.fix.partition("\n")[2])
    assert lines["endpoints"] == {"zones": {"xray": ["euw1-az1", "euw1-az3"]}}
    mended = {**changes, **lines}
    assert Installation.read({**WORDS, **mended})
    assert look(services.zones, changes=mended, account=account).state == "ok"


def test_a_service_in_none_of_the_zones():
    """A service in no zone of the network needs other zones: there are no lines that would help."""
    answers = listed("euw1-az1", "euw1-az2", "euw1-az3", "euw1-az4") | offered(xray=["here-d"])
    found = look(services.zones, account=Written(answers))
    assert (found.state, found.why) == ("fault", "xray is in euw1-az4 only")
    assert "endpoints:" not in found.fix


def test_both_networks_of_a_dedicated_deployment():
    """The control plane's zones are the first of the region: the file's lines help the data plane only."""
    control = {"account": "222222222222", "role": "conveyor-control-plane",
               "network": {"cidr": "10.30.0.0/20", "zones": 2}}
    changes = {**IDS, "deployment": "dedicated", "cognito_access": "proxy", "control_plane": control}
    answers = listed("euw1-az1", "euw1-az2", "euw1-az3") | offered(changes, sts=["here-a", "here-c"])
    found = look(services.zones, changes=changes, account=Written(answers))
    assert "sts is not in euw1-az2; sts is in euw1-az1, euw1-az3 only" in found.why
    assert "    sts: [euw1-az1, euw1-az3]\nTake other zones" in found.fix


def test_zones_of_subnets_that_are_brought():
    """In a VPC that is brought the zones are those of its endpoint subnets."""
    brought = {"cognito_access": "proxy", "network": {"existing": {
        "vpc": "vpc-0123456789abcdef0", "cidrs": ["10.20.0.0/16"], "route_tables": ["rtb-0123456789abcdef3"],
        "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}}}
    subnets = {"Subnets": [{"SubnetId": "subnet-0123456789abcdef1", "AvailabilityZoneId": "euw1-az2"},
                           {"SubnetId": "subnet-0123456789abcdef2", "AvailabilityZoneId": "euw1-az3"},
                           {"SubnetId": "subnet-0123456789abcdef9", "AvailabilityZoneId": "euw1-az1"}]}
    answers = listed("euw1-az1", "euw1-az2", "euw1-az3", describe_subnets=subnets)
    good, bad = offered(brought, xray=["here-b", "here-c"]), offered(brought, xray=["here-a", "here-b"])
    assert look(services.zones, changes=brought, account=Written(answers | good)).state == "ok"
    assert look(services.zones, changes=brought, account=Written(answers | bad)).state == "fault"


def test_a_service_without_endpoint_policies():
    """Where AWS and our catalogue disagree about endpoint policies, it is a fault: without one, all may pass."""
    found = look(services.policies, account=Written(offered(no_policy=("xray",))))
    assert (found.state, found.why) == ("fault", "not as in our catalogue: xray: AWS says no")
