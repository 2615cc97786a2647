"""Check it without us: for each claim the call of a tool of AWS's, with its documents, and what that tool cannot see.

The documents are cut out of the templates and filled with the installation's values, or with examples. What a call must
answer is in the table; the tests hold it against a second evaluator.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conveyor_iac.model.catalogue import proofs
from conveyor_iac.publishing.report import facts
from conveyor_iac.publishing.report.emitted import Template
from conveyor_iac.publishing.report.subject import Document, Subject, file_of

_NAME = re.compile(r"\{(\w+)\}")
_MOST_ACTIONS = 100
"""https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Access.html"""
_STORES = {"AWS::KMS::Key": "AWS::KMS::Key", "AWS::S3::BucketPolicy": "AWS::S3::Bucket",
           "AWS::SNS::TopicPolicy": "AWS::SNS::Topic"}
"""Whose policies Access Analyzer can be asked about, and as what."""
_OPTION = {"check-access-not-granted": "--policy-document", "check-no-new-access": "--new-policy-document"}
_OUTPUT = " --query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text"


def documents(subject: Subject | None, template: Template) -> tuple[Document, ...]:
    """Every document that the calls for the claims of a template name."""
    stores = tuple((name, document) for name, _, document in stored(template))
    if subject is None:
        return stores
    off = (subject.trust_off,) if "VendorAccess" in template.body.get("Parameters", {}) else ()
    return (subject.trust, *off, *subject.installer, *subject.boundary, *subject.predefined, *stores)


def written(given: Iterable[Document]) -> str:
    """The commands that write the documents as files into a new folder."""
    parts = ["mkdir -p check && cd check"]
    parts += [f"cat > {name}.json <<'END'\n{json.dumps(document, indent=1)}\nEND" for name, document in given]
    return "\n".join(parts)


def stored(template: Template) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The policies of what keeps data: name, type for Access Analyzer, document."""
    for name, _, document in template.documents():
        if (type_ := _STORES.get(template.resources[name].get("Type", ""))) is not None:
            yield name, type_, template.filled(document)


def check(claim: str, subject: Subject | None, template: Template) -> dict[str, Any] | None:
    """How a claim about a template is checked without us; nothing for a claim without a row."""
    row = facts.checks().get(claim)
    if row is None:
        return None
    names = subject.names if subject else {"template": file_of(template)}
    tool = facts.tools()[row["tool"]]
    return {"tool": row["tool"], "needs": row.get("needs", ""), "says": row.get("says", ""),
            "calls": list(_calls(row, subject, template, names)), "cannot_see": list(tool["cannot_see"]),
            "source": tool["source"]}


def _calls(row: Mapping[str, Any], subject: Subject | None, template: Template, names: Mapping[str, str]
           ) -> Iterator[dict[str, str]]:
    """Each call, with what must come of it where each has an answer of its own."""
    match row["tool"]:
        case "check-no-public-access":
            for name, type_, _ in stored(template):
                yield {"says": "", "run": "aws accessanalyzer check-no-public-access --policy-document"
                                          f" file://{name}.json --resource-type {type_}"}
        case "simulate-custom-policy":
            for ask in row["ask"] if subject else ():
                yield _simulated(ask, row["of"], subject, names)  # type: ignore[arg-type]
        case "check-access-not-granted" | "check-no-new-access":
            for option in _granted(row, subject, names) if subject else ():
                yield {"says": "", "run": _each(
                    [name for name, _ in _of(row["of"], subject)],  # type: ignore[arg-type]
                    f"aws accessanalyzer {row['tool']} --policy-type {row['type']} {_OPTION[row['tool']]}", option)}
        case _:
            for command in row["run"]:
                yield {"says": "", "run": filled(command, names)}


def _each(names: Sequence[str], command: str, option: str) -> str:
    """The command for each of the documents."""
    if len(names) == 1:
        return f"{command} file://{names[0]}.json {option}"
    return f'for name in {" ".join(names)}; do {command} "file://$name.json" {option}; done'


def _granted(row: Mapping[str, Any], subject: Subject, names: Mapping[str, str]) -> Iterator[str]:
    """What must not be granted, or beyond which nothing may be."""
    if row["tool"] == "check-no-new-access":
        statements = [{key: subject.iam_actions if value == "@iam_actions" else value for key, value in part.items()}
                      for part in row["reference"]]
        reference = {"Version": "2012-10-17", "Statement": filled(statements, names)}
        yield f"--existing-policy-document {_quoted(reference)}"
        return
    actions = [action for part in row["actions"]
               for action in (proofs.authoring() if part == "@authoring" else (part,))]
    for start in range(0, len(actions), _MOST_ACTIONS):
        yield f"--access {_quoted([{'actions': actions[start:start + _MOST_ACTIONS]}])}"


def _simulated(ask: Mapping[str, Any], of: str, subject: Subject, names: Mapping[str, str]) -> dict[str, str]:
    """A request for the simulator, with every document that decides about it."""
    request = simulation(ask, names)
    words = ["aws iam simulate-custom-policy --policy-input-list", *_read(_of(of, subject))]
    if of == "created" and subject.boundary:
        words += ["--permissions-boundary-policy-input-list", *_read(subject.boundary)]
    words += ["--action-names", request["action"], "--resource-arns", shlex.quote(request["on"])]
    if request["keys"]:
        words += ["--context-entries", _quoted([
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in request["keys"].items()])]
    expected = "allowed" if ask["allowed"] else "implicitDeny or explicitDeny"
    return {"says": f"{ask['says']}: {expected}", "run": " ".join(words) + _OUTPUT}


def simulation(ask: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A request of the table with its names filled in: action, on, keys, allowed."""
    return {"action": ask["action"], "on": filled(ask["on"], names), "keys": filled(ask.get("keys", {}), names),
            "allowed": ask["allowed"]}


def _of(whose: str, subject: Subject) -> Sequence[Document]:
    """The documents that a row of the table asks about."""
    return {"installer": subject.installer, "created": subject.predefined, "trust": (subject.trust,),
            "trust-off": (subject.trust_off,)}[whose]


def _read(given: Iterable[Document]) -> list[str]:
    return [f'"$(cat {name}.json)"' for name, _ in given]


def _quoted(value: Any) -> str:
    return shlex.quote(json.dumps(value))


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """A value of the table with its names filled in."""
    if isinstance(value, str):
        return _NAME.sub(lambda hit: names.get(hit[1], hit[0]), value)
    if isinstance(value, Mapping):
        return {key: filled(part, names) for key, part in value.items()}
    return [filled(part, names) for part in value] if isinstance(value, list) else value
