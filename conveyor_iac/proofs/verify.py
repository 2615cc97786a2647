"""Holds a template against the claims that its contract asks, and reports each one.

A fault in a policy document is an input error; whatever else cannot be worked out is undecided, with the reason.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from conveyor_iac.errors import HIDDEN, InputError
from conveyor_iac.proofs.axioms import AXIOMS
from conveyor_iac.proofs.claim import Case, Claim, OutOfTime
from conveyor_iac.proofs.claims import every_claim
from conveyor_iac.proofs.contract import Contract, held, of_mapping, of_template, secret, shown
from conveyor_iac.proofs.iam.grammar import policy_faults
from conveyor_iac.proofs.iam.statements import Malformed
from conveyor_iac.proofs.references import reference_faults
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.template import Template, read
from conveyor_iac.proofs.verdict import Answer, Verdict, undecided

Progress = Callable[[str], None]
TIMEOUT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one claim, and the seconds it took."""

    claim: Claim
    answer: Answer
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The result as the report holds it."""
        return {"id": self.claim.id, "title": self.claim.title, "verdict": self.answer.verdict.value,
                "counterexample": self.answer.counterexample, "notes": list(self.answer.notes),
                "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one template: the contract it was held to, without its secret; the claims asked, and the others."""

    template: Template
    contract: Contract
    contract_source: str
    results: tuple[Result, ...]
    not_asked: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Refuted if one claim is, else undecided if one is, else proved; nothing asked is undecided."""
        found = {result.answer.verdict for result in self.results}
        if Verdict.REFUTED in found:
            return Verdict.REFUTED
        return Verdict.UNDECIDED if Verdict.UNDECIDED in found or not found else Verdict.PROVED

    @property
    def axioms(self) -> tuple[str, ...]:
        """What the claims that were asked take for granted."""
        families = {result.claim.id.partition(".")[0] for result in self.results}
        shared = [text for text, spoken_of in AXIOMS if families & set(spoken_of)]
        return tuple(dict.fromkeys((*shared, *(text for result in self.results for text in result.claim.axioms))))

    def as_json(self) -> dict[str, Any]:
        """The report as `verify --json` prints it."""
        return {"template": self.template.name, "sha256": self.template.sha256, "verdict": self.verdict.value,
                "claims": [result.as_json() for result in self.results], "not_asked": list(self.not_asked),
                "contract": self.contract.as_json(), "contract_source": self.contract_source,
                "axioms": list(self.axioms), "prover": dict(prover())}


def prover() -> Mapping[str, str]:
    """Which prover says so."""
    return {"version": version("conveyor-iac"), "z3": version("z3-solver")}


def verify(template: Template, contract: Contract | None = None, *, beside: Iterable[Template] = (),
           claims: Sequence[Claim] | None = None, timeout: float = TIMEOUT, progress: Progress | None = None) -> Report:
    """Holds one template against its claims.

    contract: replaces the one in the template's Metadata; without either, only claims that need none are asked.
    beside: templates of the same deployment, whose managed policies this one may attach.
    claims: only these; all when left out. timeout: seconds for each claim; one that takes longer is undecided.
    Raises `InputError` for a contract that does not fit the template and for a policy that IAM would refuse.
    """
    carried = of_template(template) if contract is None else None
    others = tuple(beside)
    source = "file" if contract is not None else "template"
    case = Case(template=template, contract=held(contract or carried or Contract(), template, others), beside=others,
                timeout=timeout)
    chosen = every_claim() if claims is None else claims
    asked = [claim for claim in chosen if claim.asked(case)]
    results: list[Result] = []
    faults = [] if template.rewritten else [*reference_faults(template), *policy_faults(template)]
    for claim in asked:
        if progress:
            progress(f"{template.name}: {claim.id}")
        try:
            results.append(_result(claim, case))
        except (InputError, Malformed) as refused:
            faults += refused.faults if isinstance(refused, InputError) or not faults else ()
    if faults:
        raise InputError(dict.fromkeys(faults))
    return Report(template=template, contract=shown(case.contract, template), contract_source=source,
                  results=tuple(results), not_asked=tuple(claim.id for claim in chosen if claim not in asked))


def _result(claim: Claim, case: Case) -> Result:
    started = time.perf_counter()
    case.start()
    answer = _answer(claim, case)
    word = secret(case.contract, case.template)
    if word is not None:
        answer = replace(answer, counterexample=_without(word, answer.counterexample))
    return Result(claim=claim, answer=answer, seconds=time.perf_counter() - started)


def _without(word: str, value: Any) -> Any:
    """A counterexample without the external id that its contract writes out."""
    if isinstance(value, Mapping):
        return {key: _without(word, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without(word, part) for part in value]
    return HIDDEN if value == word else value


def _answer(claim: Claim, case: Case) -> Answer:
    if case.template.rewritten:
        return undecided("macros rewrite the template before it is deployed")
    try:
        return claim.check(case)
    except OutOfTime as reason:
        return undecided(f"it was not decided within {reason}")
    except Undecidable as reason:
        return undecided(f"it is not known {reason}")
    except RecursionError:
        return undecided("something in the template is nested too deep")


def assert_proved(template: Template | Mapping[str, Any], contract: Contract | Mapping[str, Any] | None = None,
                  *, timeout: float = TIMEOUT) -> Report:
    """For tests: every claim asked is proved, or an `AssertionError` says which is not and why.

    template: as `read` gives it, or a plain mapping, such as `Template.from_stack(stack).to_json()` of the CDK.
    contract: replaces the one in the template's Metadata. timeout: seconds for each claim.
    Raises `InputError` for what is no template or no contract, as `verify` does.
    """
    held_up = template if isinstance(template, Template) else read(json.dumps(template), "template")
    given = contract if contract is None or isinstance(contract, Contract) else of_mapping(contract, "contract")
    report = verify(held_up, given, timeout=timeout)
    wrong = [f"{result.claim.id}: {result.answer.verdict}: {result.answer.counterexample or list(result.answer.notes)}"
             for result in report.results if result.answer.verdict is not Verdict.PROVED]
    if wrong or not report.results:
        raise AssertionError("\n".join(wrong) or "no claim was asked: the template carries no contract")
    return report
