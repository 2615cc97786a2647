"""Both templates of a question read side by side: the worlds that tell them apart, and what each says in one.

Knows that what is equal on both sides, word by word, in the same names, opens nothing; refuses to call anything equal
whose words differ.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.claim import Case, OutOfTime
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.network.resolved import resolved
from conveyor_iac.proofs.scope import Undecidable, World
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, undecided

Read = Mapping[str, tuple[str, ...]]
"""Types, and which of their properties are read; none named: all."""


def sides(joint: Joint) -> tuple[Case, Case]:
    """The one that must cover, and the one asked about."""
    return joint.before, joint.after


def worlds(joint: Joint, read: Read) -> tuple[World, ...]:
    """Every way the conditions can fall out that resources of these types depend on, on either side."""
    names = {name for case in sides(joint) for world in resolved(case).within(World(), read)
             for name in world.conditions}
    return joint.after.conditions.worlds(tuple(sorted(names)))


def worlds_of(joint: Joint, name: str, keys: tuple[str, ...]) -> tuple[World, ...]:
    """The same of one resource, wherever it is."""
    names: set[str] = set()
    for case in sides(joint):
        if (resource := case.template.resources.get(name)) is not None:
            names |= {one for world in resolved(case).worlds((resource, keys)) for one in world.conditions}
    return joint.after.conditions.worlds(tuple(sorted(names)))


def rows(case: Case, world: World, *types: str, keys: tuple[str, ...] = ()) -> dict[str, Mapping[str, Any]]:
    """What the resources of these types say in a world, by their names."""
    source = resolved(case)
    return {one.logical_id: source.properties(one, world, *keys) for one in source.made(world, *types)}


def row(case: Case, world: World, name: str, *keys: str) -> Mapping[str, Any] | None:
    """What one resource says in a world; nothing where it is not made."""
    resource = case.template.resources.get(name)
    if resource is None or (resource.condition is not None and not world.conditions[resource.condition]):
        return None
    return resolved(case).properties(resource, world, *keys)


def same(joint: Joint, is_read: Callable[[Resource], bool], but: frozenset[str] = frozenset()) -> bool:
    """Whether the resources that a judge reads are equal on both sides, but for some properties."""
    mine, theirs = (_said(case.template, is_read, but) for case in sides(joint))
    return mine == theirs


def _said(template: Template, is_read: Callable[[Resource], bool], but: frozenset[str]) -> dict[str, Any]:
    return {name: (one.type, one.condition, {key: value for key, value in one.properties.items() if key not in but})
            for name, one in template.resources.items() if is_read(one)}


def same_one(joint: Joint, name: str) -> bool:
    """Whether one resource is made on the same condition and says the same on both sides."""
    return same(joint, lambda resource: resource.logical_id == name, frozenset({"Tags"}))


def judged(joint: Joint, kind: Kind, subjects: Callable[[], Iterable[str]], judge: Callable[[str], Answer]
           ) -> Iterator[Found]:
    """What comes of each subject; what cannot be worked out is undecided, with the reason."""
    names: tuple[str, ...] = ()

    def named() -> Answer:
        nonlocal names
        names = tuple(subjects())
        return proved()

    if (answer := decided(joint, named)).verdict is not Verdict.PROVED:
        yield Found(kind=kind, subject=joint.after.template.name, answer=answer)
    for subject in names:
        yield Found(kind=kind, subject=subject, answer=decided(joint, partial(judge, subject)))


def decided(joint: Joint, judge: Callable[[], Answer]) -> Answer:
    """An answer, or why there is none."""
    try:
        joint.after.left()
        return judge()
    except OutOfTime as reason:
        return undecided(f"it was not decided within {reason}")
    except Undecidable as reason:
        return undecided(f"it is not known {reason}")
    except RecursionError:
        return undecided("something in the template is nested too deep")


def rewritten(joint: Joint, kind: Kind) -> Iterator[Found]:
    """Nobody can say what a template with macros will be."""
    for case in dict.fromkeys(sides(joint)):
        if case.template.rewritten:
            yield Found(kind=kind, subject=case.template.name,
                        answer=undecided("macros rewrite the template before it is deployed"))
            return
