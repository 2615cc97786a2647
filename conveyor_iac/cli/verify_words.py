"""What `conveyor-iac verify` says of a template in words: the contract first, so that nothing looks proved for more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

from conveyor_iac.cli.paragraphs import as_yaml, wrapped
from conveyor_iac.proofs.contract import METADATA, Contract
from conveyor_iac.proofs.lint import Finding
from conveyor_iac.proofs.pulumi import READ
from conveyor_iac.proofs.verify import Report, Result, prover

SHOWN = 12
"""Values that are not known, of which a stack that is not made yet has hundreds."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "trust": ("installer", "installer.trust"), "trust.switch": ("installer", "installer.switch"),
    "trust.external-id": ("installer", "installer.trust", "installer.trust.external_id"),
    "trust.external-id-parameter": ("installer", "installer.trust", "installer.trust.external_id"),
    "trust.session-name": ("installer", "installer.trust", "installer.trust.session_name"),
    "iam": ("installer",), "installer.own-resources-only": ("installer", "installer.owns"),
    "data": ("installer", "data"), "network": ("network",), "network.endpoint-policies": (),
    "network.endpoints-serve-subnets": ("network", "network.endpoints"),
    "azure": ("azure",), "azure.egress-by-list": ("azure", "azure.egress", "azure.subnets"),
    "azure.roles-as-agreed": ("azure", "azure.roles"), "azure.guardrails-outside": ("azure", "azure.guardrail_scope"),
    "azure.closed-services": (), "azure.access-approved": (), "azure.federated-only": (),
}
"""The parts of a contract that a claim, or the claims of its family, speak of; the others speak of the template."""
EGRESS = {"network.no-internet-path": "none", "network.allow-list-only": "allow-list"}
"""The claims that are asked for one word under `network.egress` only."""


def words(report: Report, findings: Sequence[Finding] | None, *, source: str | None) -> str:
    """The whole report of one template. `source`: the contract's file, if there is one."""
    parts = [f"{report.template.name}\nsha256 {report.template.sha256}", *_stack(report), _contract(report, source),
             *_not_asked(report.contract, report.not_asked), *_claims(report.results), _linted(findings, report),
             *_axioms(report.axioms), _verdict(report, findings)]
    return "\n\n".join(parts)


def _stack(report: Report) -> Iterator[str]:
    """Where the resources of a stack came from, and what of them was not known."""
    if (read := report.template.section("Metadata").get(READ)) is None:
        return
    lines = [f"read from Pulumi ({read['source']}): {_count(read['resources'], 'resource')}; "
             f"{_count(len(read['unknown_types']), 'type')} not known here"]
    for type_, number in read["unknown_types"].items():
        lines.append(f"  {type_} ({number})")
    values = read["unknown_values"]
    lines += [f"{_count(len(values), 'value')} not known:"] if values else []
    for value in values[:SHOWN]:
        lines += wrapped(value, "  ")
    lines += [f"  and {len(values) - SHOWN} more"] if len(values) > SHOWN else []
    yield "\n".join(lines)


def _contract(report: Report, source: str | None) -> str:
    told = report.template.section("Metadata")
    own = f"the template's own, from its Metadata {METADATA}"
    if report.contract_source == "file":
        own = f"of the file {source}"
    elif READ in told:
        own = "the stack's own, from the outputs of its deployment" if METADATA in told else (
            "none: no deployment in the stack gives one that is known, and no --contract was given")
    elif METADATA not in told:
        own = "none: the template carries none, and no --contract was given"
    said = as_yaml(report.contract.as_json()) if report.contract.as_json() else "it names nothing"
    return f"contract, {own}:\n{indent(said, '  ')}"


def _not_asked(contract: Contract, ids: Iterable[str]) -> Iterator[str]:
    """Which claims were not asked, by the reason."""
    reasons: dict[str, list[str]] = {}
    for claim_id in ids:
        reasons.setdefault(_reason(contract, claim_id), []).append(claim_id)
    if reasons:
        yield "\n".join(["not asked, so not proved:"] + [
            line for reason, those in reasons.items() for line in wrapped(f"{reason}: {', '.join(those)}", "  ")])


def _reason(contract: Contract, claim_id: str) -> str:
    for part in NEEDS.get(claim_id, NEEDS.get(claim_id.partition(".")[0], ())):
        value: Any = contract
        for step in part.split("."):
            value = getattr(value, step, None)
        if value is None or value == ():
            return f"the contract names no {part}"
    if claim_id == "azure.egress-by-list":
        return "the contract's azure.egress is neither firewall nor hub"
    if claim_id == "azure.guardrails-outside":
        return "the contract accepts guard rails inside the subscription, where its owners can remove them"
    if claim_id in EGRESS:
        return f"the contract's network.egress is not {EGRESS[claim_id]}"
    return "the template has nothing of the kind"


def _claims(results: Sequence[Result]) -> Iterator[str]:
    yield "claims:\n" + "\n".join(line for result in results for line in _claim(result)) if results else (
        "claims: none was asked")


def _claim(result: Result) -> Iterator[str]:
    claim, answer = result.claim, result.answer
    yield f"  {answer.verdict.value:9}  {claim.id}: {claim.title} ({result.seconds:.2f} s)"
    if answer.counterexample is not None:
        yield f"{'':13}counterexample:"
        yield indent(as_yaml(answer.counterexample), " " * 15)
    for note in answer.notes:
        yield from wrapped(f"note: {note}", " " * 13)


def _linted(findings: Sequence[Finding] | None, report: Report) -> str:
    if READ in report.template.section("Metadata"):
        return "lint: not run: cfn-lint and cloudformation-validate read templates, and no resources of Pulumi"
    if findings is None:
        return "lint: left out"
    if not findings:
        return "lint: no error of cfn-lint and cloudformation-validate"
    lines = [line for finding in findings for line in
             wrapped(f"{finding.rule} ({finding.linter}) {finding.path}: {finding.message}", "  ")]
    return "\n".join(["lint errors:", *lines])


def _axioms(axioms: Iterable[str]) -> Iterator[str]:
    lines = [line for text in axioms for line in wrapped(text, "  - ", "    ")]
    if lines:
        yield "\n".join(["taken for granted:", *lines])


def _verdict(report: Report, findings: Sequence[Finding] | None) -> str:
    by = f"Prover: conveyor-iac {prover()['version']}, z3 {prover()['z3']}."
    linted = "" if findings is None else f"; {_count(len(findings), 'lint error')}"
    if not report.results:
        return f"{by}\n{report.template.name}: nothing was asked, so nothing is proved{linted}."
    words = [result.answer.verdict.value for result in report.results]
    told = ", ".join(f"{words.count(word)} {word}" for word in ("proved", "refuted", "undecided"))
    return (f"{by}\n{report.template.name}: {report.verdict.value}: {_count(len(words), 'claim')} asked: {told}; "
            f"{len(report.not_asked)} not asked{linted}.")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
