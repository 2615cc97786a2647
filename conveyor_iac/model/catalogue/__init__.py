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
    """A parameter of the published templates, and the rule of the same value in an installation file."""

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
