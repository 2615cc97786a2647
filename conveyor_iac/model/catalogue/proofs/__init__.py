"""Facts of AWS that the proofs read: which actions author power, read or share data, or take over what is there; and
how pulumi-aws calls the types and properties that CloudFormation has.

Knows the shape of each table of this folder and reads it once, into frozen rows. Decides nothing, and knows no
template, no contract and no customer. A row that does not have its shape fails when its table is read.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoringRow:
    """An iam action that writes power: `kind` is policy, credential, trust, boundary or account."""

    action: str
    kind: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalRow:
    """An iam action that an installer may have, because the named claim bounds it."""

    action: str
    claim: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmlessRow:
    """An iam action that writes and gives nobody any power, and why."""

    action: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unless:
    """An action is harmless in a request that carries this key with this value."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRow:
    """Actions of one service that read or share customer data; an action may be a pattern, such as `s3:GetObject*`."""

    service: str
    what: str
    actions: tuple[str, ...]
    reason: str
    source: str
    unless: Unless | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDataRow:
    """Actions of a service with customer data that do not read or share it; an action may be a pattern."""

    actions: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverRow:
    """An action that takes over what is already there, and the shape of the ARN of what is taken over.

    `absent` is a condition key with which the action speaks of something new only.
    """

    action: str
    what: str
    resource: str
    reason: str
    source: str
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedRow:
    """A managed policy of AWS as it stood in one version; `name` is what follows `policy/` in its ARN."""

    name: str
    version: str
    date: str
    reason: str
    source: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A property of CloudFormation, and how a value of Pulumi's is written in it (empty: as it is)."""

    to: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiType:
    """A type of pulumi-aws and the type of CloudFormation that says the same.

    `state` are properties that the state tells where the program does not, `folded` those that `shape` reads, `ids`
    outputs that name the resource beside its id and ARN. `named`: its id is a name somebody chose; `unnamed`: nobody
    speaks of it by its id.
    """

    pulumi: str
    aws: str
    properties: Mapping[str, Spelled] = field(default_factory=dict)
    state: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    shape: str = ""
    named: bool = False
    unnamed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiTypes:
    """What is known of the types of Pulumi, and what a type that is not known may concern."""

    types: Mapping[str, PulumiType]
    ignored: frozenset[str]
    harmless: Mapping[str, str]
    namespaces: Mapping[str, tuple[str, ...]]
    doubtful: Mapping[str, tuple[str, ...]]
    elsewhere: frozenset[str]


def _tables(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def _rows(table: str, name: str) -> tuple[dict[str, Any], ...]:
    """The rows of one name in a table, with tuples for lists."""
    return tuple({key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
                 for row in _tables(table)[name])


def _each(table: str, name: str) -> tuple[dict[str, Any], ...]:
    """One row per action, of rows that name several under one reason."""
    return tuple({"action": action, **{key: value for key, value in row.items() if key != "actions"}}
                 for row in _rows(table, name) for action in row["actions"])


def _by_key(name: str) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({row["key"]: row["actions"] for row in _rows("condition_keys", name)})


@cache
def authoring_rows() -> tuple[AuthoringRow, ...]:
    """The iam actions that write policies, credentials, trust, boundaries or the account's own rules."""
    return tuple(AuthoringRow(**row) for row in _each("iam_authoring", "authoring"))


@cache
def authoring() -> tuple[str, ...]:
    """The forbidden iam actions: whoever has one of them can give power to himself or to others."""
    return tuple(row.action for row in authoring_rows())


@cache
def conditional() -> Mapping[str, ConditionalRow]:
    """The iam actions an installer may have because another claim bounds them, by action."""
    return MappingProxyType({row["action"]: ConditionalRow(**row) for row in _each("iam_conditional", "conditional")})


@cache
def harmless() -> tuple[HarmlessRow, ...]:
    """The iam actions that write and give no power."""
    return tuple(HarmlessRow(**row) for row in _each("iam_harmless", "harmless"))


@cache
def role_writes() -> tuple[str, ...]:
    """The iam actions that change, tag, pass or delete a role; service-linked roles are named apart."""
    return tuple(row["action"] for row in _each("role_writes", "role_writes"))


@cache
def policy_writes() -> tuple[str, ...]:
    """The iam actions that change a managed policy."""
    return tuple(row["action"] for row in _each("role_writes", "policy_writes"))


@cache
def key_actions() -> Mapping[str, tuple[str, ...]]:
    """The actions, in lower case, whose requests can carry a condition key of iam or sts; other keys are not named."""
    return _by_key("key")


@cache
def multivalued() -> frozenset[str]:
    """The condition keys that can have several values in one request, as AWS spells them and in lower case."""
    keys = {key for row in _rows("condition_keys", "multivalued") for key in row["keys"]}
    return frozenset(keys | {key.lower() for key in keys})


@cache
def booleans() -> frozenset[str]:
    """The condition keys that are true or false and nothing else, in lower case."""
    return frozenset(row["key"].lower() for row in _rows("condition_keys", "boolean"))


@cache
def always_present() -> Mapping[str, tuple[str, ...]]:
    """The actions, in lower case, whose signed requests always carry a key; `*` is every action."""
    return _by_key("always")


def _data(table: str, name: str) -> tuple[DataRow, ...]:
    return tuple(DataRow(**{**row, "unless": Unless(**row["unless"]) if "unless" in row else None})
                 for row in _rows(table, name))


@cache
def data_reading() -> tuple[DataRow, ...]:
    """The actions that hand the content of customer data to the caller."""
    return _data("data_reading", "data_reading")


@cache
def data_sharing() -> tuple[DataRow, ...]:
    """The actions that make existing customer data readable for others, or send it elsewhere."""
    return _data("data_sharing", "data_sharing")


@cache
def sharing_at_birth() -> tuple[DataRow, ...]:
    """The actions that make something new and can open it to others in the same call; it holds nothing yet."""
    return _data("data_sharing", "sharing_at_birth")


@cache
def not_data() -> tuple[NotDataRow, ...]:
    """The actions of the same services that were looked at and neither read nor share customer data."""
    return tuple(NotDataRow(**row) for row in _rows("not_data", "not_data"))


@cache
def takeover() -> tuple[TakeoverRow, ...]:
    """The actions that take over machines, clusters, functions and pipelines that are already there."""
    return tuple(TakeoverRow(**row) for row in _each("takeover", "takeover"))


@cache
def own_names() -> Mapping[str, tuple[str, ...]]:
    """How the tenant's own names stand in ARNs, by service: `{own}` is such a name; without it, public data of AWS."""
    return MappingProxyType({row["service"]: tuple(row["arns"]) for row in _rows("own_names", "own_name")})


@cache
def shapes() -> Mapping[str, tuple[str, ...]]:
    """Every shape of an ARN of a service whose ARNs leave fields empty, by service."""
    rows = _rows("own_names", "own_name")
    return MappingProxyType({row["service"]: row["shapes"] for row in rows if "shapes" in row})


@cache
def managed_policies() -> Mapping[str, ManagedRow]:
    """The managed policies of AWS whose documents are pinned here, by what follows `policy/` in the ARN."""
    return MappingProxyType({row["name"]: _managed(row) for row in _rows("managed_policies", "managed_policy")})


def _managed(row: dict[str, Any]) -> ManagedRow:
    path = files(__name__) / "managed_policies" / f"{row['name'].rpartition('/')[2]}.json"
    return ManagedRow(**{**row, "date": row["date"].isoformat()}, document=json.loads(path.read_text(encoding="utf-8")))


def managed_policy(arn_suffix: str) -> ManagedRow | None:
    """The managed policy of AWS of this name, such as `service-role/AmazonEBSCSIDriverPolicy`; None: not pinned."""
    return managed_policies().get(arn_suffix)


@cache
def pulumi_types() -> PulumiTypes:
    """The types of pulumi-aws that are known here: mapped, harmless, or doubtful, by their tokens."""
    table = "pulumi_types"
    return PulumiTypes(
        types=MappingProxyType({row["pulumi"]: _pulumi_type(row) for row in _rows(table, "type")}),
        ignored=frozenset(name for row in _rows(table, "ignored") for name in row["properties"]),
        harmless=MappingProxyType({name: row["reason"] for row in _rows(table, "harmless") for name in row["types"]}),
        namespaces=MappingProxyType({name: row["families"] for row in _rows(table, "namespace")
                                     for name in row["names"]}),
        doubtful=MappingProxyType({name: row["families"] for row in _rows(table, "doubtful") for name in row["types"]}),
        elsewhere=frozenset(name for row in _rows(table, "elsewhere") for name in row["packages"]))


def _pulumi_type(row: dict[str, Any]) -> PulumiType:
    spelled = {name: Spelled(to=value) if isinstance(value, str) else Spelled(to=value["to"], how=value["as"])
               for name, value in row.get("properties", {}).items()}
    return PulumiType(**{**row, "properties": MappingProxyType(spelled)})
