"""Which resource, condition and map of an old template is which of a new one.

Resources are paired by their logical id, then by the name they are given, then by saying the same of what is paired
already, and last where one of a type is left on each side. Which are paired decides only which made-up names coincide:
what the two may do is asked all the same, so that no pair is taken on trust.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.diff.renaming import Renaming, mentioned
from conveyor_iac.proofs.template import Resource, Template

NAMING = ("RoleName", "UserName", "GroupName", "ManagedPolicyName", "PolicyName", "InstanceProfileName", "BucketName",
          "QueueName", "TopicName", "FunctionName", "TableName", "LogGroupName", "RepositoryName", "AliasName",
          "ClusterName", "DBInstanceIdentifier", "DBClusterIdentifier", "SecretName", "StateMachineName",
          "LoadBalancerName", "TargetGroupName", "FirewallName", "RuleGroupName", "FirewallPolicyName", "KeyPairName",
          "Name")
"""The properties that name a resource. Source: the "Return values" of each type in the CloudFormation user guide."""


def paired(old: Template, new: Template) -> Renaming:
    """What each resource, condition and map of the old template is called in the new one; the others are left out."""
    maps = _alike(_digests(old.section("Mappings")), _digests(new.section("Mappings")))
    conditions = _alike(_closed(old), _closed(new))
    renaming = Renaming(names={}, conditions=conditions, maps=maps)
    for step in (_by_id, _by_name, _by_body, _by_type):
        renaming = step(old, new, renaming)
    return renaming


def _more(renaming: Renaming, names: Mapping[str, str]) -> Renaming:
    return Renaming(names={**renaming.names, **names}, conditions=renaming.conditions, maps=renaming.maps)


def _left(template: Template, taken: Iterable[str]) -> list[Resource]:
    gone = set(taken)
    return [resource for resource in template.resources.values() if resource.logical_id not in gone]


def _by_id(old: Template, new: Template, renaming: Renaming) -> Renaming:
    return _more(renaming, {name: name for name, resource in old.resources.items()
                            if name in new.resources and new.resources[name].type == resource.type})


def _by_name(old: Template, new: Template, renaming: Renaming) -> Renaming:
    """Those that are given the same name, as far as the names in it are paired; a name that two share tells neither."""
    theirs = _grouped(_left(new, renaming.names.values()), lambda resource: _given(resource, Renaming()))
    mine = _grouped(_left(old, renaming.names), lambda resource: _given(resource, renaming))
    return _more(renaming, _only_ones(mine, theirs))


def _by_body(old: Template, new: Template, renaming: Renaming) -> Renaming:
    """Those that say the same. Of several alike in all they say and are spoken of by, the first is the first."""
    while True:
        known = (renaming.names, {name: name for name in renaming.names.values()})
        found = _like(old, new, renaming, known) or _like(old, new, renaming, ({}, {}))
        if not found:
            return renaming
        renaming = _by_name(old, new, _more(renaming, found))


def _like(old: Template, new: Template, renaming: Renaming, heard: tuple[Mapping[str, str], Mapping[str, str]]
          ) -> dict[str, str]:
    """Those of one colour. heard: the paired ones, by their new names, that count by where they speak of others."""
    before, after = _left(old, renaming.names), _left(new, renaming.names.values())
    mine, theirs = _colours((before, _shown(old, heard[0])), (after, _shown(new, heard[1])), renaming)
    one, other = (_grouped(side, partial(_colour, known)) for side, known in ((before, mine), (after, theirs)))
    if found := _only_ones(one, other):
        return found
    first = next((colour for colour in one if len(one[colour]) == len(other.get(colour, ()))), None)
    return {} if first is None else {one[first][0].logical_id: other[first][0].logical_id}


def _by_type(old: Template, new: Template, renaming: Renaming) -> Renaming:
    """One that is left of its type on each side; then what speaks of it may say the same."""
    while True:
        mine = _grouped(_left(old, renaming.names), lambda resource: resource.type)
        theirs = _grouped(_left(new, renaming.names.values()), lambda resource: resource.type)
        first = next(iter(_only_ones(mine, theirs).items()), None)
        if first is None:
            return renaming
        renaming = _by_body(old, new, _more(renaming, dict([first])))


def _given(resource: Resource, renaming: Renaming) -> str | None:
    names = [(key, renaming.value(resource.properties[key])) for key in NAMING if key in resource.properties]
    return _word([resource.type, names]) if names else None


_Side = tuple[list[Resource], Mapping[str, list[str]]]


def _shown(template: Template, heard: Mapping[str, str]) -> dict[str, list[str]]:
    """The outputs that speak of each resource, and the paired ones that do, with the property where."""
    found: dict[str, list[str]] = {}
    for own, paired_as in heard.items():
        for key, value in template.resources[own].properties.items() if own in template.resources else ():
            for name in mentioned(value):
                found.setdefault(name, []).append(f"{paired_as}.{key}")
    for output, row in template.section("Outputs").items():
        for name in mentioned(row):
            found.setdefault(name, []).append(output)
    return found


def _colours(before: _Side, after: _Side, renaming: Renaming) -> tuple[dict[str, str], dict[str, str]]:
    """What each says, by what the others it speaks of say, as far as that tells more of them apart; lists unordered.

    What is paired already has its new name. What speaks of a resource counts as well, outputs and all: two alike in
    themselves may be told apart by those.
    """
    sides = (before, {name: f"= {new}" for name, new in renaming.names.items()}, renaming), \
        (after, {new: f"= {new}" for new in renaming.names.values()}, Renaming())
    colours = [{resource.logical_id: _digest([resource.type, sorted(shown.get(resource.logical_id, ()))])
                for resource in side} for (side, shown), _, _ in sides]
    count = 0
    while len(found := {*colours[0].values(), *colours[1].values()}) > count:
        count = len(found)
        colours = [_refined(side, Renaming(names={**known, **own}, conditions=names.conditions, maps=names.maps), own)
                   for ((side, _), known, names), own in zip(sides, colours, strict=True)]
    return colours[0], colours[1]


def _refined(resources: list[Resource], renaming: Renaming, own: Mapping[str, str]) -> dict[str, str]:
    said = {resource.logical_id: _digest([own[resource.logical_id], resource.type, _unordered(renaming.resource(
        {key: resource.body[key] for key in ("Properties", "Condition") if key in resource.body}))])
        for resource in resources}
    heard = defaultdict(list)
    for resource in resources:
        for name in mentioned(resource.properties):
            if name in said:
                heard[name].append(said[resource.logical_id])
    return {name: _digest([colour, sorted(heard[name])]) for name, colour in said.items()}


def _colour(known: Mapping[str, str], resource: Resource) -> str:
    return known[resource.logical_id]


def _grouped(resources: Iterable[Resource], key: Callable[[Resource], str | None]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        if (colour := key(resource)) is not None:
            found.setdefault(colour, []).append(resource)
    return found


def _only_ones(mine: Mapping[str, list[Resource]], theirs: Mapping[str, list[Resource]]) -> dict[str, str]:
    return {rows[0].logical_id: theirs[key][0].logical_id for key, rows in mine.items()
            if len(rows) == 1 and len(theirs.get(key, ())) == 1}


def _alike(mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """The new name of what is the same: its own where that is the same, else the first that is."""
    named: dict[str, str] = {}
    for name, digest in theirs.items():
        named.setdefault(digest, name)
    return {name: name if theirs.get(name) == digest else named[digest] for name, digest in mine.items()
            if digest in named}


def _digests(section: Mapping[str, Any]) -> dict[str, str]:
    return {name: _digest(row) for name, row in section.items()}


def _closed(template: Template) -> dict[str, str]:
    """What each condition says once those that it speaks of are written out."""
    rows = template.section("Conditions")
    maps = _digests(template.section("Mappings"))
    found: dict[str, str] = {}

    def close(name: str, above: tuple[str, ...]) -> str:
        if name not in found:
            names = {other: close(other, (*above, name)) for other in _spoken(rows[name])
                     if other in rows and other not in (*above, name)}
            found[name] = _digest(Renaming(conditions=names, maps=maps).condition(rows[name]))
        return found[name]

    return {name: close(name, ()) for name in rows}


def _spoken(row: Any) -> Iterator[str]:
    """The conditions that a condition names."""
    if isinstance(row, dict) and set(row) == {"Condition"}:
        yield str(row["Condition"])
    elif isinstance(row, dict | list):
        for item in row.values() if isinstance(row, dict) else row:
            yield from _spoken(item)


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unordered(item) for key, item in value.items()}
    return sorted((_unordered(item) for item in value), key=_word) if isinstance(value, list) else value


def _word(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _digest(value: Any) -> str:
    return hashlib.sha256(_word(value).encode()).hexdigest()
