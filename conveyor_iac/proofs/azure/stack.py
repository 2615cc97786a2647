"""The resources of Azure in a case: by type, by id, by name, as children; and values of them that are known.

Raises `Undecidable` for a value that is not known: what it is for is then undecided. An id of something outside the
stack names no resource of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from conveyor_iac.model.catalogue.proofs.azure import azure_types
from conveyor_iac.proofs.azure import ids
from conveyor_iac.proofs.azure.contract import Azure
from conveyor_iac.proofs.azure.resources import Resource, Unknown
from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, undecided

NATIVE: Final = "azure-native:"
PACKAGES: Final = ("azure-native", "azuread")
Named = tuple[str, Mapping[str, Any]]
"""A part of something, such as a rule, with its name."""


def known(value: Any, where: str) -> Any:
    """A value that is known; `where` says whose it is."""
    if isinstance(value, Unknown):
        raise Undecidable(f"what {where} is: it {value.reason}")
    return value


def at(one: Resource, path: str) -> Any:
    """What stands at a dotted path of a resource; nothing where nothing does."""
    return inside(one.values, path, one.name)


def inside(value: Any, path: str, where: str) -> Any:
    """What stands at a dotted path of a value."""
    for step in path.split("."):
        value = known(value, where)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise Undecidable(f"what {where} is: it is no mapping")
        value = value.get(step)
        where = f"{where}.{step}"
    return known(value, where)


def rows(one: Resource, path: str) -> list[Any]:
    """The items of a list at a path; none where nothing stands there."""
    found = at(one, path)
    if found is not None and not isinstance(found, list):
        raise Undecidable(f"what {path} of {one.name} is: it is no list")
    return found or []


def merged(inner: Iterable[Named], beside: Iterable[Named], keys: Iterable[str], where: str) -> list[Named]:
    """Parts that stand in a resource and beside it, each once; `Undecidable` where two of one name say other things."""
    found, wanted = list(inner), list(keys)
    own = {name.lower(): row for name, row in found}
    for name, row in beside:
        twin = own.get(name.lower())
        if twin is None:
            found.append((name, row))
        elif any(_compared(twin.get(key), name) != _compared(row.get(key), name) for key in wanted):
            raise Undecidable(f"which of two that are called {name} counts in {where}")
    return found


def _compared(value: Any, name: str) -> Any:
    value = known(value, name)
    if isinstance(value, list):
        value = sorted(str(known(item, name)).lower() for item in value)
    return str(value).lower() if value not in (None, "", []) else None


def is_on(value: Any) -> bool:
    """Whether a setting is on, as a program or a state may write it."""
    return value is True or str(value).lower() == "true"


def judged(what: str, work: Callable[[], Iterator[Answer]]) -> Iterator[Answer]:
    """The answers of a check; one more, undecided, where something it reads is not known, or of another kind."""
    try:
        yield from work()
    except Undecidable as reason:
        yield undecided(f"of {what} it is not known {reason}")
    except (TypeError, AttributeError, ValueError, LookupError):
        yield undecided(f"what {what} says: a value of it is of another kind than its type takes, or is not known")


class Stack:
    """The resources of a case that are of Azure, and its contract."""

    def __init__(self, case: Case) -> None:
        self.contract: Azure | None = case.contract.azure
        self._all = case.template.azure
        self.resources = tuple(one for one in self._all if not one.elsewhere)
        self._ids: dict[str, list[Resource]] = {}
        for one in self._all:
            if one.id and one.package in PACKAGES:
                self._ids.setdefault(ids.plain(one.id), []).append(one)

    def of(self, *types: str, read: bool = False) -> tuple[Resource, ...]:
        """What the stack makes of these types, or also only reads; `network:Subnet` is short for azure-native's."""
        full = {type_ if type_.startswith("azuread:") else NATIVE + type_ for type_ in types}
        return tuple(one for one in (self._all if read else self.resources) if one.type in full)

    def named(self, name: str) -> Resource | None:
        """The resource of a name."""
        return next((one for one in self._all if one.name == name), None)

    def by_id(self, id: str) -> Resource | None:
        """The resource of an id, made rather than read; `Undecidable` where two of one type are made with it."""
        found = self._ids.get(ids.plain(id), [])
        made = [one for one in found if not one.elsewhere]
        if len({one.type for one in made}) < len(made):
            raise Undecidable(f"which of {' and '.join(one.name for one in made)} counts: they have one id")
        return next(iter(made or found), None)

    def not_here(self, one: Resource, path: str) -> list[str]:
        """The ids of a list that the state tells, of which the stack makes nothing; its names where no id is told."""
        told = [(inside(row, "id", f"{path} of {one.name}"), row.get("name")) for row in rows(one, path)]
        return [str(id or name) for id, name in told if not id or self.by_id(str(id)) is None]

    def target(self, value: Any, where: str) -> tuple[str, Resource | None]:
        """What a reference names: its id, and the resource where it is of the stack. Empty where there is none."""
        value = known(value, where)
        id = known(value.get("id"), f"{where}.id") if isinstance(value, Mapping) else value
        return (str(id), self.by_id(str(id))) if id else ("", None)

    def children(self, parent: Resource, type_: str, key: str) -> list[Resource]:
        """The resources of a type that lie in another one: by their ids, else by the name that `key` holds."""
        return [one for one in self.of(type_) if self._lies(one, parent, key)]

    def _lies(self, one: Resource, parent: Resource, key: str) -> bool:
        if one.id and parent.id:
            return ids.same(ids.parent(one.id), parent.id)
        own = {str(value).lower() for name, value in parent.given.items() if name.lower() == key.lower()}
        told = known(one.given.get(key), f"{one.name}.{key}")
        if own and own != {str(told).lower()}:
            return False
        raise Undecidable(f"whether {one.name} lies in {parent.name}: their ids are not known yet")

    def subscription(self, text: str) -> str:
        """The id of a subscription that a contract names: itself, or that of an alias."""
        alias = self.named(text)
        if alias is None or ids.is_guid(text):
            return text.lower()
        found = at(alias, "properties.subscriptionId")
        if not found:
            raise Undecidable(f"which subscription {text} makes")
        return str(found).lower()

    def lies_in(self, one: Resource) -> str:
        """The subscription that a resource lies in; empty for one of a tenant or a management group."""
        if one.id:
            return ids.subscription_of(one.id)
        if told := known(one.subscription, f"the subscription of {one.name}"):
            return str(told).lower()
        raise Undecidable(f"which subscription {one.name} lies in")

    def strangers(self, claim: str) -> Iterator[Answer]:
        """What is undecided of a claim (its name without `azure.`) for types that nobody knows here."""
        for one in self.resources:
            if why := _strange(one, claim):
                yield undecided(f"what {one.name} does, of the type {one.type}, {why}")


def stack_of(case: Case) -> Stack:
    """The resources of Azure of a case."""
    found: Stack = case.once("azure", lambda: Stack(case))
    return found


def has(case: Case, *types: str) -> bool:
    """Whether a case's stack makes anything of these types."""
    return bool(stack_of(case).of(*types))


def agreed(case: Case) -> bool:
    """Whether the contract speaks of Azure."""
    return case.contract.azure is not None


def _strange(one: Resource, claim: str) -> str:
    table = azure_types()
    if one.package not in PACKAGES:
        return "is not known here: it may do anything"
    if claim in table.doubtful.get(one.type, ()):
        return "may concern this claim, and is not read"
    if one.type in table.known or one.type in table.doubtful:
        return ""
    module = one.type.split(":")[1].partition("/")[0].lower() if one.package == "azure-native" else one.package
    concerned = table.namespaces.get(module, ("no-public-address",))
    if "RoleAssignment" in one.type:
        concerned = (*concerned, "roles-as-agreed")
    return "is not known here" if claim in concerned or "*" in concerned else ""
