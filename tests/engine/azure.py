"""What the recording provider answers for the package `azure-native`: ids, computed outputs, replacements, refusals.

Knows what to do with the rows of `azure_rows`. All answers are made from the resource's id, so the same program gives
the same ones. Refuses to know a type without a row. Of Azure's own laws it knows four: an id stands once, what cannot
stand beside what, whose children are written one after another, and that enums are all there is, in any case of
letters.

It follows the real provider in three things: what stands in a resource's path cannot change, what is replaced is
deleted first, and a provider whose subscription changes is no reason to replace anything. It does not look up a
resource group's location for a resource that is given none, and a location spelled otherwise is another one to it.
"""

import hashlib
import re
import typing
import uuid
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from pulumi import _types as generated
from pulumi.runtime.rpc import UNKNOWN

from tests.engine import arm, kinds
from tests.engine.aws import Refused
from tests.engine.azure_rows import ROWS, Given, Row, alike, fields
from tests.engine.kinds import Mistake, NoSuchType

TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
CLIENT, OBJECT = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
"""Who is signed in: the application and its object in the tenant."""

@dataclass(frozen=True, kw_only=True)
class Where:
    """The tenant and subscription that a provider works in."""

    tenant: str
    subscription: str


_STANDARD = {"etag": 'W/"{uuid}"', "resourceGuid": "{uuid}", "provisioningState": "Succeeded", "name": "{own}"}
"""Outputs that many types have and that mean the same in all of them."""


class AzureNative:
    """The package `azure-native` as one who is signed in to a tenant and a subscription of it.

    Args:
        tenant: the tenant, and subscription: the subscription, of a provider that is not told another one.
    """

    name = "azure-native"
    deletes_first = True

    def __init__(self, *, tenant: str = TENANT, subscription: str = SUBSCRIPTION) -> None:
        self._here = Where(tenant=tenant, subscription=subscription)
        self.version = version("pulumi-azure-native")

    def where(self, settings: Given) -> Where:
        """Where a provider of these settings works; a subscription may not be known yet."""
        return Where(tenant=str(settings.get("tenantId") or self._here.tenant),
                     subscription=str(settings.get("subscriptionId") or self._here.subscription))

    def mistakes(self, token: str, inputs: Given) -> list[Mistake]:
        """What is wrong with the inputs of a resource, all at once: see `kinds`, and `arm` where its data is here."""
        try:
            row = _row(token)
            found = [one for one in kinds.mistakes(token, inputs, closed=True) if not _mixed_up(row, one)]
        except (NoSuchType, Refused) as why:
            return [("", str(why))]
        found += [(name, f"is {inputs[name]!r}, not a UUID") for name in row.uuids
                  if inputs.get(name) not in (None, UNKNOWN) and not is_uuid(inputs[name])]
        paths = {path for path, _ in found}
        more = [] if row.undefined else arm.mistakes(token, inputs)
        return found + [(path, why) for path, why in more if path not in paths]

    def replaces(self, token: str, changed: set[str]) -> list[str]:
        """Those of the changed properties that need a new resource: its path has them, or the row does."""
        row = _row(token)
        return sorted(changed & {*fields(row.id), *row.replaced, "location"})

    def identify(self, token: str, name: str, seed: str, given: Given, where: Where) -> str:
        """The id of a new resource, the same for the same *seed*."""
        row, made = _row(token), _words(f"{token} {seed}", where)
        own = fields(row.id)[-1]
        words = {**made, **{key: _bare(value) for key, value in given.items() if value is not None}}
        words.setdefault(own, row.unnamed.format_map({**made, "name": name}))
        return "/" + row.id.format_map(words).lstrip("/")

    def computed(self, token: str, name: str, id: str, given: Given, where: Where) -> dict[str, Any]:
        """The outputs that are no inputs, and the inputs that Azure adds to."""
        row, own = _row(token), id.rsplit("/", 1)[1]
        words = {**_words(f"{token} {id}", where), **given, "id": id, "own": own, "called": own.lower()}
        standard = {key: value for key, value in _STANDARD.items() if key in _outputs(token)}
        out = {key: filled_up(given.get(key), _filled(value, given, words))
               for key, value in {**standard, **row.out}.items()}
        out |= {"type": given.get("type") or arm_type(token), "azureApiVersion": api_version(token)}
        return {key: _told(value) for key, value in out.items() if value is not None}

    def clashes(self, token: str, given: Given, other: Given) -> str:
        """Why Azure refuses a resource because of another one of its type that stands; both with their ids."""
        row = _row(token)
        if alike(given["id"], other["id"]):
            return f"is {other['id']}: cannot create already existing resource"
        if row.once and all(given.get(one) is not None and alike(given[one], other.get(one)) for one in row.once):
            return f"has the same {' and '.join(row.once)}"
        siblings = alike(_parent(given["id"]), _parent(other["id"]))
        return row.apart(given, other) if siblings else ""

    def turn(self, token: str, id: str) -> tuple[str, str] | None:
        """The parent whose children are written one after another, and the error of a second one meanwhile."""
        code = _row(token).turn
        return (_parent(id).lower(), f"{code}: {_parent(id)} is being written to") if code else None

    def goes_with(self, token: str, given: Given, other: Given) -> bool:
        """Nothing goes because another resource of its type is deleted."""
        return False

    def kept(self, token: str, given: Given) -> dict[str, Any]:
        """The inputs of a resource as they are: the real provider holds new inputs against old ones."""
        return dict(given)

    def unknown(self, token: str, given: Given) -> list[str]:
        """The outputs that a preview cannot know."""
        standard = {key for key in _STANDARD if key in _outputs(token) and given.get(key) is None}
        inputs = kinds.properties(token)
        filled = {key for key, value in _row(token).out.items() if isinstance(value, dict) or (
            (key not in inputs or given.get(key) is not None) if callable(value) else given.get(key) is None)}
        return sorted(standard | filled | {"type", "azureApiVersion"} - given.keys())

    def invoke(self, token: str, args: Given, where: Where) -> dict[str, Any]:
        """The answer of a function; Refused for all but the one that says who is signed in."""
        if token != "azure-native:authorization:getClientConfig":
            raise Refused(f"the recording provider does not know the function {token}")
        return {"clientId": CLIENT, "objectId": OBJECT, "subscriptionId": where.subscription,
                "tenantId": where.tenant}


def made_uuid(*seeds: str) -> str:
    """A UUID of version 4's form that is the same for the same seeds."""
    return str(uuid.UUID(bytes=hashlib.sha256(" ".join(seeds).encode()).digest()[:16], version=4))


def is_uuid(value: Any) -> bool:
    """Whether it is a UUID with its hyphens and nothing around it."""
    return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(value), re.IGNORECASE))


def filled_up(given: Any, more: Any) -> Any:
    """What the program gave with what Azure adds to it, at any depth; what the program gave stays."""
    if isinstance(given, dict) and isinstance(more, dict):
        return {**more, **{key: filled_up(value, more.get(key)) for key, value in given.items()}}
    if isinstance(given, list) and isinstance(more, list) and len(given) == len(more):
        return [filled_up(one, two) for one, two in zip(given, more, strict=True)]
    return more if given is None else given


@cache
def arm_type(token: str) -> str:
    """Azure's own name of a type, such as `Microsoft.Network/virtualNetworks/subnets`."""
    _, found, path = _row(token).id.rpartition("/providers/")
    space, *levels = path.split("/")
    return "/".join((space, *levels[::2])) if found else "Microsoft.Resources/resourceGroups"


@cache
def api_version(token: str) -> str:
    """The version of Azure's interface that the package uses for a type, which its documentation says."""
    cls: Any = kinds.resource(token)
    said = " ".join(one.__doc__ or "" for one in typing.get_overloads(cls.__init__))
    found = re.search(r"Uses Azure REST API version ([0-9]{4}(?:-[0-9]{2}){2}(?:-preview)?)", said)
    if not found:
        raise NoSuchType(f"the documentation of {token} says no API version")
    return found[1]


@cache
def _outputs(token: str) -> frozenset[str]:
    return frozenset(generated.resource_types(kinds.resource(token)))


def _words(seed: str, where: Where) -> dict[str, Any]:
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return {"subscription": where.subscription, "tenant": where.tenant, "hex8": digits[:8],
            "byte": 4 + int(digits[:2], 16) % 250, "uuid": made_uuid(seed), "client": made_uuid(seed, "client"),
            "principal": made_uuid(seed, "principal"), "subscription_made": made_uuid(seed, "subscription")}


def _mixed_up(row: Row, mistake: Mistake) -> bool:
    """Whether a mistake is the package's own: it holds a value that Azure knows against another type's enum."""
    path, why = mistake
    known = row.mixed_up.get(re.sub(r"\[\d+]", "", path), ())
    return any(why.startswith(f"is {value!r}, not one of") for value in known)


def _told(value: Any) -> Any:
    """An output as azure-native tells it: the identities that a program lists come back as an object, by their ids."""
    if not isinstance(value, dict):
        return value
    return {key: {id: {"principalId": made_uuid(id, "principal"), "clientId": made_uuid(id, "client")} for id in one}
            if key == "userAssignedIdentities" and isinstance(one, list) else one for key, one in value.items()}


def _bare(value: Any) -> Any:
    """A scope as the path has it, without slashes around it."""
    return value.strip("/") if isinstance(value, str) else value


def _parent(id: str) -> str:
    return id.rsplit("/", 2)[0]


def _row(token: str) -> Row:
    row = ROWS.get(token.partition(":")[2])
    if not row:
        raise Refused(f"the recording provider has no row for {token}: add one to tests/engine/azure_rows.py")
    return row


def _filled(value: Any, given: Given, words: Given) -> Any:
    if callable(value):
        return value(given, words)
    if isinstance(value, dict):
        return {key: _filled(one, given, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, given, words) for one in value]
    return value.format_map(words) if isinstance(value, str) else value
