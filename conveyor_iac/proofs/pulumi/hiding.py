"""Whatever is told of a stack, without its secrets: counterexamples, notes, contracts and faults alike.

A secret of a few characters is hidden where it stands alone; a longer one wherever it stands, also with its wildcards
filled in, and a text that was cut short within one as a whole.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from conveyor_iac.errors import HIDDEN, Fault
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.verdict import Answer
from conveyor_iac.proofs.verify import Report

_TELLING: Final = 6
_CUT: Final = 12


def without_secrets(value: Any, secrets: Iterable[str]) -> Any:
    """A value of texts, lists and mappings with each secret hidden."""
    told = set(secrets)
    told |= {piece for secret in told for piece in re.split(r"[*?]", secret) if len(piece) >= _TELLING}
    texts = sorted(filter(None, told), key=len, reverse=True)
    return _hidden(value, texts) if texts else value


def report_without(report: Report, secrets: Iterable[str]) -> Report:
    """A report with each secret hidden."""
    texts = tuple(secrets)
    if not texts:
        return report
    results = tuple(replace(result, answer=_answer(result.answer, texts)) for result in report.results)
    contract = Contract.model_validate(without_secrets(report.contract.model_dump(exclude_unset=True), texts))
    return replace(report, results=results, contract=contract)


def faults_without(faults: Iterable[Fault], secrets: Iterable[str]) -> list[Fault]:
    """Faults with each secret hidden."""
    texts = tuple(secrets)
    return [Fault(**without_secrets(fault.as_json(), texts)) for fault in faults]


def _answer(answer: Answer, secrets: Iterable[str]) -> Answer:
    return Answer(verdict=answer.verdict, counterexample=without_secrets(answer.counterexample, secrets),
                  notes=tuple(without_secrets(list(answer.notes), secrets)))


def _hidden(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        return _text(value, secrets)
    if isinstance(value, list | tuple):
        return [_hidden(item, secrets) for item in value]
    if isinstance(value, Mapping):
        return {_text(str(key), secrets): _hidden(item, secrets) for key, item in value.items()}
    return value


def _text(value: str, secrets: list[str]) -> str:
    for secret in secrets:
        if value == secret or (len(secret) >= _TELLING and secret in value):
            value = value.replace(secret, HIDDEN)
        elif len(secret) > _CUT and secret[:_CUT] in value:
            return HIDDEN
    return value
