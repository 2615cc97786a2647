"""What the recording provider answers for the package `azuread`: ids, object ids, replacements, enums that are text.

Knows how Microsoft Entra's objects are told apart (by a UUID, which is the `id` of most and the end of a group's),
what cannot change, and from `entra.toml` which text is an enum in truth. Refuses to know a type without a row, and
whether an object exists in the tenant.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from tests.engine import kinds
from tests.engine.aws import Refused
from tests.engine.azure import CLIENT, OBJECT, TENANT, is_uuid, made_uuid
from tests.engine.azure_rows import Given
from tests.engine.kinds import Mistake, NoSuchType

TABLE = Path(__file__).with_name("entra.toml")


@dataclass(frozen=True, kw_only=True)
class Where:
    """The tenant that a provider works in."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A resource type.

    Args:
        id: its ids, of `{uuid}`, `{origin}` and the inputs' own names.
        out: its computed outputs, of the same words and `{object}`, the UUID in the id.
        fixed: properties that cannot change, as the provider's documentation says or, for the catalog of an access
            package, its source: the documentation leaves that out.
        absent: what Entra takes for a property that is not given.
    """

    id: str = "{uuid}"
    out: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


ROWS: dict[str, Row] = {
    "group:Group": Row(id="/groups/{uuid}", out={"objectId": "{object}"}, fixed=(
        "assignableToRole", "behaviors", "mailNickname", "provisioningOptions", "types")),
    "servicePrincipal:ServicePrincipal": Row(
        out={"objectId": "{object}", "displayName": "application {clientId}", "type": "Application",
             "applicationTenantId": "{tenant}", "servicePrincipalNames": ["{clientId}"]}, fixed=("clientId",)),
    "accessPackageCatalog:AccessPackageCatalog": Row(),
    "accessPackageResourceCatalogAssociation:AccessPackageResourceCatalogAssociation": Row(
        id="{catalogId}/{resourceOriginId}", fixed=("catalogId", "resourceOriginId", "resourceOriginSystem")),
    "accessPackage:AccessPackage": Row(fixed=("catalogId",)),
    "accessPackageResourcePackageAssociation:AccessPackageResourcePackageAssociation": Row(
        id="{accessPackageId}/{uuid}/{origin}/{accessType}", absent={"accessType": "Member"},
        fixed=("accessPackageId", "catalogResourceAssociationId", "accessType")),
    "accessPackageAssignmentPolicy:AccessPackageAssignmentPolicy": Row(),
}


class AzureAd:
    """The package `azuread` in one tenant, which a provider may be told otherwise."""

    name = "azuread"

    def __init__(self, *, tenant: str = TENANT) -> None:
        self._tenant = tenant
        self.version = version("pulumi-azuread")

    def where(self, settings: Given) -> Where:
        return Where(tenant=str(settings.get("tenantId") or self._tenant))

    def mistakes(self, token: str, inputs: Given) -> list[Mistake]:
        """What is wrong with the inputs of a resource, all at once: see `kinds` and `entra.toml`."""
        try:
            _row(token)
            found = kinds.mistakes(token, inputs)
        except (NoSuchType, Refused) as why:
            return [("", str(why))]
        paths = {path for path, _ in found}
        return found + [one for one in (*_enums(token, inputs), *_ids(token, inputs)) if one[0] not in paths]

    def replaces(self, token: str, changed: set[str]) -> list[str]:
        """Those of the changed properties that need a new resource."""
        return sorted(changed & {*_row(token).fixed})

    def identify(self, token: str, name: str, seed: str, given: Given, where: Where) -> str:
        """The id of a new resource, the same for the same *seed*."""
        row = _row(token)
        origin = str(given.get("catalogResourceAssociationId", "")).rpartition("/")[2]
        return row.id.format_map({"uuid": made_uuid(token, seed), "origin": origin, **row.absent, **given})

    def computed(self, token: str, name: str, id: str, given: Given, where: Where) -> dict[str, Any]:
        """The outputs that are no inputs."""
        row, words = _row(token), {**given, "object": id.rpartition("/")[2], "tenant": where.tenant}
        out = {**row.out, **row.absent}
        return {key: _filled(value, words) for key, value in out.items() if given.get(key) is None}

    def clashes(self, token: str, given: Given, other: Given) -> str:
        """What is told apart by its path cannot be there twice."""
        same = "/" in given["id"].strip("/") and given["id"] == other["id"]
        return f"is {other['id']} already" if same else ""

    def goes_with(self, token: str, given: Given, other: Given) -> bool:
        """Nothing goes because another resource of its type is deleted."""
        return False

    def kept(self, token: str, given: Given) -> dict[str, Any]:
        """The inputs of a resource as they are."""
        return dict(given)

    def unknown(self, token: str, given: Given) -> list[str]:
        """The outputs that a preview cannot know."""
        return sorted(key for key in _row(token).out if given.get(key) is None)

    def invoke(self, token: str, args: Given, where: Where) -> dict[str, Any]:
        """The answer of a function; Refused for all but who is signed in and an application's service principal."""
        if token == "azuread:index/getClientConfig:getClientConfig":
            return {"clientId": CLIENT, "objectId": OBJECT, "tenantId": where.tenant, "id": f"{where.tenant}-{CLIENT}"}
        if token == "azuread:index/getServicePrincipal:getServicePrincipal":
            return _principal(args, where)
        raise Refused(f"the recording provider does not know the function {token}")


def _principal(args: Given, where: Where) -> dict[str, Any]:
    """The service principal of an application: there is one of each in a tenant."""
    client, object = args.get("clientId"), args.get("objectId")
    if not client and not object:
        raise Refused("getServicePrincipal: clientId or objectId has to be given")
    client = client or made_uuid("application", str(object))
    object = object or made_uuid(where.tenant, str(client))
    return {"clientId": client, "objectId": object, "id": f"/servicePrincipals/{object}", "accountEnabled": True,
            "displayName": f"application {client}", "applicationTenantId": where.tenant, "type": "Application",
            "servicePrincipalNames": [client]}


@cache
def table() -> dict[str, Any]:
    """The enums and the UUIDs, as `entra.toml` has them."""
    return tomllib.loads(TABLE.read_text())


def _enums(token: str, inputs: Given) -> Iterator[Mistake]:
    for enum in table()["enum"]:
        if f"azuread:index/{enum['type']}" == token:
            for path, value, beside in found(inputs, enum["path"]):
                word = _word(value, enum)
                if word is None:
                    yield path, f"is {value!r}, not one of {', '.join(enum['values'])}: {enum['source']}"
                elif word in enum.get("object", ()) and not beside.get("objectId"):
                    yield f"{path.rpartition('.')[0]}.objectId", f"is required beside {word} and missing"


def _word(value: Any, enum: Mapping[str, Any]) -> str | None:
    """The table's word for a value."""
    anyhow = enum.get("any_case", False)
    return next((one for one in enum["values"] if one == value or (anyhow and one.lower() == str(value).lower())), None)


def _ids(token: str, inputs: Given) -> Iterator[Mistake]:
    for path in table()["uuids"].get(token.partition("/")[2], ()):
        yield from ((at, f"is {value!r}, not a UUID") for at, value, _ in found(inputs, path) if not is_uuid(value))


def found(value: Any, path: str, at: str = "", beside: Given | None = None) -> Iterator[tuple[str, Any, Given]]:
    """The values of a path such as `requestors[].objectId`: where each is, itself, and the object that it is in."""
    if value is None or value == UNKNOWN:
        return
    if not path:
        yield at, value, beside or {}
    elif path.startswith("[]"):
        for number, one in enumerate(value if isinstance(value, list) else []):
            yield from found(one, path[2:].lstrip("."), f"{at}[{number}]", beside)
    elif isinstance(value, dict):
        key, rest = _first(path)
        yield from found(value.get(key), rest, f"{at}.{key}".lstrip("."), value)


def _first(path: str) -> tuple[str, str]:
    """The first name of a path, and what follows it."""
    end = min((place for place in (path.find("."), path.find("[")) if place >= 0), default=len(path))
    return path[:end], path[end:].lstrip(".")


def _row(token: str) -> Row:
    row = ROWS.get(token.removeprefix("azuread:index/"))
    if not row:
        raise Refused(f"the recording provider has no row for {token}: add one to tests/engine/azuread.py")
    return row


def _filled(value: Any, words: Given) -> Any:
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    return value.format_map(words) if isinstance(value, str) else value
