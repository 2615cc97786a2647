"""Two templates in one set of names, parameters and conditions, so that one question may speak of both.

The names are the new template's. A deployment of both is one choice of parameters: whoever updates a stack keeps the
values that he gave. So "the new may do nothing more" is said for every choice, and each side's own parameters are
free. A condition or map that is defined otherwise on the old side is another one: `before: NAME`.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.diff.pairing import paired
from conveyor_iac.proofs.diff.renaming import Renaming
from conveyor_iac.proofs.template import Resource, Template

BEFORE = "before: "
_SHARED = ("Parameters", "Conditions", "Mappings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A question's two sides: whether `after` may do what `before` may not.

    pairs: the names of the resources that are in both, each with its logical id in the old template.
    parameters: what each side writes of its own parameters, `before` first; in the templates themselves a shared
    parameter is what `after` lets it be.
    """

    before: Case
    after: Case
    pairs: Mapping[str, str]
    parameters: tuple[Mapping[str, Any], Mapping[str, Any]]

    def turned(self) -> "Joint":
        """The same two, asked the other way round."""
        mine, theirs = self.parameters
        shared = {**theirs, **mine}
        return Joint(before=_over(self.after, shared), after=_over(self.before, shared), pairs=self.pairs,
                     parameters=(theirs, mine))


def joint(old: Template, new: Template, *, beside_old: Iterable[Template] = (), beside_new: Iterable[Template] = (),
          timeout: float = 20.0) -> Joint:
    """Asks whether the new template may do more than the old one.

    beside_old, beside_new: the templates that each is deployed beside. timeout: seconds of one question.
    """
    found = paired(old, new)
    renaming = _without_clashes(old, new, found)
    rows = renaming.template(old.body)
    mine, theirs = rows.get("Parameters") or {}, dict(new.section("Parameters"))
    shared = {"Parameters": {**mine, **theirs},
              **{key: {**(rows.get(key) or {}), **new.section(key)} for key in ("Conditions", "Mappings")}}
    return Joint(before=_case(old, rows, shared, beside_old, timeout),
                 after=_case(new, new.body, shared, beside_new, timeout),
                 pairs={name: before for before, name in found.names.items()}, parameters=(mine, theirs))


def _without_clashes(old: Template, new: Template, found: Renaming) -> Renaming:
    """The pairing, and another name for whatever only the old template has where the new one uses its name."""
    rooms = {key: set(new.section(key)) for key in _SHARED}
    names = {*new.resources, *rooms["Parameters"], *(set(old.section("Parameters")) - set(new.resources))}
    alone = {name: _free(name, names) for name in old.resources if name not in found.names}
    clashing = {name: _free(name, names) for name in old.section("Parameters") if name in new.resources}
    return Renaming(names={**found.names, **alone, **clashing},
                    conditions=_named(old.section("Conditions"), found.conditions, rooms["Conditions"]),
                    maps=_named(old.section("Mappings"), found.maps, rooms["Mappings"]))


def _named(rows: Iterable[str], found: Mapping[str, str], taken: Container[str]) -> dict[str, str]:
    return {name: found.get(name) or _free(name, taken) for name in rows}


def _free(name: str, taken: Container[str]) -> str:
    while name in taken:
        name = BEFORE + name
    return name


def _case(template: Template, body: Mapping[str, Any], shared: Mapping[str, Any], beside: Iterable[Template],
          timeout: float) -> Case:
    resources = {name: Resource(logical_id=name, type=row["Type"], condition=row.get("Condition"), body=row,
                                properties=row.get("Properties") or {}) for name, row in body["Resources"].items()}
    whole = {**{key: section for key, section in body.items() if key != "Metadata"}, **shared}
    return Case(template=replace(template, body=whole, resources=resources), contract=Contract(),
                beside=tuple(beside), timeout=timeout)


def _over(case: Case, parameters: Mapping[str, Any]) -> Case:
    """The same side over parameters with other constraints; nothing that was worked out is kept."""
    template = replace(case.template, body={**case.template.body, "Parameters": dict(parameters)})
    return Case(template=template, contract=case.contract, beside=case.beside, timeout=case.timeout)
