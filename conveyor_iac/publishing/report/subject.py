"""Whom the claims about a role speak of: the installer's documents, those of created roles, and their names.

Read from the contract that was proved and from the templates, filled with their values. Nothing of it is a promise: it
is what the commands of `checks.py` are made of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any

from conveyor_iac.publishing.report.emitted import Template

Document = tuple[str, Mapping[str, Any]]
"""A policy document and the name of the file that it is written to."""
EXTERNAL_ID = "example-external-id-0123456789"
"""Stands for the external id, which is nowhere written."""
VPC, OTHER_VPC = "vpc-0123456789abcdef0", "vpc-0fedcba9876543210"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The installer role of one template, with every template beside it that has a policy of it."""

    template: Template
    beside: tuple[Template, ...]
    contract: Mapping[str, Any]

    @property
    def role(self) -> str:
        """The role's logical id."""
        return str(self.contract["role"])

    @property
    def trust(self) -> Document:
        """The trust policy."""
        return self._trust(self.template)

    @property
    def trust_off(self) -> Document:
        """The trust policy with the vendor's access turned off."""
        name, document = self._trust(self.template.with_values({"VendorAccess": "Disabled"}))
        return f"{name}-off", document

    def _trust(self, template: Template) -> Document:
        properties = template.resources[self.role]["Properties"]
        return f"{self.role}-trust", template.filled(properties["AssumeRolePolicyDocument"])

    @property
    def installer(self) -> tuple[Document, ...]:
        """Every policy that the role carries with these values."""
        return self._documents(self.template.filled(self._attached))

    @property
    def every_installer(self) -> tuple[Document, ...]:
        """Every policy that the role can carry, whatever the switches."""
        return self._documents(arn for part in self._attached for side in (
            part["Fn::If"][1:] if isinstance(part, dict) and "Fn::If" in part else [part])
            for arn in self.template.filled([side]))

    @property
    def _attached(self) -> list[Any]:
        properties = self.template.resources[self.role]["Properties"]
        return list(properties.get("ManagedPolicyArns", []))

    @property
    def predefined(self) -> tuple[Document, ...]:
        """Every predefined policy."""
        return self._documents(self._arn(name) for name in self.contract.get("predefined", ()))

    @property
    def boundary(self) -> tuple[Document, ...]:
        """The boundary of created roles; nothing where there is none."""
        return self._documents([self._arn(self.contract["boundary"])] if self.contract.get("boundary") else ())

    @property
    def names(self) -> dict[str, str]:
        """What the commands call things."""
        trust, values = self.contract.get("trust") or {}, self.template.values
        partition, account = values.get("AWS::Partition", "aws"), values.get("AWS::AccountId", "")
        created = self._text(self.contract.get("creates_roles", ""))
        predefined = [self._arn(name) for name in self.contract.get("predefined", ())]
        return {
            "installer": self._arn(self.role), "created": created.replace("*", "example"),
            "boundary": self._arn(self.contract.get("boundary") or ""), "predefined": (predefined or [""])[0],
            "stranger": f"arn:{partition}:iam::aws:policy/AdministratorAccess",
            "other_role": f"arn:{partition}:iam::{account}:role/yours",
            "principal": f"arn:{partition}:iam::{self._word(trust.get('account'))}:role/"
                         f"{self._word(trust.get('role'))}",
            "external_id": EXTERNAL_ID, "session_name": self._word(trust.get("session_name")),
            "account": account, "region": values.get("AWS::Region", ""), "partition": partition,
            "tenant": values.get("TenantId", ""), "vpc": values.get("DataPlaneVpcId", VPC), "other_vpc": OTHER_VPC,
            "template": file_of(self.template),
        }

    @property
    def iam_actions(self) -> list[str]:
        """The actions of iam that were agreed."""
        return list(self.contract.get("iam_actions", ()))

    def _word(self, value: Any) -> str:
        """A word of the contract: a text, or the name of the parameter that holds it."""
        if value in self.template.body.get("Parameters", {}):
            return str(self.template.filled({"Ref": value}))
        return self._text(value) if value is not None else ""

    def _text(self, value: Any) -> str:
        """A text of the contract, filled: a report writes Fn::Sub as the text itself."""
        return str(self.template.filled({"Fn::Sub": value} if isinstance(value, str) else value))

    def _arn(self, name: Any) -> str:
        """The ARN that a contract means: written out, or by the logical id of what has it."""
        return (self.template.arn_of(name) if isinstance(name, str) else None) or self._text(name)

    def _documents(self, arns: Iterable[str]) -> tuple[Document, ...]:
        """The documents of managed policies, by their ARNs, in this order; those of nobody here are left out."""
        found = {template.arn_of(name): (name, template.filled(document))
                 for template in (self.template, *self.beside) for name, _, document in template.documents()
                 if template.resources[name].get("Type") == "AWS::IAM::ManagedPolicy"}
        return tuple(found[arn] for arn in arns if arn in found)


def file_of(template: Template) -> str:
    """The file that a template is in, as a word for a shell."""
    return quote(f"{template.name}.template.json")


def subject_of(report: Mapping[str, Any], templates: Sequence[Template]) -> Subject | None:
    """Whom a report of `verify --json` speaks of; nothing where it speaks of no role that is there."""
    contract = (report.get("contract") or {}).get("installer")
    own = [template for template in templates if template.name == report_name(report)]
    if not contract or not own or contract.get("role") not in {name for name, *_ in own[0].documents()}:
        return None
    return Subject(template=own[0], beside=tuple(one for one in templates if one is not own[0]), contract=contract)


def report_name(report: Mapping[str, Any]) -> str:
    """The short name of the template that a report is about."""
    return str(report.get("template", "")).removesuffix(".template.json")
