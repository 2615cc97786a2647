"""conveyor-iac verify: holds templates, ours or anyone's, and Pulumi stacks against the security claims.

Reads, and deploys nothing.
"""

import difflib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import Progress, data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.proofs.contract import Contract
    from conveyor_iac.proofs.lint import Finding
    from conveyor_iac.proofs.template import Template
    from conveyor_iac.proofs.verify import Report

EXAMPLE = "Example: conveyor-iac verify templates/installer-role.template.json --claim iam.closure"
STANDARD_INPUT = "-"
LONGEST = 3600
"""Seconds that one claim may be given at most."""


def run(
    templates: Annotated[list[str], typer.Argument(metavar="TEMPLATE", help="CloudFormation templates (JSON or YAML"
                                                   ", or what get-template prints) that are deployed beside each other,"
                                                   " or what pulumi stack export or pulumi preview --json prints;"
                                                   " - reads standard input.")],
    contract: Annotated[str | None, typer.Option(metavar="FILE", help="What the claims speak of, in place of each"
                                                 " template's own Metadata Conveyor::Contract.")] = None,
    claim: Annotated[list[str], typer.Option(metavar="ID", help="Only this claim; may be given several times; left out:"
                                             " every claim that the contract asks.")] = [],  # noqa: B006 (typer's)
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long each claim may take; one that takes"
                                           " longer is undecided.")] = 20.0,
    no_lint: Annotated[bool, typer.Option("--no-lint", help="Leave out cfn-lint and cloudformation-validate.")] = False,
    json: Json = False,
) -> None:
    """Hold templates against the security claims: each claim is proved, refuted with a counterexample, or undecided."""
    from conveyor_iac.cli import verify_words
    from conveyor_iac.proofs import lint

    asked = _asked(templates, contract, claim, timeout)
    linted = not no_lint and not all(given.is_stack for given in asked.given)
    if linted:
        lint.ready()
    reports = _reports(asked)
    findings: list[tuple[Finding, ...] | None] = [None for _ in reports]
    if linted:
        say("Linting ...")
        findings = [None if given.is_stack else lint.lint(report.template)
                    for given, report in zip(asked.given, reports, strict=True)]
    if json:
        data([_as_json(report, found) for report, found in zip(reports, findings, strict=True)])
    else:
        print("\n\n".join(verify_words.words(report, found, source=contract)
                          for report, found in zip(reports, findings, strict=True)))
    noes = [no for report, found in zip(reports, findings, strict=True) for no in _noes(report, found or ())]
    if not any(report.results for report in reports):
        noes.append("nothing was asked of any template")
    if noes:
        raise AnswerIsNo("not proved: " + "; ".join(noes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A template, the file it is from, and what of it must not be shown. A stack may be several: one per contract."""

    template: "Template"
    file: str
    secrets: frozenset[str] = frozenset()
    is_stack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked, once nothing is wrong with it. `claims` is nothing where all of them are meant."""

    given: tuple[_Given, ...]
    contract: "Contract | None"
    claims: tuple[str, ...] | None
    timeout: float

    def contract_of(self, given: _Given) -> "Contract | None":
        """What the contract that is given says of this template; nothing where each brings its own."""
        from conveyor_iac.proofs.contract import concerning, of_template

        if self.contract is None:
            return None
        contract = of_template(given.template) if given.is_stack else self.contract
        return concerning(contract or self.contract, given.template, self.beside(given))

    def beside(self, given: _Given) -> tuple["Template", ...]:
        """The templates of the other files."""
        return tuple(other.template for other in self.given if other.file != given.file)


def _asked(names: Sequence[str], contract: str | None, claims: Sequence[str], timeout: float) -> _Asked:
    """Everything that is given, read and held together; `InputError` with the faults of all of it."""
    from conveyor_iac.proofs.contract import held, of_mapping, of_template
    from conveyor_iac.proofs.template import load

    faults = [*_option_faults(names, contract, claims, timeout)]
    written = None if contract is None else _tried(faults, lambda: load(_text(contract), contract))
    agreed = None if contract is None or written is None else _tried(faults, lambda: of_mapping(written, contract))
    found: list[_Given] = []
    for name in dict.fromkeys(names):
        found += _tried(faults, partial(_read, name, None if agreed is None else written)) or ()
    asked = _Asked(given=tuple(found), contract=agreed, claims=tuple(dict.fromkeys(claims)) or None, timeout=timeout)
    whole = not faults  # a policy that is not found may be in a template that could not be read
    for each in found:
        carried = asked.contract_of(each) if agreed is not None else _tried(faults, partial(of_template, each.template))
        if whole and carried is not None:
            _tried(faults, partial(_placed, each, partial(held, carried, each.template, asked.beside(each))))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return asked


def _read(name: str, contract: Any) -> list[_Given]:
    """The templates of a file: one, or those of a Pulumi stack, which is told by what stands in it."""
    from conveyor_iac.proofs.pulumi import read_stack, states
    from conveyor_iac.proofs.template import MOST_BYTES, load, read

    text = _text(name, states.MOST_BYTES)
    if states.talks(text):
        raise _refused(name, "what Pulumi prints for people", "is JSON", "pulumi preview --json --show-sames")
    if text.lstrip().startswith("{") and states.looks_like_one(body := load(text, name)):
        return [_Given(template=one.template, file=name, secrets=one.secrets, is_stack=True)
                for one in read_stack(body, name, contract=contract, sha256=sha256(text.encode()).hexdigest())]
    if len(text.encode()) > MOST_BYTES:
        raise _too_long(name, MOST_BYTES)
    return [_Given(template=read(text, name), file=name)]


def _tried(faults: list[Fault], load: Callable[[], Any]) -> Any:
    """What is loaded; nothing where that fails, and then its faults are among the others."""
    try:
        return load()
    except InputError as refused:
        faults += refused.faults
        return None


def _option_faults(names: Sequence[str], contract: str | None, claims: Sequence[str], timeout: float
                   ) -> Iterator[Fault]:
    """What is wrong with the words of the command itself."""
    from conveyor_iac.proofs.claims import IDS

    words = [*names, *([contract] if contract else [])]
    for name in dict.fromkeys(name for name in words if words.count(name) > 1):
        yield Fault(path=name, value="named twice", rule="each file is read once", way_out="Name it once")
    for name in dict.fromkeys(claims):
        if name not in IDS:
            yield Fault(path="--claim", value=repr(name), rule="the id of a claim", way_out=_perhaps(name, IDS))
    if not 0 < timeout <= LONGEST:
        yield Fault(path="--timeout", value=f"{timeout:g}", rule=f"more than 0 and at most {LONGEST} seconds",
                    way_out="Leave it out for 20 seconds")


def _perhaps(name: str, ids: Sequence[str]) -> str:
    """The way out of a misspelt claim id: those that are near it, or all of them. A shared family alone is not near."""
    near = difflib.get_close_matches(name, ids, n=3, cutoff=0.75)
    return f"Perhaps you meant {' or '.join(near)}" if near else f"Known here: {', '.join(sorted(ids))}"


def _text(name: str, most: int = 1_000_000) -> str:
    """The text of a file or of standard input of at most so many bytes; `InputError` where there is none."""
    try:
        if name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(most + 1)
        if len(content) > most:
            raise _too_long(name, most)
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused(name, "not UTF-8", "a text: JSON or YAML", "Give the template, not an archive of it") from None
    except OSError as refused:
        raise _refused(name, refused.strerror or "cannot be read", "a file that can be read",
                       "Name another file, or - for standard input") from None
    if not text.strip():
        raise _refused(name, "(empty)", "a text: JSON or YAML", "Give the text of a template or contract")
    return text


def _too_long(name: str, most: int) -> InputError:
    return _refused(name, f"more than {most} bytes", f"at most {most} bytes", "Split the template")


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])


def _placed(given: _Given, work: Callable[[], Any]) -> Any:
    """What the work gives; its faults name the template they are about, and no secret of it."""
    from conveyor_iac.proofs.pulumi.hiding import faults_without

    name = given.template.name
    try:
        return work()
    except InputError as refused:
        raise InputError(
            fault if fault.path.startswith(name) else
            Fault(path=f"{name}: {fault.path}", value=fault.value, rule=fault.rule, way_out=fault.way_out)
            for fault in faults_without(refused.faults, given.secrets)) from None


def _reports(asked: _Asked) -> "list[Report]":
    """What comes of each template; `InputError` with the faults of every policy in any of them."""
    from conveyor_iac.proofs.claims import claim, every_claim
    from conveyor_iac.proofs.pulumi.hiding import report_without
    from conveyor_iac.proofs.verify import verify

    claims = every_claim() if asked.claims is None else tuple(claim(name) for name in asked.claims)
    reports: list[Report] = []
    faults: list[Fault] = []
    progress = Progress()
    for given in asked.given:
        say(f"Holding {given.template.name} against its claims ...")
        work = partial(verify, given.template, asked.contract_of(given), beside=asked.beside(given), claims=claims,
                       timeout=asked.timeout, progress=progress)
        reports += (report_without(report, given.secrets)
                    for report in [_tried(faults, partial(_placed, given, work))] if report)
    if faults:
        raise InputError(dict.fromkeys(faults))
    return reports


def _as_json(report: "Report", findings: "tuple[Finding, ...] | None") -> dict[str, Any]:
    from conveyor_iac.proofs.pulumi import READ

    stack = report.template.section("Metadata").get(READ)
    linted = {} if findings is None else {"lint": [finding.as_json() for finding in findings]}
    return report.as_json() | ({} if stack is None else {"pulumi": dict(stack)}) | linted


def _noes(report: "Report", findings: "tuple[Finding, ...]") -> Iterator[str]:
    """Why a template does not pass; nothing where it does."""
    name = report.template.name
    for result in report.results:
        if result.answer.verdict != "proved":
            yield f"{name}: {result.claim.id} is {result.answer.verdict}"
    if findings:
        yield f"{name}: {len(findings)} lint error{'s' if len(findings) > 1 else ''}"
