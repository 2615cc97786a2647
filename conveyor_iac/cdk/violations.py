"""What is said of an app's templates: a violation for each claim that is not proved, and for each fault of the input.

Knows which contract a template is held to, what lies beside it, and how a verdict is told. Refuses to know how a claim
is decided, and how the CDK is asked.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from aws_cdk import PolicyViolatingResource, PolicyViolation

from conveyor_iac.cdk.checks import Emitted, Given
from conveyor_iac.cdk.culprit import Place, culprit
from conveyor_iac.errors import Fault, InputError
from conveyor_iac.proofs.claim import Claim
from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.contract import Contract, of_file
from conveyor_iac.proofs.template import Template, load, read
from conveyor_iac.proofs.verdict import Verdict
from conveyor_iac.proofs.verify import Report, Result, verify

WAYS_OUT = {
    Verdict.REFUTED: "Change what the counterexample shows.",
    Verdict.UNDECIDED: "Write what is not known into the template, or take it out. Undecided never passes.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A template of the app, and where it was emitted."""

    emitted: Emitted
    template: Template

    def is_beside(self, other: "Held") -> bool:
        """Whether both may be deployed into one account."""
        mine, theirs = self.emitted.account, other.emitted.account
        return self is not other and (mine is None or theirs is None or mine == theirs)


def violations(emitted: Sequence[Emitted], *, contract: Given, claims: Sequence[str] | None,
               timeout: float) -> list[PolicyViolation]:
    """Holds each template to its contract; empty when every claim that is asked is proved, and one is."""
    found: list[PolicyViolation] = []
    read_ones = list(_read(emitted, found))
    try:
        chosen = _chosen(claims)
        given = _given(contract)
        _placed(given, [one.template for one in read_ones])
    except InputError as error:
        return [*found, _bad_input(error.faults, emitted[0].path)]
    asked: set[str] = set()
    for one in read_ones:
        try:
            report = _report(one, read_ones, given, chosen, timeout)
        except InputError as error:
            found.append(_bad_input(error.faults, one.emitted.path))
        else:
            asked |= {result.claim.id for result in report.results}
            found += _told(report, one, read_ones)
    return found or list(_unasked(claims, asked, emitted[0].path))


def _read(emitted: Iterable[Emitted], found: list[PolicyViolation]) -> Iterator[Held]:
    """The templates that have resources; what is wrong with the others is added to what was found."""
    for one in emitted:
        try:
            text = one.file.read_text(encoding="utf-8")
            if load(text, one.path).get("Resources"):
                yield Held(emitted=one, template=read(text, one.path))
        except InputError as error:
            found.append(_bad_input(error.faults, one.path))


def _chosen(claims: Sequence[str] | None) -> tuple[Claim, ...]:
    names = IDS if claims is None else tuple(claims)
    unknown = [name for name in names if name not in IDS]
    if unknown:
        raise InputError(Fault(path="claims", value=name, rule="is the id of a claim", way_out=_known(name, IDS))
                         for name in unknown)
    return tuple(map(claim, names))


def _given(contract: Given) -> Contract | None:
    if contract is None:
        return None
    if isinstance(contract, Mapping):
        return of_file(json.dumps(contract, default=str), "contract")
    try:
        return of_file(Path(contract).read_text(encoding="utf-8"), str(contract))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(path="contract", value=str(contract), rule=f"is a file that can be read ({error})",
                                way_out="Name one, by its whole path or from where the app is started")]) from None


def _placed(contract: Contract | None, templates: Sequence[Template]) -> None:
    """`InputError` for a role or subnets that no template of the app has."""
    faults = []
    if contract and contract.installer and not any(_roles(contract, one) for one in templates):
        roles = [role.logical_id for one in templates for role in one.of_type("AWS::IAM::Role")]
        faults.append(Fault(path="contract: installer.role", value=contract.installer.role, way_out=_known(
            contract.installer.role, roles), rule="is the logical id of a role of the app"))
    for index, glob in enumerate(contract.network.subnets if contract and contract.network else ()):
        subnets = [subnet.logical_id for one in templates for subnet in one.of_type("AWS::EC2::Subnet")]
        if not any(fnmatchcase(subnet, glob) for subnet in subnets):
            faults.append(Fault(path=f"contract: network.subnets.{index}", value=glob, way_out=_known(glob, subnets),
                                rule="matches the logical id of a subnet of the app"))
    if faults:
        raise InputError(faults)


def _known(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"Perhaps you meant {near[0]}" if near else f"Known: {', '.join(names[:30]) or 'none'}"


def _report(one: Held, every: Sequence[Held], given: Contract | None, chosen: Sequence[Claim],
            timeout: float) -> Report:
    return verify(one.template, given and _of(given, one.template), beside=_beside(one, every), claims=chosen,
                  timeout=timeout)


def _beside(one: Held, every: Sequence[Held]) -> list[Template]:
    """The other templates of its account, those of its own stage first."""
    others = [other for other in every if one.is_beside(other)]
    return [other.template for other in
            sorted(others, key=lambda other: other.emitted.file.parent != one.emitted.file.parent)]


def _of(given: Contract, template: Template) -> Contract | None:
    """The parts of a contract that speak of this template; nothing where none does, and its own counts."""
    parts: dict[str, Any] = {}
    if _roles(given, template):
        parts = {"installer": given.installer} | ({"data": given.data} if given.data else {})
    if given.network:
        names = [subnet.logical_id for subnet in template.of_type("AWS::EC2::Subnet")]
        globs = tuple(glob for glob in given.network.subnets if any(fnmatchcase(name, glob) for name in names))
        if globs:
            parts["network"] = given.network.model_copy(update={"subnets": globs})
    return Contract(**parts) if parts else None


def _roles(contract: Contract, template: Template) -> bool:
    """Whether the template has the installer role of the contract."""
    return contract.installer is not None and any(
        role.logical_id == contract.installer.role for role in template.of_type("AWS::IAM::Role"))


def _told(report: Report, one: Held, every: Sequence[Held]) -> Iterator[PolicyViolation]:
    for result in report.results:
        if result.answer.verdict is not Verdict.PROVED:
            place = culprit(report, result, [other.template for other in every if one.is_beside(other)])
            yield _violation(report, result, _resource(place, one, every))


def _resource(place: Place, one: Held, every: Sequence[Held]) -> PolicyViolatingResource:
    """A resource by its logical id, from which the CDK finds the construct; without one, the stack."""
    emitted = next((other.emitted for other in every if other.template is place.template), one.emitted)
    if place.logical_id is None:
        return PolicyViolatingResource(construct_path=emitted.path, locations=list(place.locations))
    return PolicyViolatingResource(resource_logical_id=place.logical_id, template_path=str(emitted.file),
                                   locations=list(place.locations))


def _violation(report: Report, result: Result, resource: PolicyViolatingResource) -> PolicyViolation:
    """The CDK prints the description as it stands; the metadata are for whoever reads its report file."""
    verdict, example = result.answer.verdict, json.loads(json.dumps(result.answer.counterexample, default=str))
    metadata = {"verdict": verdict.value, "sha256": report.template.sha256, "notes": json.dumps(result.answer.notes),
                "contract": json.dumps(report.contract.as_json()), "counterexample": json.dumps(example)}
    if verdict is Verdict.REFUTED:
        held = {key: value for key, value in example.items() if value not in ({}, [], None)}
        title, told = "Counterexample", yaml.safe_dump(held, sort_keys=False, allow_unicode=True).splitlines()
    else:
        title, told = "Because", list(result.answer.notes)
    return PolicyViolation(
        rule_name=result.claim.id, severity="error", rule_metadata=metadata, violating_resources=[resource],
        description=_lines(f"{result.claim.id} is {verdict.value}: {result.claim.title}", f"   {title}:",
                           *(f"      {line}" for line in told)),
        fix=f"{WAYS_OUT[verdict]} {result.claim.why} {result.claim.source}")


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _bad_input(faults: Iterable[Fault], path: str) -> PolicyViolation:
    """Nothing was decided, so that nobody can accept it: fatal."""
    given = list(faults)
    told = (f"      {fault.path}: {fault.value}: {fault.rule}" for fault in given)
    return PolicyViolation(
        rule_name="input", severity="fatal", description=_lines("No claim could be held against this:", *told),
        fix=" ".join(f"{fault.way_out}." for fault in given),
        violating_resources=[PolicyViolatingResource(construct_path=path, locations=[])])


def _unasked(claims: Sequence[str] | None, asked: set[str], path: str) -> Iterator[PolicyViolation]:
    """Claims that were named, or all of them, asked of no template: a check that cannot fail is none."""
    missing = [name for name in claims or () if name not in asked]
    if missing or not asked:
        yield _bad_input([Fault(path="claims", value=", ".join(missing) or "all",
                                rule="asked of no template of the app",
                                way_out="Give a contract that names what they speak of, or leave them out")], path)
