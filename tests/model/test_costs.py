"""The monthly estimate: counted by hand, never guessed, replaced by a table of one's own."""

from decimal import Decimal
from pathlib import Path

import pytest

from conveyor_iac import Installation
from conveyor_iac.errors import InputError
from conveyor_iac.model import catalogue, costs
from conveyor_iac.model.plan import plan

TABLE = """\
currency = "EUR"
date = 2026-01-31
hours = 100
[[price]]
region = "eu-west-1"
endpoint_hour = 0.02
endpoint_gb = 0.01
nat_hour = 0.05
nat_gb = 0.05
nlb_hour = 0.03
address_hour = 0.01
key_month = 2
firewall_hour = 0.4
"""


@pytest.fixture
def prices(tmp_path):
    """The table above, or another text, as a price table that was read."""

    def prices(text=TABLE):
        file = tmp_path / "prices.toml"
        file.write_text(text)
        return costs.read(file)

    return prices


def zones_of(region):
    """Three zones by id, where EKS refuses one of the region."""
    known = catalogue.zones()[region]
    ids = [zone for zone in (f"{known.prefix}-az{number}" for number in range(1, 9)) if zone not in known.refused]
    return {"zone_ids": ids[:3]} if known.refused else {}


@pytest.fixture
def of(words):
    """The estimate of an installation with these keys changed."""

    def of(table, **changes):
        installation = Installation.read(words(**changes))
        made = plan(installation)
        return costs.estimate(made.networks, installation.region, table, made.links)

    return of


def items(made):
    """The items of an estimate: how many, and for a month."""
    return {item.what.split(",")[0]: (item.count, item.month) for item in made.items}


def test_by_hand(of, prices):
    """A private data plane: 19 endpoints in 3 zones, 3 NAT gateways with an address each, 3 firewall endpoints, a load
    balancer and a key, by prices that are easy to multiply."""
    made = of(prices())
    assert items(made) == {
        "Interface endpoints": (57, Decimal(114)), "Gateway endpoints": (1, 0), "NAT gateways": (3, Decimal(15)),
        "Public IPv4 addresses of the NAT gateways": (3, Decimal(3)), "Network firewall endpoints": (3, Decimal(120)),
        "Network load balancers": (1, Decimal(3)), "KMS keys": (1, Decimal(2))}
    assert (made.total, made.unknown, made.currency, made.date) == (Decimal(257), (), "EUR", "2026-01-31")


def test_dedicated(of, prices):
    """Both networks of a dedicated deployment are counted, and the endpoint by which each reaches the other, in
    the zones both have."""
    made = items(of(prices(), deployment="dedicated", cognito_access="proxy",
                    control_plane={"account": "222222222222", "role": "x", "network": {"zones": 2}}))
    assert made == {
        "Interface endpoints": (57 + 38, Decimal(190)), "Endpoints to an endpoint service": (2 + 2, Decimal(8)),
        "Gateway endpoints": (2, 0), "Network load balancers": (2, Decimal(6)), "KMS keys": (2, Decimal(4))}


@pytest.mark.parametrize(("changes", "counts"), [
    ({"region": "us-east-1", "network": {"zones": 4, "zone_ids": [f"use1-az{number}" for number in (1, 2, 4, 6)]}},
     {"Interface endpoints": 76, "NAT gateways": 4, "Network firewall endpoints": 4}),
    ({"endpoints": {"add": ["sns"], "remove": ["xray", "ecs"]}}, {"Interface endpoints": 54}),
    ({"network": {"zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"]}, "endpoints": {"zones": {"xray": ["euw1-az2"]}}},
     {"Interface endpoints": 55}),
    ({"cognito_access": "privatelink", "user_pool_has_domain": False},
     {"Interface endpoints": 60, "NAT gateways": None}),
    ({"deployment": "shared", "network": {"nat": "single"}},
     {"NAT gateways": 1, "Public IPv4 addresses of the NAT gateways": 1, "Interface endpoints": None}),
    ({"private_link": {"load_balancer":
                       "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/x/0123456789abcdef"}},
     {"Network load balancers": None, "KMS keys": 1}),
], ids=["four zones", "other endpoints", "one zone", "privatelink", "one NAT gateway", "a load balancer that exists"])
def test_counts(of, prices, changes, counts):
    """What the file asks for is what is counted; what is not made is no item."""
    made = items(of(prices(), **changes))
    assert {what: made.get(what, (None,))[0] for what in counts} == counts


def test_traffic_is_left_out(of, prices):
    """Traffic is not estimated, and that is said."""
    made = of(prices())
    assert "traffic" in made.remarks[-1]
    assert not any("GB" in item.what for item in made.items)


def test_unknown_price(of, prices):
    """A price that the table leaves out gives an item without an amount and a sentence, and the total leaves it out."""
    made = of(prices(TABLE.replace("firewall_hour = 0.4\n", "")))
    assert items(made)["Network firewall endpoints"] == (3, None)
    assert made.unknown == ("The price of network firewall endpoints is not in the table for eu-west-1.",)
    assert made.total == Decimal(137)


def test_unknown_region(of, prices):
    """In a region that the table does not have every priced item is without an amount; what is free stays free."""
    made = of(prices(), region="eu-north-1")
    assert {month for what, (_, month) in items(made).items() if what != "Gateway endpoints"} == {None}
    assert made.total == 0
    assert made.unknown == ("The price table does not have eu-north-1: no price is known there.",)


def test_network_of_the_installer(of, prices):
    """Where the installer makes the network nothing is counted, and that is not told as free."""
    made = of(prices(), deployment="shared", installer={"network_rights": True})
    assert (made.items, made.total) == ((), 0)
    assert "not known" in made.unknown[0]


def test_own_table(of):
    """Our own table knows the endpoints of every region it has: none of them is guessed from another."""
    for region, row in catalogue.prices().regions.items():
        made = items(of(catalogue.prices(), region=region, network=zones_of(region)))
        assert made["Interface endpoints"][1] == Decimal(str(row.endpoint_hour)) * 730 * 57
        assert (made["Network firewall endpoints"][1] is None) == (row.firewall_hour is None)


def test_our_table_reads_as_one_of_a_user():
    """Our table is of the form that a user's must have."""
    file = Path(catalogue.__file__).parent / "prices.toml"
    assert costs.read(file) == catalogue.prices()


@pytest.mark.parametrize(("old", "new", "path", "said"), [
    ('currency = "EUR"', 'currency = "euro"', "currency", "'euro'"),
    ("date = 2026-01-31", "", "date", "(missing)"),
    ("hours = 100", "hours = 0", "hours", "1 or more"),
    ("hours = 100", 'hours = "730"', "hours", "a whole number"),
    ("nat_hour = 0.05", "nat_hour = -1", "price.0.nat_hour", "A NAT gateway for an hour"),
    ("nat_hour = 0.05", "nat_hour = true", "price.0.nat_hour", "number"),
    ("nat_hour = 0.05", "nat_hour = nan", "price.0.nat_hour", "finite"),
    ("nat_hour = 0.05", "nat_hours = 1", "price.0.nat_hours", "Perhaps you meant nat_hour"),
    ('region = "eu-west-1"', "", "price.0.region", "(missing)"),
    ("firewall_hour = 0.4", 'firewall_hour = "?"', "price.0.firewall_hour", "network firewall endpoint"),
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
        prices(TABLE.replace("hours = 100", "hours = 0").replace('"EUR"', "1") + row)
    assert [fault.path.partition(", ")[2] for fault in refused.value.faults] == ["currency", "hours", "price.1.region"]


@pytest.mark.parametrize("text", ["", "price = 1", "price = []", "x = [", "price = [1]"])
def test_no_table(prices, text):
    """What is no price table is an input error."""
    with pytest.raises(InputError):
        prices(text)


def test_no_file(tmp_path):
    """A file that is not there, or is a folder, is named."""
    for place in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(InputError) as refused:
            costs.read(place)
        (fault,) = refused.value.faults
        assert (fault.path, fault.value) == ("--prices", str(place))
