"""The outbound table of an installation: which paths there are, what lets each through, and what is refused."""

from dataclasses import replace

import pytest

from conveyor_iac import Installation
from conveyor_iac.errors import InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.outbound import outbound
from conveyor_iac.model.plan import plan, values_of

ROW = {"component": "CRM", "kind": "cidr", "destination": "203.0.113.0/24", "protocol": "TCP", "port": 5432,
       "data": "rows", "why": "Rows are copied at night."}
BROUGHT = {"existing": {"vpc": "vpc-0123456789abcdef0", "cidrs": ["10.20.0.0/16"], "route_tables": ["rtb-01234567"],
                        "endpoint_subnets": ["subnet-01234567", "subnet-76543210"]}}
SHARED = {"deployment": "shared"}
DEDICATED = {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "x"}}
BESIDES = {"ec2", "eks", "eks-auth", "secretsmanager"}
COGNITO = "cognito-idp.eu-west-1.amazonaws.com"


@pytest.fixture
def paths(words):
    """The paths of an installation with these keys changed."""

    def paths(**changes):
        installation = Installation.read(words(**changes))
        return outbound(installation, plan(installation).networks, values_of(installation))

    return paths


@pytest.fixture
def refused(words):
    """The faults of an installation with these keys changed, when it is planned."""

    def refused(**changes):
        with pytest.raises(InputError) as stopped:
            plan(Installation.read(words(**changes)))
        return stopped.value.faults

    return refused


def by(paths, destination, plane="data"):
    """What lets the paths to a destination through."""
    return {path.by for path in paths if (path.destination, path.plane) == (destination, plane)}


@pytest.mark.parametrize(("changes", "ways"), [
    ({}, {"sqs": "VPC endpoint", "s3": "VPC endpoint", COGNITO: "firewall"}),
    ({"cognito_access": "privatelink", "user_pool_has_domain": False},
     {"sqs": "VPC endpoint", COGNITO: "VPC endpoint"}),
    ({"cognito_access": "proxy"}, {"sqs": "VPC endpoint", COGNITO: "proxy"}),
    ({"network": BROUGHT}, {"sqs": "VPC endpoint", COGNITO: "proxy"}),
    (SHARED, {"sqs": "NAT", "s3": "VPC endpoint", COGNITO: "NAT"}),
    ({**SHARED, "endpoints": {"add": ["sqs"]}}, {"sqs": "VPC endpoint", "kms": "NAT", COGNITO: "NAT"}),
    ({**SHARED, "network": BROUGHT}, {"sqs": "your own network", "s3": "VPC endpoint", COGNITO: "your own network"}),
    ({**SHARED, "installer": {"network_rights": True}},
     {"sqs": "the installer's network", "s3": "the installer's network"}),
], ids=["firewall", "privatelink", "proxy", "brought", "shared", "shared with an endpoint", "shared and brought",
        "made by the installer"])
def test_ways(paths, changes, ways):
    """What lets a path through is what this installation has."""
    found = paths(**changes)
    assert {destination: by(found, destination) for destination in ways} == {
        destination: {way} for destination, way in ways.items()}


@pytest.mark.parametrize("changes", [{}, SHARED, DEDICATED, {"network": BROUGHT}],
                         ids=["private", "shared", "dedicated", "brought"])
def test_every_row_has_a_way(paths, changes):
    """Every path of every deployment has a way through; names, time and metadata never leave the VPC."""
    found = paths(**changes)
    assert "nothing" not in {path.by for path in found}
    assert by(found, "the VPC's resolver") == {"resolver"}
    assert by(found, "169.254.169.123/32") == by(found, "*.eu-west-1.eks.amazonaws.com") == {"inside the VPC"}


def test_planes(paths):
    """A dedicated deployment has the paths of both planes, every other those of the data plane."""
    assert {path.plane for path in paths(**DEDICATED)} == {"data", "control"}
    assert {path.plane for path in paths()} == {"data"}
    assert by(paths(**DEDICATED), "the data plane's endpoint service", "control") == {"endpoint service"}


@pytest.mark.parametrize(("changes", "deployment"), [({}, "private"), (SHARED, "shared"), (DEDICATED, "dedicated")])
def test_rows_of_the_catalogue(paths, changes, deployment):
    """Every row of the catalogue for the deployment is told, but those of endpoints that nobody asked for."""
    wanted = [(row.plane, row.component, row.port) for row in catalogue.outbound()
              if deployment in row.deployments and not (row.kind == "endpoint" and row.destination.startswith(
                  ("cognito", "guardduty")))]
    assert [(path.plane, path.component, path.port) for path in paths(**changes)
            if not (path.plane == "control" and deployment != "dedicated")] == wanted


@pytest.mark.parametrize("changes", [{}, SHARED, {**SHARED, "installer": {"network_rights": True}}],
                         ids=["private", "shared", "made by the installer"])
def test_guardduty(paths, changes):
    """GuardDuty's path is there where it is switched on, and nowhere else."""
    assert "guardduty-data" not in {path.destination for path in paths(**changes)}
    assert "guardduty-data" in {path.destination for path in paths(**changes, guardduty=True)}


def test_ports_of_the_endpoint_service(paths):
    """The endpoint service's path has the ports that the file gives it."""
    found = paths(private_link={"ports": [8443, 443]})
    assert [path.port for path in found if path.by == "endpoint service"] == [8443, 443]


def test_direction(paths):
    """The control plane's path opens towards the data plane; every other one leaves a plane."""
    (path,) = [path for path in paths() if path.direction == "in"]
    assert (path.component, path.by) == ("Control plane, through the endpoint service", "endpoint service")
    (path,) = [path for path in paths(**SHARED) if path.direction == "in"]
    assert path.by == "internet gateway"


def test_left_out(paths):
    """An endpoint that a plane can live without may be left out: nothing lets its path through, and that is told."""
    found = paths(endpoints={"remove": ["xray"]})
    assert by(found, "xray") == {"nothing"}
    assert [path.destination for path in found if path.by == "nothing"] == ["xray"]


def test_left_out_in_shared(paths):
    """With NAT a path needs no endpoint."""
    assert by(paths(**SHARED, endpoints={"set": "private-data-plane", "remove": ["xray"]}), "xray") == {"NAT"}


def test_needed_endpoint(words):
    """A needed path that nothing lets through is refused, with why it is needed."""
    file = Installation.read(words())
    without = file.model_copy(update={"endpoints": file.endpoints.model_copy(update={"remove": ("sqs",)})})
    with pytest.raises(InputError) as stopped:
        plan(without)
    assert [(fault.path, fault.value) for fault in stopped.value.faults] == [
        ("endpoints", "Agent to sqs, TCP 443"), ("endpoints", "Agent to the vendor's queues to sqs, TCP 443")]
    assert catalogue.endpoint_sets()["private-data-plane"].needed["sqs"].rstrip(".") in stopped.value.faults[0].rule
    assert ".." not in str(stopped.value)


def test_needed_whichever_set_is_chosen(words):
    """What a data plane cannot live without is needed of a smaller set too."""
    file = Installation.read(words())
    smaller = file.model_copy(update={"endpoints": file.endpoints.model_copy(update={"set": "documented-13"})})
    with pytest.raises(InputError) as stopped:
        plan(smaller)
    lacking = {service for fault in stopped.value.faults for service in BESIDES if f" to {service}, " in fault.value}
    assert lacking == BESIDES


@pytest.mark.parametrize(("component", "change"), [
    ("Token check", {"port": 80}), ("Token check", {"protocol": "UDP"}),
    ("Token check", {"destination": "x.example.com"}), ("EKS nodes", {"destination": "203.0.113.0/24"}),
], ids=["another port", "another protocol", "another name", "an address"])
@pytest.mark.parametrize("access", ["firewall", "proxy"])
def test_a_row_of_the_catalogue_that_no_way_can_express(refused, monkeypatch, component, change, access):
    """The way to Cognito takes its names by TLS on 443 and nothing else: any other row of the catalogue is refused."""
    kind = "cidr" if component == "EKS nodes" else "name"
    row = next(row for row in catalogue.outbound() if (row.component, row.kind) == (component, kind))
    monkeypatch.setattr(catalogue, "outbound", lambda: (replace(row, **change),))
    (fault,) = refused(cognito_access=access)
    assert fault.value.startswith(f"{component} to {change.get('destination', COGNITO)}, ")
    assert "no way out but that to Cognito" in fault.rule


@pytest.mark.parametrize("row", [ROW, {**ROW, "protocol": "UDP", "destination": "0.0.0.0/0"},
                                 {**ROW, "kind": "name", "destination": "*.crm.example.com"}],
                         ids=["CIDR", "UDP", "name"])
def test_added(paths, row):
    """A shared deployment takes the paths the file adds: by NAT, last, and word for word."""
    added = paths(**SHARED, outbound=[row])[-1]
    assert {key: getattr(added, key) for key in row} == row
    assert (added.by, added.direction, added.plane) == ("NAT", "out", "data")


@pytest.mark.parametrize(("changes", "way"), [({"network": BROUGHT}, "your own network"),
                                              ({"installer": {"network_rights": True}}, "the installer's network")])
def test_added_to_a_network_of_others(paths, changes, way):
    """In a network that others make the added paths are theirs to open, private addresses too."""
    assert paths(**SHARED, **changes, outbound=[{**ROW, "destination": "10.9.0.0/16"}])[-1].by == way


@pytest.mark.parametrize("changes", [{}, {"cognito_access": "proxy"}, DEDICATED, {"network": BROUGHT}],
                         ids=["private", "proxy", "dedicated", "brought"])
def test_added_without_internet(refused, changes):
    """Without internet access each added path is refused, by its row and with the reason."""
    rows = [ROW, {**ROW, "kind": "name", "destination": "api.example.com", "port": 443}, {**ROW, "protocol": "UDP"}]
    faults = refused(**changes, outbound=rows)
    assert [fault.path for fault in faults] == ["outbound.0", "outbound.1", "outbound.2"]
    assert [fault.value for fault in faults] == ["CRM to 203.0.113.0/24, TCP 5432", "CRM to api.example.com, TCP 443",
                                                 "CRM to 203.0.113.0/24, UDP 5432"]
    assert all("no way out" in fault.rule and "deployment: shared" in fault.way_out for fault in faults)


@pytest.mark.parametrize("block", ["10.9.0.0/16", "100.64.3.0/24", "169.254.1.0/24"])
def test_added_private_address(refused, block):
    """NAT leads to public addresses only."""
    (fault,) = refused(**SHARED, outbound=[{**ROW, "destination": block}])
    assert "public" in fault.rule


def test_an_endpoint_service_has_no_path(words):
    """An endpoint service by itself opens no path, and has none."""
    there = {key: value for key, value in BROUGHT["existing"].items() if key != "route_tables"}
    installation = Installation.read(words(kind="endpoint-service", deployment=..., network={"existing": there}))
    assert outbound(installation, plan(installation).networks, values_of(installation)) == ()


@pytest.mark.parametrize(("change", "path", "said"), [
    ({"destination": "203.0.113.7/24"}, "destination", "203.0.113.0/24"),
    ({"destination": "api.example.com"}, "destination", "a CIDR"),
    ({"destination": "2001:db8::/32"}, "destination", "an IPv4 CIDR"),
    ({"kind": "name"}, "destination", "a DNS name"),
    ({"kind": "name", "destination": "API.example.com"}, "destination", "lower case"),
    ({"kind": "name", "destination": "*"}, "destination", "a DNS name"),
    ({"kind": "name", "destination": "203.0.113.7"}, "destination", "kind: cidr"),
    ({"kind": "host"}, "kind", "a DNS name, or an IPv4 CIDR"),
    ({"protocol": "tcp"}, "protocol", "TCP or UDP"),
    ({"port": 0}, "port", "1 to 65535"),
    ({"why": ""}, "why", "Why it is needed"),
    ({"prt": 1}, "prt", "Perhaps you meant port"),
])
def test_bad_row(words, change, path, said):
    """A bad value of a row is told at its place, with the way out."""
    with pytest.raises(InputError) as stopped:
        Installation.read(words(**SHARED, outbound=[ROW, {**ROW, **change}]))
    (fault,) = stopped.value.faults
    assert fault.path == f"outbound.1.{path}"
    assert said in str(fault)
