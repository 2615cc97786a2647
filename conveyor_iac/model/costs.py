"""The monthly estimate: what the networks of a plan cost each month by a price table, whatever goes through them.

Counts what is charged by the hour or the month. Estimates no traffic, no requests and no logs: nobody knows them before
there are any. What the table does not say is told as not known, and never guessed.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.door import Form, Part, Text, enter
from conveyor_iac.model.privatelink import EndpointConsumer, LoadBalancer

NOT_COUNTED = ("Not in it: traffic (GB through endpoints, NAT, firewall and load balancer), requests, logs, what the"
               " vendor's installer makes, tax and discounts.")
"""What an estimate leaves out."""
_WAIVED = ("AWS waives the hours of NAT gateways that work with a firewall, one for one; they are counted here, as are"
           " all endpoints of the firewall at one price.")

_UNITS: dict[str, tuple[str, bool]] = {
    "endpoint_hour": ("Interface endpoints, in each of their zones", True),
    "consumer_hour": ("Endpoints to an endpoint service, in each of their zones", True),
    "gateway": ("Gateway endpoints", True),
    "nat_hour": ("NAT gateways", True),
    "address_hour": ("Public IPv4 addresses of the NAT gateways", True),
    "firewall_hour": ("Network firewall endpoints", True),
    "nlb_hour": ("Network load balancers", True),
    "key_month": ("KMS keys", False),
}
"""What is charged: how it is called, and whether by the hour."""
_COLUMN = {"consumer_hour": "endpoint_hour"}
"""What has the price of something else."""
_FREE = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that is charged: how many, the price of one for a month, and of all; None where it is not known."""

    what: str
    count: int
    unit: Decimal | None
    month: Decimal | None

    @classmethod
    def of(cls, what: str, count: int, unit: Decimal | None) -> "Item":
        """So many of something, at the price of one for a month."""
        return cls(what=what, count=count, unit=unit, month=None if unit is None else unit * count)

    def unpriced(self, region: str) -> str:
        """The sentence about a price that is not known."""
        return f"The price of {self.what[0].lower() + self.what[1:]} is not in the table for {region}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a month costs. Where `unknown` has sentences the total is the least: it leaves those items out."""

    currency: str
    date: str
    region: str
    items: tuple[Item, ...]
    total: Decimal
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]


def estimate(networks: Sequence[NetworkPlan], region: str, prices: catalogue.Prices,
             links: Sequence[EndpointConsumer] = ()) -> Estimate:
    """The monthly estimate of decided networks and the ways between them."""
    row, counts = prices.regions.get(region), _counts(networks, links)
    items = tuple(_item(kind, count, row, prices.hours) for kind, count in counts.items() if count)
    unknown = tuple(item.unpriced(region) for item in items if item.month is None)
    if not networks:
        unknown = ("The installer makes the network: what that costs is not known here.",)
    elif row is None and unknown:
        unknown = (f"The price table does not have {region}: no price is known there.",)
    waived = (_WAIVED,) if counts["firewall_hour"] and counts["nat_hour"] else ()
    return Estimate(currency=prices.currency, date=prices.date, region=region, items=items, unknown=unknown,
                    total=total(items),
                    remarks=(*waived, NOT_COUNTED))


def total(items: Iterable[Item]) -> Decimal:
    """What items cost for a month, without those whose price is not known."""
    return sum((item.month for item in items if item.month is not None), Decimal(0))


def decimal(price: float) -> Decimal:
    """A price as its decimal digits are written, for money is not binary."""
    return Decimal(str(price))


def _counts(networks: Sequence[NetworkPlan], links: Sequence[EndpointConsumer]) -> dict[str, int]:
    counts = dict.fromkeys(_UNITS, 0)
    counts["consumer_hour"] = sum(len(link.subnets) for link in links)
    for network in networks:
        egress, service = network.egress, network.service
        for endpoint in network.endpoints:
            interface = endpoint.kind == "Interface"
            counts["endpoint_hour" if interface else _FREE] += len(endpoint.subnets) if interface else 1
        counts["nat_hour"] += len(egress.nats)
        counts["address_hour"] += len(egress.nats)
        counts["firewall_hour"] += len(egress.firewall.zones) if egress.firewall else 0
        counts["nlb_hour"] += isinstance(service.load_balancer, LoadBalancer) if service else 0
        counts["key_month"] += network.logs is not None
    return counts


def _item(kind: str, count: int, row: catalogue.Price | None, hours: int) -> Item:
    what, hourly = _UNITS[kind]
    return Item.of(what, count, _month(kind, row, hours if hourly else 1))


def _month(kind: str, row: catalogue.Price | None, times: int) -> Decimal | None:
    """The price of one for a month."""
    if kind == _FREE:
        return Decimal(0)
    price = getattr(row, _COLUMN.get(kind, kind)) if row else None
    return None if price is None else decimal(price) * times


Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class PriceRow(Part):
    region: Annotated[Text, Field(min_length=1)]
    """A region, such as eu-west-1."""
    endpoint_hour: Amount
    """An interface endpoint in one zone, for an hour: a number, 0 or more."""
    endpoint_gb: Amount
    """A GB through an interface endpoint: a number, 0 or more."""
    nat_hour: Amount
    """A NAT gateway for an hour: a number, 0 or more."""
    nat_gb: Amount
    """A GB through a NAT gateway: a number, 0 or more."""
    nlb_hour: Amount
    """A network load balancer for an hour: a number, 0 or more."""
    address_hour: Amount
    """A public IPv4 address for an hour: a number, 0 or more."""
    key_month: Amount
    """A KMS key for a month: a number, 0 or more."""
    firewall_hour: Amount | None = None
    """A network firewall endpoint for an hour: a number, 0 or more; left out: not known."""
    firewall_gb: Amount | None = None
    """A GB through a network firewall: a number, 0 or more; left out: not known."""
    source: Text = ""
    """Where the prices are from."""


class PriceTable(Part):
    """A price table of a user's own, of the form of our own."""

    currency: Annotated[Text, Field(pattern="^[A-Z]{3}$")]
    """The currency's three letters, such as USD."""
    date: date | Annotated[Text, Field(min_length=1)]
    """The day the prices are of, such as 2026-11-22."""
    hours: Annotated[int, Field(ge=1, le=744)]
    """How many hours a month has: 730 in the mean."""
    price: tuple[PriceRow, ...]
    """A [[price]] for each region."""


def read(file: Path) -> catalogue.Prices:
    """The price table a TOML file holds; `InputError` with every fault of it, each with the file's name."""
    return catalogue.read_prices(entered(file, PriceTable).model_dump())


def entered(file: Path, form: type[Form]) -> Form:
    """A price table of a form, from a TOML file; `InputError` with every fault of it, each with the file's name."""
    try:
        return enter(form, tomllib.loads(file.read_text(encoding="utf-8")), _across)
    except (OSError, UnicodeDecodeError) as refused:
        reason = refused.strerror if isinstance(refused, OSError) else "it is not UTF-8 text"
        raise InputError([Fault(path="--prices", value=str(file), rule=f"a file that can be read ({reason})",
                                way_out="Name a price table in TOML")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as refused:
        raise InputError([Fault(path="--prices", value=f"{file}: {refused}", rule="TOML", way_out="Mend the file there")
                          ]) from None
    except InputError as refused:
        raise InputError(_named(file, refused.faults)) from None


def _named(file: Path, faults: Iterable[Fault]) -> Iterator[Fault]:
    for fault in faults:
        yield Fault(path=f"{file.name}, {fault.path}", value=fault.value, rule=fault.rule, way_out=fault.way_out)


def _across(words: Any) -> Iterator[Fault]:
    rows = words.get("price")
    seen: set[str] = set()
    if rows == []:
        yield Fault(path="price", value="(empty)", rule="at least one region", way_out="Write a [[price]] for each")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        region = row.get("region") if isinstance(row, dict) else None
        if isinstance(region, str) and region in seen:
            yield Fault(path=f"price.{number}.region", value=repr(region), rule="each region once",
                        way_out="Leave one of the two out")
        seen.add(str(region))
