"""The outbound table of a data plane on Azure, filled in for one installation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import catalogue as aws
from conveyor_iac.model.addresses import unfit_name
from conveyor_iac.model.catalogue import azure as catalogue

ROW = {"component": "Billing", "kind": "name", "destination": "api.example.com", "protocol": "TCP", "port": 8443,
       "data": "invoices", "why": "they are sent"}


def paths_of(words):
    """The paths that these words come to."""
    return plan(Installation.read(words)).azure.outbound


@settings(max_examples=40)
@given(st.data())
def test_nothing_is_left_open(any_azure, data):
    """Every path has a destination without placeholders, of its kind, a protocol, a port and a reason."""
    for path in plan(data.draw(any_azure)).azure.outbound:
        assert "$" not in path.destination
        assert path.kind == "cidr" or unfit_name(path.destination) == ("", "")
        assert path.protocol in ("TCP", "UDP")
        assert 1 <= path.port <= 65535
        assert path.component
        assert path.why
        assert path.data


def test_the_catalogues_rows_come_first(azure):
    """The table is the catalogue's rows in their order, then those of the file in theirs, each with its place."""
    made = paths_of(azure({"outbound": [ROW, ROW | {"port": 8444}]}))
    assert [path.component for path in made[:-2]] == [row.component for row in catalogue.outbound()]
    assert [path.place for path in made] == ["deployment"] * len(catalogue.outbound()) + ["outbound.0", "outbound.1"]
    assert {key: getattr(made[-2], key) for key in ROW} == ROW


def test_the_tunnel_is_a_path(azure):
    """The name to which the data plane opens its tunnel is a row of the table, by TLS, for a firewall to pass."""
    made = {path.place: path for path in paths_of(azure("firewall"))}["azure.control_plane.tunnel"]
    assert (made.destination, made.kind, made.protocol, made.port) == ("tunnel.conveyor.example", "name", "TCP", 443)
    assert "azure.control_plane.tunnel" not in {path.place for path in paths_of(azure("balancer"))}


@pytest.mark.parametrize("service", ["key_vault", "log_workspace", "container_registry"])
def test_a_service_that_is_off_opens_no_path(azure, service):
    """A path that goes with a service is there with it and not without it; all other paths stay."""
    rows = [row for row in catalogue.outbound() if row.service == service]
    with_it, without = paths_of(azure()), paths_of(azure({"azure.services": {service: False}}))
    assert len(with_it) - len(without) == len(rows)
    assert set(without) <= set(with_it)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_the_control_plane_is_called_in_its_own_region(azure, region):
    """Names of the control plane are those of its own region and partition, not of the data plane's."""
    suffix = next(row.url_suffix for row in aws.partitions() if region in row.regions)
    made = paths_of(azure({"azure.control_plane.region": region}))
    theirs = {path.destination for path, row in zip(made, catalogue.outbound(), strict=True)
              if "${ControlPlane" in row.destination}
    assert f"sqs.{region}.{suffix}" in theirs
    assert f"111122223333.dkr.ecr.{region}.{suffix}" in theirs
    assert all(region in name and name.endswith(f".{suffix}") for name in theirs)
    assert not [path for path in made if "westeurope" in path.destination and path.destination in theirs]
