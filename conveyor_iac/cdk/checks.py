"""The claims as a validation plugin of the CDK: one that is not proved fails `cdk synth`.

Knows how the CDK asks a plugin and what it hands over. Refuses to know claims and their verdicts: what is said of the
templates is in `violations`, which is imported when the CDK runs the plugin and not before, and the prover with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import jsii
from aws_cdk import (
    DefaultTokenResolver,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    NestedStack,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    StringConcat,
    Tokenization,
)

NAME = "ConveyorChecks"
Given = Mapping[str, Any] | str | Path | None
"""A contract as an app gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """A stack's construct path, its template's file, and the account it goes to where that is known."""

    path: str
    file: Path
    account: str | None


@jsii.implements(IPolicyValidationPlugin)
class ConveyorChecks:
    """Holds every template of an app, nested stacks included, against the claims; one line in anyone's app.

    `cdk.Validations.of(app).add_plugins(ConveyorChecks())`. A claim that is refuted or undecided is told with its
    counterexample, the construct and the logical id, and the synth fails. It decides nothing about a claim that is
    not asked: which are asked is decided by the contract and by what the templates hold. One claim can be accepted
    with a reason: `cdk.Validations.of(scope).acknowledge(id="ConveyorChecks::CLAIM", reason=…)`; bad input cannot.

    Args:
        contract: what the claims speak of, as a mapping or the path of a YAML or JSON file. Each part counts for the
            templates that have what it names. Left out, or of a template it says nothing of: the contract in the
            template's own Metadata, `Conveyor::Contract`; without one, the claims that need none are asked.
        claims: ids of claims; each must be asked of a template of the app. Left out: all of them, and at least one
            must be.
        timeout: seconds for each claim; one that takes longer is undecided. Left out: 20.

    Raises:
        nothing: a fault of the contract, a claim's name or a policy is told as a violation.
    """

    def __init__(self, *, contract: Given = None, claims: Sequence[str] | None = None,
                 timeout: float = 20.0) -> None:
        self._contract, self._claims, self._timeout = contract, claims, timeout

    @property
    def name(self) -> str:
        """What the report of the CDK calls it."""
        return NAME

    @property
    def version(self) -> str:
        """The version of this package."""
        return version("conveyor-iac")

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """What the CDK calls once the templates are written."""
        found = self._violations(context)
        return PolicyValidationPluginReport(success=not found, violations=found, plugin_version=self.version)

    def _violations(self, context: IPolicyValidationContext) -> list[PolicyViolation]:
        emitted = _emitted(context)
        try:
            from conveyor_iac.cdk.violations import violations
            return violations(emitted, contract=_resolved(self._contract, context), claims=self._claims,
                              timeout=self._timeout)
        except ModuleNotFoundError as missing:
            if missing.name != "z3":
                raise
        return [PolicyViolation(
            rule_name="input", severity="fatal", description="No claim is proved: z3 is not installed.",
            fix="pip install 'conveyor-iac[cdk,verify]'",
            violating_resources=[PolicyViolatingResource(construct_path=emitted[0].path, locations=[])])]


def _emitted(context: IPolicyValidationContext) -> list[Emitted]:
    """Every template: those the CDK hands over, and those of nested stacks, which it does not."""
    stacks = [Emitted(path=stack.stack_construct_path, file=Path(stack.template_path), account=stack.account_id)
              for stack in context.stack_templates]
    parents = [stack for stack in stacks
               if '"AWS::CloudFormation::Stack"' in stack.file.read_text(encoding="utf-8")]
    return [*stacks, *(_nested(context, stacks) if parents else ())]


def _nested(context: IPolicyValidationContext, stacks: Sequence[Emitted]) -> Iterator[Emitted]:
    """The templates of the nested stacks below these stacks; each lies beside that of the stack it belongs to."""
    for construct in context.app_construct.node.find_all():
        if isinstance(construct, NestedStack):
            path = construct.node.path
            above = [stack for stack in stacks if path.startswith(f"{stack.path}/")]
            for stack in sorted(above, key=lambda stack: len(stack.path))[-1:]:
                yield Emitted(path=path, file=stack.file.parent / construct.template_file, account=stack.account)


def _resolved(contract: Given, context: IPolicyValidationContext) -> Given:
    """A contract whose words may be tokens, such as the logical id of a construct of the app."""
    if not isinstance(contract, Mapping) or "${Token[" not in repr(contract):
        return contract
    resolver = DefaultTokenResolver(StringConcat())
    return cast(Given, Tokenization.resolve(contract, preparing=False, resolver=resolver, scope=context.app_construct))
