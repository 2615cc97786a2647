"""Facts as data: reads the TOML tables of this folder into frozen rows, once.

Knows the shape of each table; decides nothing. A row that does not have its shape fails on import of the
table, not in the middle of a plan.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of the published templates, and the rule of the same value in an installation file.

    `type` is CloudFormation's; with another than String it is CloudFormation that checks the value.
    """

    name: str
    group: str
    label: str
    description: str
    constraint: str
    max_length: int
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    default: str | None = None
    min_length: int = 0
    no_echo: bool = False
    type: str = "String"
    min_value: int | None = None
    max_value: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudoParameter:
    """A placeholder that CloudFormation itself fills."""

    name: str
    max_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Something on or off at deploy time, read from one parameter: on when it equals or differs from a value."""

    name: str
    parameter: str
    equals: str | None = None
    differs: str | None = None

    def is_on(self, value: str) -> bool:
        """Whether the switch is on when its parameter has this value."""
        return value == self.equals if self.equals is not None else value != self.differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition of AWS; `refused` is the reason when it is not served, else empty."""

    name: str
    regions: tuple[str, ...]
    url_suffix: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One permission with its purpose and source; strings hold placeholders.

    With a `switch` it stands there only where the switch is on (`when = false`: off).
    """

    id: str
    purpose: str
    source: str
    actions: tuple[str, ...]
    effect: str = "Allow"
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    switch: str = ""
    when: bool = True
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A managed policy as the catalogue has it: statements in their order."""

    name: str
    purpose: str
    source: str = ""
    trusted_by: tuple[str, ...] = ()
    switch: str = ""
    when: bool = True
    agent: bool = False
    statements: tuple[StatementRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLinkedRole:
    """A service-linked role the installer may create: service principal, role name and why."""

    service: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedTo:
    """A service that created roles may be passed to, and why."""

    service: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataActions:
    """Actions of one service that read, write or share customer data, and the endpoint that can hold them."""

    service: str
    what: str
    actions: tuple[str, ...]
    endpoint: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped:
    """An action a predefined policy allows and the boundary takes away, and why that is right."""

    policy: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of IAM or CloudFormation: its number, unit, what it is of, and the source."""

    id: str
    value: int
    unit: str
    of: str
    source: str
    quota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A VPC endpoint service of AWS: what it is for, what may pass it by default, and the names it answers for.

    `own_resources`: the default statement is held to resources of this account too. `cn`: in aws-cn the service name
    begins with cn.com.amazonaws; `dns_cn`: its names there, where they are others.
    """

    service: str
    name: str
    kind: str
    reason: str
    source: str
    policies: bool
    actions: tuple[str, ...] = ()
    own_resources: bool = True
    dns: tuple[str, ...] = ()
    dns_cn: tuple[str, ...] = ()
    cn: bool = False
    partitions: tuple[str, ...] = ()
    statements: tuple[StatementRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSet:
    """A named, versioned list of interface endpoints, with those a model cannot live without and why."""

    name: str
    version: str
    purpose: str
    source: str
    endpoints: tuple[str, ...]
    needed: dict[str, str] = field(default_factory=dict)
    additions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse:
    """A block of addresses whose reverse names tell nothing to a stranger, and why."""

    block: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A path of the network: who speaks to what, how, with what data and why, and in which deployments.

    `kind` is endpoint (a service of `endpoints.toml`), name (a DNS name), cidr, or resolver (the VPC's own).
    """

    component: str
    plane: str
    destination: str
    kind: str
    direction: str
    protocol: str
    data: str
    why: str
    deployments: tuple[str, ...]
    source: str
    layer: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Prices of one region in the table's currency: per hour, per GB, or per month for a key. None: not known."""

    region: str
    endpoint_hour: float
    endpoint_gb: float
    nat_hour: float
    nat_gb: float
    nlb_hour: float
    address_hour: float
    key_month: float
    source: str
    firewall_hour: float | None = None
    firewall_gb: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A price table: its currency, its date, how many hours a month has, and the regions."""

    currency: str
    date: str
    hours: int
    regions: dict[str, Price]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """How many availability zones a region has, what their ids begin with, and those that EKS refuses."""

    region: str
    count: int
    prefix: str
    source: str
    refused: tuple[str, ...] = ()


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _policy(name: str, *, switch: str = "", when: bool = True, agent: bool = False) -> PolicyRow:
    table = _table(name)
    statements = tuple(StatementRow(**_tuples(row)) for row in table.pop("statement"))
    return PolicyRow(**_tuples(table), switch=switch, when=when, agent=agent, statements=statements)


def _policies(folder: str) -> tuple[PolicyRow, ...]:
    return tuple(_policy(f"{folder}/{row.pop('name')}", **row) for row in _table("policies")[folder])


@cache
def parameters() -> dict[str, Parameter]:
    """The parameters of the published templates, by name, in the order a reader sees them."""
    return {row["name"]: Parameter(**_tuples(row)) for row in _table("parameters")["parameter"]}


@cache
def pseudo_parameters() -> dict[str, PseudoParameter]:
    """The placeholders CloudFormation fills itself, by name."""
    return {row["name"]: PseudoParameter(**row) for row in _table("pseudo_parameters")["pseudo_parameter"]}


@cache
def switches() -> dict[str, Switch]:
    """What is on or off at deploy time, by name."""
    return {row["name"]: Switch(**row) for row in _table("switches")["switch"]}


@cache
def partitions() -> tuple[Partition, ...]:
    """Every partition of AWS we know, served or refused."""
    return tuple(Partition(**_tuples(row)) for row in _table("partitions")["partition"])


def partition_of(region: object) -> str:
    """The name of the partition that a region belongs to; empty where the region is not known or not served."""
    return next((row.name for row in partitions() if region in row.regions and not row.refused), "")


@cache
def limits() -> dict[str, Limit]:
    """The limits of IAM and CloudFormation that are checked when planning, by id."""
    return {row["id"]: Limit(**row) for row in _table("limits")["limit"]}


@cache
def installer_policies() -> tuple[PolicyRow, ...]:
    """The managed policies of the installer role, in the order of `policies.toml`."""
    return _policies("installer")


@cache
def predefined_policies() -> tuple[PolicyRow, ...]:
    """The managed policies the installer may attach to created roles, in the order of `policies.toml`."""
    return _policies("predefined")


@cache
def boundary_policy() -> PolicyRow:
    """The part of the permissions boundary that is not derived: the IAM sliver and the denies."""
    return _policy("boundary")


@cache
def capped() -> tuple[Capped, ...]:
    """Predefined actions that the boundary takes away on purpose."""
    return tuple(Capped(**row) for row in _table("capped").get("capped", ()))


@cache
def data_actions() -> tuple[DataActions, ...]:
    """The actions the data perimeter is about."""
    return tuple(DataActions(**_tuples(row)) for row in _table("data_actions")["data_actions"])


@cache
def service_linked_roles() -> tuple[ServiceLinkedRole, ...]:
    """The service-linked roles the installer may create, by name."""
    return tuple(ServiceLinkedRole(**row) for row in _table("service_linked_roles")["service_linked_role"])


@cache
def passed_to() -> tuple[PassedTo, ...]:
    """The services created roles may be passed to."""
    return tuple(PassedTo(**row) for row in _table("passed_to")["passed_to"])


@cache
def endpoints() -> dict[str, Endpoint]:
    """The VPC endpoint services that are known, by the end of their service name."""
    return {row["service"]: _endpoint(row) for row in _table("endpoints")["endpoint"]}


def _endpoint(row: dict[str, Any]) -> Endpoint:
    statements = tuple(StatementRow(**_tuples(statement)) for statement in row.pop("statement", ()))
    return Endpoint(**_tuples(row), statements=statements)


@cache
def endpoint_sets() -> dict[str, EndpointSet]:
    """The endpoint sets, by name."""
    return {row["name"]: _endpoint_set(row) for row in _table("endpoint_sets")["endpoint_set"]}


def _endpoint_set(row: dict[str, Any]) -> EndpointSet:
    needed = {part["endpoint"]: part["why"] for part in row.pop("needed", ())}
    additions = {part["endpoint"]: part["reason"] for part in row.pop("addition", ())}
    return EndpointSet(**_tuples(row), needed=needed, additions=additions)


@cache
def outbound() -> tuple[Outbound, ...]:
    """Every path of the network, of data plane and control plane."""
    return tuple(Outbound(**_tuples(row)) for row in _table("outbound")["outbound"])


@cache
def reverse() -> tuple[Reverse, ...]:
    """The blocks whose reverse names may be asked for."""
    return tuple(Reverse(**row) for row in _table("reverse")["reverse"])


@cache
def prices() -> Prices:
    """The price table of the monthly estimate."""
    return read_prices(_table("prices"))


def read_prices(table: dict[str, Any]) -> Prices:
    """A price table of the same form as ours; `TypeError` or `KeyError` for one of another form."""
    regions = {row["region"]: Price(**row) for row in table["price"]}
    return Prices(currency=table["currency"], date=str(table["date"]), hours=table["hours"], regions=regions)


@cache
def zones() -> dict[str, Zones]:
    """What is known of the availability zones of regions, by region."""
    table = _table("zones")
    refused: dict[str, list[str]] = {}
    for row in table["refused"]:
        refused.setdefault(row["region"], []).append(row["zone_id"])
    return {row["region"]: Zones(**row, refused=tuple(refused.get(row["region"], ()))) for row in table["zones"]}
