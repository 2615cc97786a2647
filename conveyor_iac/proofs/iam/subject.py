"""What the IAM claims speak of, as the contract names it: the installer, the roles it creates, its policies, its own.

Each is worked out once for a case.
"""

from collections.abc import Iterable
from dataclasses import replace

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.contract import Installer
from conveyor_iac.proofs.iam.power import (
    Power,
    Unread,
    created_power,
    items,
    managed_on,
    pieces,
    policy_value,
    power_of,
)
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.scope import Scope
from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Verdict
from conveyor_iac.proofs.worlds import spoken_of

ANY_ROLE, ANY_POLICY = Text.of("arn:*:iam::*:role/*"), Text.of("arn:*:iam::*:policy/*")


def has_installer(case: Case) -> bool:
    """Whether the contract names an installer role."""
    return case.contract.installer is not None


def part(case: Case) -> Installer:
    """The contract's part about the installer."""
    assert case.contract.installer is not None
    return case.contract.installer


def role(case: Case) -> Resource:
    """The installer role."""
    return case.template.resources[part(case).role]


def installer(case: Case) -> Power:
    """What the installer may do."""
    found: Power = case.once("installer", lambda: power_of(case, role(case)))
    return found


def created(case: Case) -> Power:
    """What any role it creates may do, with every policy that can be attached to it."""
    def make() -> Power:
        power = created_power(case)
        return replace(power, unread=tuple(row for row in power.unread if row.arn is None or _attachable(case, row)))

    found: Power = case.once("created", make)
    return found


def _attachable(case: Case, row: Unread) -> bool:
    """Whether the installer may attach a policy where the template does not make it."""
    assert row.arn is not None
    question = Question(actions=("iam:AttachRolePolicy",), keys=(("iam:policyarn", Rule(inside=(row.arn,))),))
    return ask(case, installer(case), question, given=row.guards).verdict is not Verdict.PROVED


def trust(case: Case) -> Power:
    """Who may become the installer."""
    def make() -> Power:
        condition = role(case).condition
        return Power(name=part(case).role, arn="", identity=pieces(
            role(case).properties.get("AssumeRolePolicyDocument"), f"{part(case).role}.AssumeRolePolicyDocument",
            case.template, () if condition is None else ((condition, True),)))

    found: Power = case.once("trust", make)
    return found


def handed(case: Case) -> tuple[str, ...]:
    """The nested stacks, custom resources and functions of the template that are given the role by its name or ARN."""
    kinds = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource", "AWS::Lambda::Function", "Custom::")
    return tuple(resource.logical_id for resource in case.template.resources.values()
                 if resource.type.startswith(kinds) and part(case).role in spoken_of(resource.properties))


def arn_of_role(case: Case) -> Text:
    """The installer role's ARN; `Undecidable` where it hangs on conditions."""
    return Scope(template=case.template).arn_of(role(case))


def created_roles(case: Case) -> tuple[Text, ...]:
    """The pattern of the ARNs of the roles it may create; nothing where the contract lets it create none."""
    return _roles(case, part(case).creates_roles)


def _roles(case: Case, pattern: str | None) -> tuple[Text, ...]:
    if pattern is None:
        return ()
    whole = "" if pattern.startswith("arn:") else "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
    return (written(case, whole + pattern),)


def foreign_tags(case: Case) -> Rule:
    """A tag of something that is not the tenant's: it may be there, with any value but the tenant's."""
    contract = part(case)
    values = contract.owns_tags
    if values is None:
        names = [written(case, name) for name in contract.owns or ()]
        return Rule(outside=(*names, *(Text.of(part) for name in names for part in name.unknowns)), absent=True)
    return Rule(outside=tuple(written(case, value) for value in values), absent=True)


def descendants(case: Case) -> tuple[Text, ...]:
    """The patterns of the ARNs of the roles that created roles may create, write and pass: those created, and more."""
    return (*created_roles(case), *_roles(case, part(case).descendants))


def written(case: Case, text: str) -> Text:
    """A text of the contract with its placeholders as unknowns."""
    return Scope(template=case.template).text({"Fn::Sub": text})


def policy_arns(case: Case, names: Iterable[str]) -> tuple[Text, ...]:
    """The ARNs of the policies that the contract names."""
    scope = Scope(template=case.template)
    return tuple(_beside(case, name) or scope.text(policy_value(case.template, name)) for name in names)


def _beside(case: Case, name: str) -> Text | None:
    """The ARN of a policy that only a template beside this one has, by its logical id."""
    if name in case.template.resources or name in case.template.section("Parameters"):
        return None
    found = [(template, template.resources[name]) for template in case.beside if name in template.resources]
    return Scope(template=found[0][0]).arn_of(found[0][1]) if found else None


def own_policies(case: Case) -> tuple[Text, ...]:
    """The ARNs of the managed policies that the installer role carries, its boundary, and what it may attach.

    Those of AWS are left out: nobody can write them.
    `Undecidable` where one hangs on conditions.
    """
    scope = Scope(template=case.template)
    rows = [row for key in ("ManagedPolicyArns", "PermissionsBoundary")
            for _, row in items(role(case).properties.get(key, []))]
    contract = part(case)
    named = [*contract.predefined, *([contract.boundary] if contract.boundary else [])]
    found = [*map(scope.text, rows), *map(scope.arn_of, managed_on(case, role(case)))]
    every = dict.fromkeys((*found, *policy_arns(case, named)))
    return tuple(arn for arn in every if [field.literal for field in arn.split(":")][4:5] != ["aws"])
