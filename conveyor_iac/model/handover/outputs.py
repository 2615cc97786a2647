"""Outputs of stacks as the engines print them, told by their shape: which stack says what.

Knows the file of `cdk deploy --outputs-file`, what `aws cloudformation describe-stacks` prints, and what `pulumi stack
output --json` prints. Takes nothing but the outputs it is asked for. A Pulumi state may hold secrets: it is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model.names import TENANT_TAG

Kind = Literal["cdk", "describe-stacks", "pulumi"]
MASKED = "[secret]"
"""What Pulumi prints for a secret."""
_NAMED = re.compile(r"conveyor-([a-z][a-z0-9]{2,19})-(control-plane-)?(network|endpoints|links|policies"
                    r"|installer-policies|installer-role)")
"""The names of our CDK stacks: whose they are."""
_STACK = re.compile(r"arn:[a-z-]+:cloudformation:([a-z0-9-]+):([0-9]{12}):stack/.*")
_NOT_OUTPUTS = (
    (("deployment", "version"), "the state of a Pulumi stack, which may hold secrets", "pulumi stack output --json"),
    (("steps",), "a preview of Pulumi", "After pulumi up: pulumi stack output --json"),
    (("Resources",), "a template", "Give what its stack hands out: aws cloudformation describe-stacks"),
    (("artifacts", "version"), "the manifest of an assembly", "cdk deploy --outputs-file outputs.json"),
)
"""What people may take for outputs: keys by which it is told, what it is, and what to give in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What one stack hands out, and what is known of it: `tenant`, `region`, `account` are nothing where it is silent.

    values: the outputs, by the names that CloudFormation has for them. parameters: what the stack was given.
    state: CloudFormation's word for what became of it, empty where nothing says it. alone: whether nothing else was
    asked for with it, so that whoever gave it means it. secrets: the names of its outputs that hold an external id.
    """

    file: str
    kind: Kind
    name: str
    values: Mapping[str, Any]
    tenant: str | None = None
    region: str | None = None
    account: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    alone: bool = True
    secrets: tuple[str, ...] = ()

    def shown(self) -> str:
        """The stack in a message."""
        return f"{self.file}: {self.name}"


def stacks(body: Any, file: str, keys: Iterable[str]) -> tuple[Stack, ...]:
    """The stacks that a file tells of, and of what they hand out the outputs of these names.

    Raises `InputError` for what is no outputs at all. No value of an output is in a message.
    """
    known = {_plain(key): key for key in keys}
    if isinstance(body, list) and body and all(isinstance(row, Mapping) and "OutputKey" in row for row in body):
        body = {"Stacks": [{"StackName": "the stack", "Outputs": body}]}
    if not isinstance(body, Mapping):
        raise _refused(file, "no mapping", "what a deploy handed out, as JSON", "cdk deploy --outputs-file FILE, aws"
                       " cloudformation describe-stacks or pulumi stack output --json")
    for marks, is_, way_out in _NOT_OUTPUTS:
        if all(mark in body for mark in marks):
            raise _refused(file, is_, "what a deploy handed out", way_out)
    if "StackName" in body and "Outputs" in body:
        body = {"Stacks": [body]}
    read = _described if isinstance(body.get("Stacks"), list) else _plainly
    found = tuple(read(body, file, known))
    if not any(stack.values or stack.tenant or stack.kind == "describe-stacks" for stack in found):
        raise _refused(file, "none of our outputs", "what a deploy of this installation handed out",
                       'Export "outputs" of the deployment, or give the file of the right stack')
    return found


def _described(body: Mapping[str, Any], file: str, known: Mapping[str, str]) -> Iterator[Stack]:
    """The stacks of describe-stacks."""
    for row in body["Stacks"]:
        if not isinstance(row, Mapping):
            raise _refused(file, "a stack that is no mapping", "what describe-stacks prints", "Give all that it prints")
        outputs = _paired(row.get("Outputs"), "Output")
        parameters, tags = _paired(row.get("Parameters"), "Parameter"), _tags(row.get("Tags"))
        name = str(row.get("StackName", "a stack"))
        values = {known[_plain(key)]: value for key, value in outputs.items() if _plain(key) in known}
        place = _STACK.fullmatch(str(row.get("StackId", "")))
        yield Stack(file=file, kind="describe-stacks", name=name, values=values, parameters=parameters,
                    alone=len(body["Stacks"]) == 1, secrets=_secrets(outputs), state=str(row.get("StackStatus", "")),
                    tenant=parameters.get("TenantId") or tags.get(TENANT_TAG) or _whose(name, values),
                    region=place[1] if place else None, account=place[2] if place else None)


def _plainly(body: Mapping[str, Any], file: str, known: Mapping[str, str]) -> Iterator[Stack]:
    """Outputs by name, or such mappings by the names of stacks or of what a Pulumi program exports."""
    flat = {known[_plain(key)]: value for key, value in body.items() if _plain(key) in known}
    nested = {key: value for key, value in body.items() if isinstance(value, Mapping) and key not in flat}
    kind: Kind = "pulumi" if len(nested) < len(body) or "outputs" in body else "cdk"
    if body.get("outputs") == MASKED:
        raise _refused(f"{file}: outputs", MASKED, "outputs in clear: none of them is a secret",
                       "pulumi stack output --json --show-secrets, by a pipe and not into a file")
    shared = _secrets({key: value for key, value in body.items() if key not in nested})
    for name, value in ("its outputs", flat), *nested.items():
        values = {known[_plain(key)]: part for key, part in value.items() if _plain(key) in known}
        if values or (kind == "cdk" and name in nested):
            yield Stack(file=file, kind=kind, name=str(name), values=values, tenant=_whose(str(name), values),
                        secrets=(*shared, *_secrets(value)))


def _paired(rows: Any, what: str) -> dict[str, str]:
    """The rows of describe-stacks as a mapping."""
    return {str(row[f"{what}Key"]): str(row.get(f"{what}Value", "")) for row in rows or ()
            if isinstance(row, Mapping) and f"{what}Key" in row} if isinstance(rows, list) else {}


def _tags(rows: Any) -> dict[str, str]:
    return {str(row.get("Key")): str(row.get("Value")) for row in rows if isinstance(row, Mapping)} if isinstance(
        rows, list) else {}


def _whose(name: str, values: Mapping[str, Any]) -> str | None:
    """The tenant of a stack, by its name or by the session name that it hands out."""
    named, session = _NAMED.fullmatch(name), str(values.get("SessionName", ""))
    return named[1] if named else session.removeprefix("conveyor-") if session.startswith("conveyor-") else None


def _plain(key: Any) -> str:
    """A name as all spellings of it agree: InstallerRoleArn, installer_role_arn, installerRoleArn."""
    return str(key).replace("_", "").lower()


def _secrets(outputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of outputs that are called an external id and are not masked, at any depth of mappings."""
    inner = (name for value in outputs.values() if isinstance(value, Mapping) for name in _secrets(value))
    return (*(str(key) for key, value in outputs.items()
              if "externalid" in _plain(key).replace("-", "") and value not in (None, "", MASKED)), *inner)


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])
