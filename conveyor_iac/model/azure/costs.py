"""The monthly estimate of a data plane's scaffolding on Azure, whatever goes through it.

As `model/costs.py`: counts what is charged by the hour, the day or the month; estimates no traffic, guesses no price.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field

from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.catalogue.azure import GLOBAL
from conveyor_iac.model.costs import Amount, Estimate, Item, decimal, entered, total
from conveyor_iac.model.door import Part, Text

NOT_COUNTED = ("Not in it: traffic (GB through NAT gateway, firewall, private endpoints, load balancer and peerings),"
               " logs and alerts, storage, what is asked of vault, registry and DNS, what the vendor's installer makes,"
               " tax and discounts.")
"""What an estimate leaves out."""
_HUB = "The hub's firewall is yours already: it is not counted."

_UNITS: dict[str, tuple[str, str]] = {
    "nat_gateway_hour": ("NAT gateways", "hours"),
    "address_hour": ("Public IPv4 addresses", "hours"),
    "firewall_hour": ("Azure Firewalls of the Standard kind", "hours"),
    "private_endpoint_hour": ("Private endpoints", "hours"),
    "private_dns_zone_month": ("Private DNS zones", "month"),
    "registry_day": ("Container registries of the Premium kind", "days"),
    "load_balancer_hour": ("Load balancers, each with its first five rules", "hours"),
}
"""What is charged: how it is called, and by what time. The keys are columns of the price table."""


def estimate(made: Scaffolding, prices: catalogue.Prices) -> Estimate:
    """The monthly estimate of a decided scaffolding."""
    items = tuple(_item(column, count, made.region, prices) for column, count in _counts(made).items() if count)
    return Estimate(
        currency=prices.currency, date=prices.date, region=made.region, items=items, total=total(items),
        unknown=tuple(_unknown(made, items, prices)),
        remarks=(*([_HUB] if made.network.egress.kind == "hub" else []), NOT_COUNTED))


def _counts(made: Scaffolding) -> dict[str, int]:
    network, egress = made.network, made.network.egress
    return {
        "nat_gateway_hour": int(egress.nat is not None),
        "address_hour": sum(part is not None for part in (egress.nat, egress.firewall, network.load_balancer)),
        "firewall_hour": int(egress.firewall is not None),
        "private_endpoint_hour": len(network.endpoints),
        "private_dns_zone_month": sum(zone.zone_id is None for zone in network.zones),
        "registry_day": int(made.services.registry is not None),
        "load_balancer_hour": int(network.load_balancer is not None),
    }


def _item(column: str, count: int, region: str, prices: catalogue.Prices) -> Item:
    what, by = _UNITS[column]
    price = _price(column, region, prices)
    times = {"hours": Decimal(prices.hours), "days": decimal(prices.days), "month": Decimal(1)}[by]
    return Item.of(what, count, None if price is None else decimal(price) * times)


def _price(column: str, region: str, prices: catalogue.Prices) -> float | None:
    """The region's own price, else the one that holds everywhere."""
    found = (getattr(prices.regions.get(place), column, None) for place in (region, GLOBAL))
    return next((price for price in found if price is not None), None)


def _unknown(made: Scaffolding, items: tuple[Item, ...], prices: catalogue.Prices) -> Iterator[str]:
    if not made.network.made:
        yield "You bring the network: what it costs is not known here."
    missing = [item for item in items if item.month is None]
    if missing and len(missing) == len(items) and made.region not in prices.regions:
        yield f"The price table does not have {made.region}: no price is known there."
    else:
        yield from (item.unpriced(made.region) for item in missing)


class AzurePriceRow(Part):
    region: Annotated[Text, Field(min_length=1)]
    """A region, such as westeurope; Global: prices that hold in every region that has none of its own."""
    nat_gateway_hour: Amount | None = None
    """A NAT gateway for an hour: a number, 0 or more; left out: not known."""
    address_hour: Amount | None = None
    """A public IPv4 address of the Standard kind for an hour: a number, 0 or more; left out: not known."""
    firewall_hour: Amount | None = None
    """An Azure Firewall of the Standard kind for an hour: a number, 0 or more; left out: not known."""
    private_endpoint_hour: Amount | None = None
    """A private endpoint for an hour: a number, 0 or more; left out: not known."""
    private_dns_zone_month: Amount | None = None
    """A private DNS zone for a month: a number, 0 or more; left out: not known."""
    registry_day: Amount | None = None
    """A container registry of the Premium kind for a day: a number, 0 or more; left out: not known."""
    load_balancer_hour: Amount | None = None
    """A load balancer with its first five rules for an hour: a number, 0 or more; left out: not known."""
    source: Text = ""
    """Where the prices are from."""


class AzurePriceTable(Part):
    """A price table of a user's own for Azure, of the form of our own."""

    currency: Annotated[Text, Field(pattern="^[A-Z]{3}$")]
    """The currency's three letters, such as USD."""
    date: date | Annotated[Text, Field(min_length=1)]
    """The day the prices are of, such as 2026-11-22."""
    hours: Annotated[int, Field(ge=1, le=744)]
    """How many hours a month has: 730 in the mean."""
    days: Annotated[float, Field(ge=1, le=31)]
    """How many days a month has: 30.4 in the mean."""
    price: tuple[AzurePriceRow, ...]
    """A [[price]] for each region."""


def read(file: Path) -> catalogue.Prices:
    """The price table for Azure a TOML file holds; `InputError` with every fault of it, each with the file's name."""
    return catalogue.read_prices(entered(file, AzurePriceTable).model_dump())
