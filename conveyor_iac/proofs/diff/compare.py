"""Holds new templates against old ones: every judge is asked in both directions, and the answers are put together.

Refuses to take what was not decided for an answer. A question that runs out of time, and a template that macros
rewrite, are undecided; a policy that IAM would refuse is an input error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.proofs.claim import Case, OutOfTime
from conveyor_iac.proofs.contract import METADATA, Contract
from conveyor_iac.proofs.diff import (
    doors,
    filters,
    iam,
    network,
    parameters,
    replacing,
    resource_policies,
    resources,
    trust,
)
from conveyor_iac.proofs.diff.found import Change, Found, Kind, change, summed
from conveyor_iac.proofs.diff.joint import Joint, joint
from conveyor_iac.proofs.iam.grammar import policy_faults
from conveyor_iac.proofs.iam.statements import Malformed
from conveyor_iac.proofs.network.neighbours import may_add, may_answer
from conveyor_iac.proofs.references import reference_faults
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verdict import Answer, Verdict, together, undecided

Progress = Callable[[str], None]
TIMEOUT = 20.0
ALL = "*"
"""The subject of an answer that is about all of a kind."""

JUDGES: Sequence[tuple[tuple[Kind, ...], Callable[[Joint], Iterator[Found]]]] = (
    ((Kind.ROLE, Kind.POLICY), iam.found), ((Kind.TRUST,), trust.found),
    ((Kind.RESOURCE_POLICY,), resource_policies.found), ((Kind.PATH,), network.found),
    ((Kind.FILTER,), filters.found), ((Kind.DOOR,), doors.found),
    ((Kind.PARAMETER,), parameters.found), ((Kind.RESOURCE,), resources.found))
"""Every judge, and the kinds of what he is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing that may do more (`more` is refuted then) or less than it could."""

    kind: Kind
    name: str
    more: Answer
    less: Answer

    @property
    def verdict(self) -> Change:
        """The word for both."""
        return change(self.more.verdict, self.less.verdict)

    def as_json(self) -> dict[str, Any]:
        """The subject as a report holds it."""
        return {"kind": self.kind.value, "subject": self.name, "verdict": self.verdict.value,
                "more": self.more.verdict.value, "less": self.less.verdict.value,
                "may_now": self.more.counterexample, "may_no_longer": self.less.counterexample,
                "notes": list(dict.fromkeys((*self.more.notes, *self.less.notes)))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One template: `state` is compared, added or removed; `rows` and `parameters` are in the words of a report."""

    name: str
    state: str
    sha256: Mapping[str, str | None]
    subjects: tuple[Subject, ...] = ()
    resources: tuple[Mapping[str, Any], ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def more(self) -> Verdict:
        """Proved: it may do nothing that it could not."""
        return summed(subject.more for subject in self.subjects)

    @property
    def less(self) -> Verdict:
        """Proved: it may do all that it could."""
        return summed(subject.less for subject in self.subjects)

    def as_json(self) -> dict[str, Any]:
        """The template as a report holds it."""
        return {"template": self.name, "state": self.state, **_words(self.more, self.less),
                "sha256": dict(self.sha256), "subjects": [subject.as_json() for subject in self.subjects],
                "resources": [dict(row) for row in self.resources],
                "parameters": [dict(row) for row in self.parameters], "notes": list(self.notes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of all templates."""

    templates: tuple[Compared, ...]

    @property
    def more(self) -> Verdict:
        """Proved: they may do nothing that they could not."""
        return _together(template.more for template in self.templates)

    @property
    def less(self) -> Verdict:
        """Proved: they may do all that they could."""
        return _together(template.less for template in self.templates)

    @property
    def verdict(self) -> Change:
        """The word for both."""
        return change(self.more, self.less)

    def as_json(self) -> dict[str, Any]:
        """The comparison as `diff --json` prints it."""
        return {**_words(self.more, self.less), "templates": [template.as_json() for template in self.templates]}


def _words(more: Verdict, less: Verdict) -> dict[str, str]:
    return {"verdict": change(more, less).value, "more": more.value, "less": less.value}


def _together(verdicts: Iterable[Verdict]) -> Verdict:
    return summed(Answer(verdict=verdict) for verdict in verdicts)


def compare(old: Mapping[str, Template], new: Mapping[str, Template], *, timeout: float = TIMEOUT,
            progress: Progress | None = None) -> Comparison:
    """Holds the new templates against the old ones of the same names; one without a counterpart against nothing.

    The templates of each side are deployed beside each other. timeout: seconds for each question.
    Raises `InputError` with every fault of every template, such as a policy that IAM would refuse.
    """
    faults = [fault for template in (*old.values(), *new.values()) for fault in _faults(template)]
    if faults:
        raise InputError(dict.fromkeys(faults))
    before, after = (_named(templates) for templates in (old, new))
    found = [_compared(before, after, name, timeout, faults, progress) for name in dict.fromkeys((*after, *before))]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return Comparison(templates=tuple(found))


def _faults(template: Template) -> list[Fault]:
    """What CloudFormation or IAM would refuse."""
    try:
        return [] if template.rewritten else [*reference_faults(template), *policy_faults(template)]
    except RecursionError:
        return [Fault(path=template.name, value="nested too deep", way_out="Flatten it",
                      rule="a template is nested no deeper than it can be read")]


def _named(templates: Mapping[str, Template]) -> dict[str, Template]:
    """The templates under the names they are compared by, so that what is said of them does not differ in that."""
    return {name: replace(template, name=name) for name, template in templates.items()}


def _nothing(name: str) -> Template:
    """A template that makes nothing."""
    return Template(name=name, sha256="", body={"Resources": {}}, resources={})


def _others(templates: Mapping[str, Template], name: str) -> tuple[Template, ...]:
    return tuple(template for other, template in templates.items() if other != name)


def _compared(old: Mapping[str, Template], new: Mapping[str, Template], name: str, timeout: float, faults: list[Fault],
              progress: Progress | None) -> Compared:
    before, after = old.get(name) or _nothing(name), new.get(name) or _nothing(name)
    state = "compared" if name in old and name in new else "added" if name in new else "removed"
    notes, sides = tuple(_notes(before, after)), {"old": before.sha256 or None, "new": after.sha256 or None}
    try:
        if state == "compared" and _is_same(before, after, _others(old, name), _others(new, name)):
            return Compared(name=name, state=state, sha256=sides, notes=notes)
        both = joint(before, after, beside_old=_others(old, name), beside_new=_others(new, name), timeout=timeout)
        return Compared(name=name, state=state, sha256=sides, resources=tuple(resources.rows(both)), notes=notes,
                        parameters=tuple(parameters.rows(both)), subjects=tuple(_subjects(
                            both, name, _secrets(before, after), faults, progress)))
    except RecursionError:
        open_ = undecided("something in the template is nested too deep")
        return Compared(name=name, state=state, sha256=sides, notes=notes, subjects=(
            Subject(kind=Kind.RESOURCE, name=ALL, more=open_, less=open_),))


def _is_same(before: Template, after: Template, beside: Sequence[Template], now_beside: Sequence[Template]) -> bool:
    """Whether two templates say the same to AWS, and what they may do does not hang on others that have changed."""
    if _body(before) != _body(after):
        return False
    if {one.name: _body(one) for one in beside} == {one.name: _body(one) for one in now_beside}:
        return True
    one, other = (Case(template=before, contract=Contract(), beside=tuple(each)) for each in (beside, now_beside))
    held = before.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
    return not held and may_add(one) == may_add(other) and may_answer(one) == may_answer(other)


def _body(template: Template) -> dict[str, Any]:
    return {key: section for key, section in template.body.items() if key not in ("Metadata", "Description")}


def _subjects(both: Joint, name: str, secrets: frozenset[str], faults: list[Fault], progress: Progress | None
              ) -> Iterator[Subject]:
    """Everything that was asked about, in both directions."""
    answers: dict[tuple[Kind, str], tuple[list[Answer], list[Answer]]] = {}
    for index, (side, word) in enumerate(((both, "more"), (both.turned(), "less"))):
        for one in _asked(side, f"{name}: may it do {word}?", faults, progress):
            answers.setdefault((one.kind, one.subject), ([], []))[index].append(_hidden(secrets, one.answer))
    for (kind, subject), (more, less) in answers.items():
        yield Subject(kind=kind, name=subject, more=together(more), less=together(less))


def _asked(both: Joint, what: str, faults: list[Fault], progress: Progress | None) -> Iterator[Found]:
    """The answers of every judge; one that cannot go on leaves the rest of his kind undecided."""
    if both.before.template.rewritten or both.after.template.rewritten:
        yield Found(kind=Kind.RESOURCE, subject=ALL,
                    answer=undecided("macros rewrite the template before it is deployed"))
        return
    for (kind, *_), judge in JUDGES:
        if progress:
            progress(f"{what} {kind.value}")
        try:
            yield from _in_time(judge(both), both)
        except (InputError, Malformed) as refused:
            faults += refused.faults if isinstance(refused, InputError) or not faults else ()
        except OutOfTime as reason:
            yield Found(kind=kind, subject=ALL, answer=undecided(f"it was not decided within {reason}"))
        except Undecidable as reason:
            yield Found(kind=kind, subject=ALL, answer=undecided(f"it is not known {reason}"))
        except RecursionError:
            yield Found(kind=kind, subject=ALL, answer=undecided("something in the template is nested too deep"))


def _in_time(answers: Iterator[Found], both: Joint) -> Iterator[Found]:
    """Each answer with the whole time of one question."""
    while True:
        both.before.start()
        both.after.start()
        found = next(answers, None)
        if found is None:
            return
        yield found


def _notes(old: Template, new: Template) -> Iterator[str]:
    """What a reader should know beside the verdict."""
    if old.section("Metadata").get(METADATA) != new.section("Metadata").get(METADATA):
        yield "the contract that the template carries is not the same"
    if gone := [name for name in old.section("Outputs") if name not in new.section("Outputs")]:
        yield f"outputs that are gone: {', '.join(gone)}"
    if old.resources and new.resources and not replacing.known():
        yield "which resources are replaced is not known without cfn-lint: pip install 'conveyor-iac[verify]'"


def _secrets(*templates: Template) -> frozenset[str]:
    """What no report may show: the defaults of hidden parameters, and external ids that are written out."""
    found = {str(row["Default"]) for template in templates for row in template.section("Parameters").values()
             if str(row.get("NoEcho", "")).lower() == "true" and "Default" in row}
    for template in templates:
        for resource in template.of_type("AWS::IAM::Role"):
            found |= set(_external_ids(resource.properties.get("AssumeRolePolicyDocument")))
    return frozenset(word for word in found if len(word) > 1)


def _external_ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key).lower() == "sts:externalid":
                yield from (word for word in (item if isinstance(item, list) else [item]) if isinstance(word, str))
            yield from _external_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _external_ids(item)


def _hidden(secrets: frozenset[str], answer: Answer) -> Answer:
    if not secrets or answer.counterexample is None:
        return answer
    return Answer(verdict=answer.verdict, counterexample=_without(secrets, answer.counterexample), notes=answer.notes)


def _without(secrets: frozenset[str], value: Any) -> Any:
    """A counterexample without what is secret."""
    if isinstance(value, Mapping):
        return {key: _without(secrets, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without(secrets, part) for part in value]
    return HIDDEN if value in secrets else value
