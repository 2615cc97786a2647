"""What `pulumi stack export` and `pulumi preview --json` print, read into plain resources.

Knows both shapes and refuses whatever would leave resources out without a word: a preview that hides what stays the
same or that failed, an export with operations pending, a state file. Refuses to know what a resource means.
Source: https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/ and …/pulumi_preview/.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.proofs.pulumi.values import Secrets, Untold, read

MOST_BYTES = 64 * 1024 * 1024
"""A state repeats every policy document; a template of the same resources is a tenth of it."""
VERSION = 3
_EXPORT, _PREVIEW = "stack export", "preview"
_TALK = re.compile(r"\s*(Previewing|Updating|Refreshing|View (?:Live|in Browser)|Please choose a stack)\b")
_DELETED = frozenset({"delete", "delete-replaced"})
_GONE = _DELETED | {"discard", "discard-replaced", "remove-pending-replace"}
_CHANGED = frozenset({"update", "refresh"})
_EXPORT_IT = "Give what pulumi stack export --show-secrets prints"
_HALF_DONE = {"initErrors": "no update of a resource has failed: nobody knows how much of its inputs it has",
              "pendingReplacement": "no replacement is half done: the resource is deleted already"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One resource as the engine keeps it. `identity` are outputs that tell what it is called, and nothing else.

    `leaving` is one that a replacement has not deleted yet, or that stays in AWS when it leaves the stack: it is still
    there. `provider` is the URN and id of the one that made it.
    """

    type: str
    name: str
    urn: str = ""
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = True
    external: bool = False
    leaving: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The resources of a stack, where they were read from, and what was secret in them."""

    source: str
    resources: tuple[Plain, ...]
    secrets: Secrets


def looks_like_one(body: Any) -> bool:
    """Whether a value is what Pulumi prints, or a state file of it."""
    return isinstance(body, dict) and "Resources" not in body and (
        "deployment" in body or "steps" in body or "checkpoint" in body or "changeSummary" in body)


def talks(text: str) -> bool:
    """Whether a text is what Pulumi prints for people to read."""
    return _TALK.match(text) is not None


def state_of(body: Mapping[str, Any], name: str) -> State:
    """The resources of what Pulumi printed; `InputError` with every fault."""
    if "checkpoint" in body:
        raise InputError([_fault(name, "a state file", "is what a command of Pulumi prints", _EXPORT_IT)])
    if "deployment" in body:
        faults, rows, source = list(_export_faults(body, name)), _exported, _EXPORT
    else:
        faults, rows, source = list(_preview_faults(body, name)), _previewed, _PREVIEW
    if faults:
        raise InputError(faults)
    secrets = Secrets()
    found = plains(rows(body), secrets, name)
    if not any(one.custom and not one.type.startswith("pulumi:") for one in found):
        raise InputError([_fault(name, "no resource", "a stack holds at least one resource",
                                 "Run pulumi up, or give a preview of the whole stack")])
    return State(source=source, resources=found, secrets=secrets)


def plains(rows: Iterable[Mapping[str, Any]], secrets: Secrets, name: str) -> tuple[Plain, ...]:
    """The resources of a state, or of mappings with type, name, inputs and outputs; `InputError` with every fault."""
    given = list(rows)
    faults = [_fault(f"{name}: {row.get('urn') or row.get('name')}: {part}", "not known", "is a mapping", _EXPORT_IT)
              for row in given for part in ("inputs", "outputs", "identity")
              if not isinstance(read(row.get(part) or {}, Secrets()), dict)]
    if faults:
        raise InputError(faults)
    return tuple(_plain(row, secrets) for row in given)


def _plain(row: Mapping[str, Any], secrets: Secrets) -> Plain:
    urn = str(row.get("urn") or "")
    inputs, outputs, identity = (read(row.get(part) or {}, secrets) for part in ("inputs", "outputs", "identity"))
    return Plain(type=str(row["type"]), name=str(row.get("name") or urn.rpartition("::")[2]), urn=urn,
                 id=_id(row.get("id")), inputs=inputs, outputs=outputs, identity={**identity, **outputs},
                 custom=bool(row.get("custom", True)), external=bool(row.get("external", False)),
                 leaving=bool(row.get("delete", False)), provider=str(row.get("provider") or ""))


def _id(value: Any) -> str:
    found = read(value, Secrets())
    return "" if found is None or isinstance(found, Untold) else str(found)


def _exported(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from ({"custom": False, **row} for row in body["deployment"]["resources"])


def _export_faults(body: Mapping[str, Any], name: str) -> Iterator[Fault]:
    if body.get("version") != VERSION:
        yield _fault(f"{name}: version", str(body.get("version")), f"is {VERSION}",
                     "Export it with a version of Pulumi that writes this one")
        return
    deployment = body["deployment"]
    if not isinstance(deployment, dict) or not isinstance(deployment.get("resources") or [], list):
        yield _fault(f"{name}: deployment", type(deployment).__name__, "is a mapping with resources", _EXPORT_IT)
        return
    if not deployment.get("resources"):
        yield _fault(f"{name}: deployment.resources", "nothing", "a stack holds at least one resource",
                     "Run pulumi up first, or give what pulumi preview --json prints")
    if pending := deployment.get("pending_operations"):
        yield _fault(f"{name}: deployment.pending_operations", str(len(pending)),
                     "no operation is pending: nobody knows what such a one has made",
                     "Run pulumi refresh, and export again")
    yield from _row_faults(deployment.get("resources") or (), f"{name}: deployment.resources")


def _previewed(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The state of each resource after the update; what stays as it is has its id and outputs in the older state."""
    found: dict[tuple[str, bool], Mapping[str, Any]] = {}
    for step, left in _left(body["steps"]):
        op, old = step["op"], step.get("oldState") or {}
        row = {"custom": False, **left}
        if op in _GONE:
            row["delete"] = True
        elif op == "same" or op in _CHANGED:
            row |= {"id": left.get("id") or old.get("id"), "identity": old.get("outputs")}
            row["outputs"] = left.get("outputs") or old.get("outputs") if op == "same" else _after(left, old)
        found[str(step.get("urn")), op in _GONE] = row
    yield from found.values()


def _left(steps: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """What is there after each step: also what is taken from the stack and retained in AWS."""
    for step in steps:
        old = step.get("oldState")
        if step["op"] not in _GONE:
            yield step, step.get("newState")
        elif step["op"] in _DELETED and isinstance(old, dict) and old.get("retainOnDelete"):
            yield step, old


def _after(new: Mapping[str, Any], old: Mapping[str, Any]) -> Any:
    """The outputs after an update: those that the program never asked for stay as they were."""
    told, before = new.get("outputs") or {}, old.get("outputs") or {}
    if not isinstance(told, dict) or not isinstance(before, dict):
        return told or before
    asked = {*(old.get("inputs") or ()), *(new.get("inputs") or ())}
    return {key: value for key, value in before.items() if key not in asked} | told


def _preview_faults(body: Mapping[str, Any], name: str) -> Iterator[Fault]:
    steps = body.get("steps") or []
    if not isinstance(steps, list) or not all(isinstance(step, dict) and "op" in step for step in steps):
        yield _fault(f"{name}: steps", type(steps).__name__, "is a list of steps",
                     "Give what pulumi preview --json --show-sames prints")
        return
    if any(row.get("severity") == "error" for row in body.get("diagnostics") or () if isinstance(row, dict)):
        yield _fault(f"{name}: diagnostics", "an error", "the preview ended well", "Mend it, and preview again")
    if not steps:
        yield _fault(f"{name}: steps", "nothing", "a preview has at least one resource",
                     "Give what pulumi preview --json --show-sames prints")
    same = sum(1 for step in steps if step["op"] == "same" and not _is_stack(step))
    hidden = int((body.get("changeSummary") or {}).get("same", 0)) - same
    if hidden > sum(1 for step in steps if step["op"] == "same" and _is_stack(step)):
        yield _fault(f"{name}: steps", f"{hidden} resources left out", "a preview tells of what stays the same too",
                     "pulumi preview --json --show-sames")
    yield from _row_faults([left for _, left in _left(steps)], f"{name}: steps")


def _is_stack(step: Mapping[str, Any]) -> bool:
    return "pulumi:pulumi:Stack::" in str(step.get("urn"))


def _row_faults(rows: Iterable[Any], path: str) -> Iterator[Fault]:
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("type"), str):
            yield _fault(f"{path}.{index}", type(row).__name__, "a resource is a mapping with a type", _EXPORT_IT)
            continue
        for key in filter(row.get, _HALF_DONE):
            yield _fault(f"{path}.{index}.{key}", str(row.get("urn")), _HALF_DONE[key],
                         "Run pulumi up, and export again")


def _fault(path: str, value: str, rule: str, way_out: str) -> Fault:
    return Fault(path=path, value=value, rule=rule, way_out=way_out)
