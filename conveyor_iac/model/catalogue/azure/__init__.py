"""Facts of Azure as data: reads the TOML tables of this folder into frozen rows, once. As the catalogue above it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

GLOBAL = "Global"
"""What Azure's price list calls the region of prices that hold in every region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceProvider:
    """A resource provider that must be registered in the subscription, and what needs it."""

    namespace: str
    why: str
    logs: bool = False
    """Whether the subscription of the exported logs needs it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInRole:
    """A role of Azure's own. With a `why` it may be assigned by whoever is constrained to these."""

    name: str
    id: str
    source: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAction:
    """Actions of our custom role that serve one purpose; `data` where they are data actions."""

    id: str
    purpose: str
    actions: tuple[str, ...]
    source: str
    data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A built-in policy definition that a guard rail assigns."""

    name: str
    id: str
    title: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Operations of the activity log that somebody is told of; none: that no entry comes at all."""

    name: str
    title: str
    operations: tuple[str, ...]
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A path of a data plane on Azure: who speaks to what name, on which port, what travels and why.

    Placeholders of a destination: `${Region}` of Azure; `${ControlPlaneRegion}`, `${ControlPlaneSuffix}` (the DNS
    suffix of that region's partition) and `${ControlPlaneAccount}` of AWS. `service` is the switch of `azure.services`
    without which there is no such path, or nothing for one that is always there.
    """

    component: str
    destination: str
    protocol: str
    port: int
    data: str
    why: str
    source: str
    service: str = ""
    layer: str = "HTTPS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of Azure's public cloud, or of one that is refused, of which `zones` is not said."""

    name: str
    zones: bool = False
    cloud: str = "AzureCloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """List prices of one region, or of `GLOBAL`, whose hold wherever a region has none; `None` without a source."""

    region: str
    source: str
    nat_gateway_hour: float | None = None
    address_hour: float | None = None
    firewall_hour: float | None = None
    private_endpoint_hour: float | None = None
    private_dns_zone_month: float | None = None
    registry_day: float | None = None
    load_balancer_hour: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A price table: its currency, the day it is of, the hours and days of a month, and a row for each region."""

    currency: str
    date: str
    hours: int
    days: float
    regions: dict[str, Price]


def _rows(name: str) -> list[dict[str, Any]]:
    table = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return [{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
            for row in table[name]]


@cache
def resource_providers() -> tuple[ResourceProvider, ...]:
    """The resource providers that the product needs, by namespace."""
    return tuple(ResourceProvider(**row) for row in _rows("resource_providers"))


@cache
def roles() -> dict[str, BuiltInRole]:
    """Azure's own roles that we speak of, by name."""
    return {row["name"]: BuiltInRole(**row) for row in _rows("roles")}


def role(name: str) -> BuiltInRole:
    """The built-in role of a name."""
    return roles()[name]


def assignable_roles() -> tuple[BuiltInRole, ...]:
    """The roles that a constrained owner may assign: what a data plane's identities need."""
    return tuple(one for one in roles().values() if one.why)


@cache
def installer_role() -> tuple[RoleAction, ...]:
    """What our custom role allows, each with its purpose."""
    return tuple(RoleAction(**row) for row in _rows("installer_role"))


@cache
def policies() -> dict[str, Policy]:
    """The built-in policies that are assigned, by name."""
    return {row["name"]: Policy(**row) for row in _rows("policies")}


@cache
def watched() -> tuple[Watched, ...]:
    """What the alerts watch."""
    return tuple(Watched(**row) for row in _rows("watched"))


@cache
def outbound() -> tuple[Outbound, ...]:
    """Every path that a data plane on Azure opens."""
    return tuple(Outbound(**row) for row in _rows("outbound"))


@cache
def regions() -> dict[str, Region]:
    """Azure's regions by name, those of clouds that are refused among them."""
    return {row["name"]: Region(**row) for row in _rows("regions")}


@cache
def prices() -> Prices:
    """Our price table."""
    return read_prices(tomllib.loads(files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")))


def read_prices(table: dict[str, Any]) -> Prices:
    """A price table of the form of `prices.toml`."""
    rows = {row["region"]: Price(**row) for row in table["price"]}
    return Prices(currency=table["currency"], date=str(table["date"]), hours=table["hours"], days=table["days"],
                  regions=rows)
