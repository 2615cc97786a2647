"""The monthly estimate on Azure: counted by hand, never guessed, replaced by a table of one's own."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation
from conveyor_iac.errors import InputError
from conveyor_iac.model.azure import costs
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.plan import plan

TABLE = """\
currency = "EUR"
date = 2026-01-31
hours = 100
days = 30
[[price]]
region = "westeurope"
nat_gateway_hour = 0.05
address_hour = 0.01
firewall_hour = 2
private_endpoint_hour = 0.02
private_dns_zone_month = 0.5
registry_day = 1.5
load_balancer_hour = 0.03
"""
GLOBAL = '[[price]]\nregion = "Global"\nfirewall_hour = 9\nprivate_endpoint_hour = 0.03\n'
FREE = '[[price]]\nregion = "Global"\nprivate_endpoint_hour = 0\n'
NAT = {"NAT gateways": 1, "Public IPv4 addresses": 1}
DOORS = {"Private endpoints": 2, "Private DNS zones": 2, "Container registries of the Premium kind": 1}
BALANCER = "Load balancers, each with its first five rules"
FIREWALL = "Azure Firewalls of the Standard kind"
ZONE = "/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"


@pytest.fixture
def prices(tmp_path):
    """The table above, or another text, as a price table that was read."""

    def prices(text=TABLE):
        file = tmp_path / "prices.toml"
        file.write_text(text)
        return costs.read(file)

    return prices


@pytest.fixture
def of(azure):
    """The estimate of the good file with these changes, or with twins by name."""

    def of(table, *changes):
        return costs.estimate(plan(Installation.read(azure(*changes))).azure, table)

    return of


def counts(made):
    """How many of each item an estimate has."""
    return {item.what: item.count for item in made.items}


def test_by_hand(of, prices):
    """A firewall with an address, a vault and a registry behind private endpoints with a zone each, by prices that are
    easy to multiply."""
    made = of(prices(), "firewall")
    assert {item.what: (item.count, item.unit, item.month) for item in made.items} == {
        "Public IPv4 addresses": (1, Decimal(1), Decimal(1)), FIREWALL: (1, Decimal(200), Decimal(200)),
        "Private endpoints": (2, Decimal(2), Decimal(4)), "Private DNS zones": (2, Decimal("0.5"), Decimal(1)),
        "Container registries of the Premium kind": (1, Decimal(45), Decimal(45))}
    assert (made.total, made.unknown, made.currency, made.date) == (Decimal(251), (), "EUR", "2026-01-31")
    assert made.region == "westeurope"


@pytest.mark.parametrize(("changes", "found"), [
    ([], NAT | DOORS),
    (["hub"], DOORS),
    (["hub without a firewall"], NAT | DOORS),
    (["firewall"], {FIREWALL: 1, "Public IPv4 addresses": 1} | DOORS),
    (["existing"], DOORS),
    (["balancer"], NAT | DOORS | {"Public IPv4 addresses": 2, BALANCER: 1}),
    ([{"azure.services.container_registry": False}], NAT | {"Private endpoints": 1, "Private DNS zones": 1}),
    ([{"azure.services": {"key_vault": False, "container_registry": False}}], NAT),
    (["hub", {"azure.vnet.private_dns_zones": {
        "privatelink.azurecr.io": f"/subscriptions/0a1b2c3d-0000-4000-8000-000000000006/resourceGroups/dns{ZONE}"}}],
     DOORS | {"Private DNS zones": 1}),
], ids=["alone", "hub", "hub without a firewall", "firewall", "existing", "load balancer", "no registry", "no services",
        "a central zone"])
def test_counts(of, prices, changes, found):
    """What the file asks for is what is counted; what is not made, or is the hub's, is no item."""
    assert counts(of(prices(), *changes)) == found


def test_remarks(of, prices):
    """Traffic is left out and that is said; so is the firewall of a hub."""
    made = of(prices(), "hub")
    assert "traffic" in made.remarks[-1]
    assert "hub" in made.remarks[0]
    assert len(of(prices()).remarks) == 1


def test_network_of_yours(of, prices):
    """What a network that is brought costs is told as not known, and not as free."""
    assert of(prices(), "existing").unknown == ("You bring the network: what it costs is not known here.",)


def test_unknown_price(of, prices):
    """A price that the table leaves out gives an item without an amount and a sentence; the total leaves it out."""
    made = of(prices(TABLE.replace("registry_day = 1.5\n", "")))
    assert [item.month for item in made.items if item.what.startswith("Container")] == [None]
    assert made.unknown == (
        "The price of container registries of the Premium kind is not in the table for westeurope.",)
    assert made.total == Decimal(5 + 1 + 4 + 1)


def test_unknown_region(of, prices):
    """In a region that the table does not have every item is without an amount, said once."""
    made = of(prices(), {"region": "northeurope"})
    assert {item.month for item in made.items} == {None}
    assert made.total == 0
    assert made.unknown == ("The price table does not have northeurope: no price is known there.",)


def test_prices_of_every_region(of, prices):
    """A price of the region Global holds where the region has none of its own, and nowhere else."""
    table = prices(TABLE.replace("private_endpoint_hour = 0.02\n", "") + GLOBAL)
    months = {item.what: item.month for item in of(table, "firewall").items}
    assert (months["Private endpoints"], months[FIREWALL]) == (Decimal(6), Decimal(200))
    made = of(table, {"region": "northeurope"})
    assert made.total == Decimal(6)
    assert len(made.unknown) == len(made.items) - 1


def test_free_is_a_price(of, prices):
    """A price of nothing is known, and is not replaced by another."""
    made = of(prices(TABLE.replace("private_endpoint_hour = 0.02", "private_endpoint_hour = 0") + GLOBAL))
    assert {item.month for item in made.items if item.what == "Private endpoints"} == {Decimal(0)}
    assert of(prices(FREE.join(TABLE.split("[[price]]")[:1]) + FREE), {"region": "northeurope"}).total == 0


@settings(max_examples=40)
@given(st.data())
def test_any_installation(any_azure, data):
    """Of any installation the total is the sum of what is known, and each item without an amount has its sentence."""
    made = costs.estimate(plan(data.draw(any_azure)).azure, catalogue.prices())
    assert made.total == sum((item.count * item.unit for item in made.items if item.unit is not None), Decimal(0))
    assert all(item.count > 0 for item in made.items)
    assert bool(made.unknown) >= any(item.month is None for item in made.items)


def test_our_table(of):
    """Our own table knows the endpoints of every region, and all that stands alone in West Europe but the zones."""
    for region, row in catalogue.regions().items():
        if row.cloud == "AzureCloud":
            made = of(catalogue.prices(), {"region": region})
            assert {item.month for item in made.items if item.what == "Private endpoints"} == {Decimal("14.60")}
    assert of(catalogue.prices()).unknown == (
        "The price of private DNS zones is not in the table for westeurope.",)


def test_our_table_reads_as_one_of_a_user():
    """Our table is of the form that a user's must have."""
    assert costs.read(Path(catalogue.__file__).parent / "prices.toml") == catalogue.prices()


def test_columns():
    """What is counted, what a price row has and what a user may give are the same columns."""
    ours = set(catalogue.Price.__slots__) - {"region", "source"}
    assert ours == set(costs.AzurePriceRow.model_fields) - {"region", "source"} == set(costs._UNITS)


@pytest.mark.parametrize(("old", "new", "path", "said"), [
    ('currency = "EUR"', 'currency = "euro"', "currency", "'euro'"),
    ("date = 2026-01-31", "", "date", "(missing)"),
    ("hours = 100", "hours = 0", "hours", "1 or more"),
    ("days = 30", "days = 32", "days", "31"),
    ("days = 30", "", "days", "(missing)"),
    ("address_hour = 0.01", "address_hour = -1", "price.0.address_hour", "A public IPv4 address"),
    ("address_hour = 0.01", "address_hour = nan", "price.0.address_hour", "finite"),
    ("registry_day = 1.5", 'registry_day = "?"', "price.0.registry_day", "container registry"),
    ("firewall_hour = 2", "firewal_hour = 2", "price.0.firewal_hour", "Perhaps you meant firewall_hour"),
    ("nat_gateway_hour = 0.05", "nat_hour = 0.05", "price.0.nat_hour", "nat_hour"),
    ('region = "westeurope"', "", "price.0.region", "(missing)"),
])
def test_bad_table(prices, old, new, path, said):
    """A fault names the file, the place, the value, the rule and the way out."""
    with pytest.raises(InputError) as refused:
        prices(TABLE.replace(old, new))
    found = {fault.path: fault for fault in refused.value.faults}
    assert f"prices.toml, {path}" in found
    assert said in str(found[f"prices.toml, {path}"])
    assert all(fault.rule and fault.way_out for fault in found.values())


def test_all_faults_at_once(prices):
    """Every fault of a table is told, a region given twice too."""
    row = TABLE[TABLE.index("[[price]]"):]
    with pytest.raises(InputError) as refused:
        prices(TABLE.replace("hours = 100", "hours = 0").replace("days = 30", "days = 0") + row)
    assert [fault.path.partition(", ")[2] for fault in refused.value.faults] == ["days", "hours", "price.1.region"]


@pytest.mark.parametrize("text", ["", "price = 1", "price = []", "x = [", "price = [1]"])
def test_no_table(prices, text):
    """What is no price table is an input error."""
    with pytest.raises(InputError):
        prices(text)


def test_a_table_for_aws(prices):
    """A price table for AWS is refused, by each column that Azure does not have."""
    with pytest.raises(InputError) as refused:
        prices((Path(catalogue.__file__).parents[1] / "prices.toml").read_text())
    assert "prices.toml, price.0.endpoint_hour" in {fault.path for fault in refused.value.faults}


def test_no_file(tmp_path):
    """A file that is not there, or is a folder, is named."""
    for place in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(InputError) as refused:
            costs.read(place)
        (fault,) = refused.value.faults
        assert (fault.path, fault.value) == ("--prices", str(place))
