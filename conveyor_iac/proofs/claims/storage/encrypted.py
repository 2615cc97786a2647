"""storage.encrypted: whatever in the template keeps data keeps it encrypted."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims.storage.kinds import DISKS, KINDS, Kind
from conveyor_iac.proofs.network.resolved import flag, items, mapping, resolved, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    source, parameters = resolved(case), case.template.section("Parameters")
    for kind in KINDS:
        keys = _keys(*kind.by, kind.without, *kind.inherits)
        for resource in case.template.of_type(kind.type):
            for world in source.worlds((resource, keys)):
                if resource.condition is None or world.conditions[resource.condition]:
                    row = source.properties(resource, world, *keys)
                    yield _answer(kind, resource, world, row, parameters)
    for type_, path in DISKS.items():
        keys = _keys(path)
        for resource in case.template.of_type(type_):
            for world in source.worlds((resource, keys)):
                if resource.condition is None or world.conditions[resource.condition]:
                    yield from _disks(resource, world, at(source.properties(resource, world, *keys), path))


def _keys(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.partition(".")[0] for path in paths if path))


def at(row: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of properties, or nothing."""
    found: Any = row
    for key in path.split("."):
        found = mapping(found).get(key)
    return found


def _answer(kind: Kind, resource: Resource, world: World, row: Mapping[str, Any], parameters: Container[str]) -> Answer:
    example = {"resource": resource.logical_id, "type": resource.type, "conditions": world.described()}
    if kind.without and kind.without in row:
        return proved()
    said = {path: _says(path, found, parameters) for path in kind.by if (found := at(row, path)) is not None}
    if True in said.values():
        return proved()
    if None in said.values():
        return undecided(f"whether {resource.logical_id} is encrypted is decided at deployment")
    if said and not (kind.default and kind.off not in said):
        return refuted({**example, "because": f"{next(iter(said))} is off"})
    if kind.default:
        return proved(f"{resource.logical_id}: {kind.default}")
    if handed := [key for key in kind.inherits if key in row]:
        return undecided(f"{resource.logical_id} is encrypted if what {handed[0]} names is")
    return refuted({**example, "because": f"{kind.by[0]} is not given, and nothing else encrypts it"})


def _says(path: str, value: Any, parameters: Container[str]) -> bool | None:
    """Whether a property encrypts: a switch that is on, or a key or settings that are named."""
    if path.endswith(("Encrypted", "Enabled")):
        return flag(value)
    found = text(value)
    if found is None:
        return bool(value)
    if found.literal is not None:
        return found.literal != ""
    may_be_empty = len(found.parts) == 1 and found.unknowns[0].name in parameters and found.unknowns[0].domain.holds("")
    return None if may_be_empty else True


def _disks(resource: Resource, world: World, value: Any) -> Iterator[Answer]:
    rows = items(value)
    if not rows:
        yield undecided(f"the disks of {resource.logical_id} are as its image and its account have them")
    for row in rows or ():
        disk = mapping(row).get("Ebs")
        if disk is None:
            continue
        on = flag(mapping(disk).get("Encrypted"))
        if "Encrypted" not in mapping(disk) and "SnapshotId" in mapping(disk):
            yield undecided(f"a disk of {resource.logical_id} is encrypted if its snapshot is")
        elif on is None and "Encrypted" in mapping(disk):
            yield undecided(f"whether a disk of {resource.logical_id} is encrypted is decided at deployment")
        elif not on:
            yield refuted({"resource": resource.logical_id, "type": resource.type, "conditions": world.described(),
                           "because": "a disk does not say Encrypted: true"})
        else:
            yield proved()


def _asked(case: Case) -> bool:
    return bool(case.template.of_type(*(kind.type for kind in KINDS), *DISKS))


CLAIM = Claim(
    id="storage.encrypted",
    title="Whatever in the template keeps data keeps it encrypted",
    why="A disk, a copy or a snapshot that is read elsewhere gives nothing away.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html",
    asked=_asked,
    check=_check,
    axioms=("Services encrypt by default where AWS documents that they do; the notes name each such resource.",
            "An account's setting that encrypts every new disk is not counted."),
)
