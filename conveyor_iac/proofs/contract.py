"""The contract: what in a template the claims speak of. Comes from a file, or from the template's own Metadata.

Knows the keys and holds each name against the template; refuses to guess a part that is not named. A part that is
left out is not asked about; a name the template does not have is an input error.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.proofs.azure.contract import Azure
from conveyor_iac.proofs.azure.contract import faults as azure_faults
from conveyor_iac.proofs.template import Template, load

METADATA = "Conveyor::Contract"
IMPORTED = "Fn::ImportValue "
Texts = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, coerce_numbers_to_str=True)


class Trust(_Part):
    """Whom the installer role trusts: each a parameter's name or a literal value."""

    account: str = Field(description="Account that may assume the role: a parameter, or 12 digits.")
    role: str | None = Field(default=None, description="The one role of that account, with its path; null means any.")
    external_id: str | None = Field(default=None, description="External id: a parameter, or a literal.")
    session_name: str | None = Field(default=None, description="Role session name: a parameter, or a literal.")


class Installer(_Part):
    """The installer role and its limits."""

    role: str = Field(description="Logical id of an AWS::IAM::Role.")
    boundary: str | None = Field(default=None, description="Boundary of created roles: a logical id, an ARN, or null.")
    creates_roles: str | None = Field(
        default=None, description="The only roles it may write, pass, tag or delete: the pattern of what follows "
                                  "role/ in their ARN (path and name), or of the whole ARN; null means none.")
    predefined: Texts = Field(default=(), description="What it may attach: logical ids or ARNs of managed policies.")
    passes_to: Texts = Field(default=(), description="Services it may pass those roles to.")
    iam_actions: Texts = Field(default=(), description="Every iam action it may have; patterns allowed.")
    trust: Trust | None = Field(default=None, description="Whom it trusts. Left out: not asked.")
    switch: str | None = Field(default=None, description="Parameter that turns the vendor off. Left out: not asked.")
    owns: Texts | None = Field(default=None, description="Names of what is the tenant's own. Left out: not asked.")
    owns_tags: Texts | None = Field(
        default=None, description="Values of tags that mark what is the tenant's own; left out: the names of owns, and "
                                  "the values of the placeholders in them.")
    descendants: str | None = Field(
        default=None, description="The roles that created roles may create, write and pass, as in creates_roles.")


class Data(_Part):
    """From where customer data may be read."""

    network: str | None = Field(description="VPC that data may be read from: a parameter, a logical id, a vpc id, or "
                                            "what another stack exports (Fn::ImportValue); null: there is none.")
    when: Texts = Field(default=(), description="Conditions that must hold for the claims to be made; where they do "
                                                "not, what happens is told as a note.")


class Network(_Part):
    """Subnets and their ways out."""

    subnets: Annotated[Texts, Field(min_length=1, description="Logical ids of subnets; * stands for any text.")]
    egress: Literal["none", "allow-list"] = Field(description="none: no internet path; allow-list: the domains only.")
    isolated: Texts = Field(default=(), description="Those of them that have no internet path, for allow-list.")
    domains: Texts = Field(default=(), description="The agreed domains, for allow-list.")
    trusted: Texts = Field(default=(), description="CIDRs of the customer's own networks.")
    endpoints: Texts = Field(default=(), description="Services that must serve the subnets. Empty: not asked.")
    dns_when: Texts = Field(default=(), description="Conditions that must hold for network.dns-exit to be claimed; "
                                                    "where they do not, what happens is told as a note.")


class Contract(_Part):
    """The whole contract; a part that is left out is not asked about."""

    installer: Installer | None = None
    data: Data | None = None
    network: Network | None = None
    azure: Azure | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract as its file says it."""
        return self.model_dump(mode="json", exclude_unset=True)


def of_file(text: str, path: str) -> Contract:
    """The contract of a file; `InputError` with every fault."""
    return of_mapping(load(text, path), path)


def of_mapping(value: Any, path: str) -> Contract:
    """The contract of a value that is a mapping in memory; `InputError` with every fault."""
    try:
        return _contract(_texts(value), path)
    except RecursionError:
        raise InputError([Fault(path=path, value="nested too deep", rule="a contract is nested no deeper than its keys",
                                way_out="Flatten it")]) from None


def of_template(template: Template) -> Contract | None:
    """The contract a template carries, or nothing."""
    given = template.section("Metadata").get(METADATA)
    return None if given is None else of_mapping(given, f"{template.name}: Metadata.{METADATA}")


def shown(contract: Contract, template: Template) -> Contract:
    """The contract as a report may show it: an external id that is no parameter's name is itself the secret."""
    if secret(contract, template) is None:
        return contract
    assert contract.installer
    assert contract.installer.trust
    trust = contract.installer.trust.model_copy(update={"external_id": HIDDEN})
    return contract.model_copy(update={"installer": contract.installer.model_copy(update={"trust": trust})})


def secret(contract: Contract, template: Template) -> str | None:
    """The external id that the contract writes out, if it does."""
    trust = contract.installer.trust if contract.installer else None
    external_id = trust.external_id if trust else None
    return None if external_id in template.section("Parameters") else external_id


def concerning(contract: Contract, template: Template, beside: Iterable[Template]) -> Contract:
    """What a contract for several templates says of one: the role or subnets that only another has are that one's."""
    others = tuple(beside)
    left_out = set()
    if contract.installer and _only_beside((contract.installer.role,), "AWS::IAM::Role", template, others):
        left_out |= {"installer", "data"}
    if contract.network and _only_beside(contract.network.subnets, "AWS::EC2::Subnet", template, others):
        left_out.add("network")
    if not template.azure and any(other.azure for other in others):
        left_out.add("azure")
    return Contract.model_validate(contract.model_dump(exclude_unset=True, exclude=left_out))


def _only_beside(globs: Texts, type_: str, template: Template, others: tuple[Template, ...]) -> bool:
    """Whether another template has such a resource, and this one has none."""
    return not _has(globs, type_, template) and any(_has(globs, type_, other) for other in others)


def _has(globs: Texts, type_: str, template: Template) -> bool:
    return any(fnmatchcase(resource.logical_id, glob) for resource in template.of_type(type_) for glob in globs)


def held(contract: Contract, template: Template, beside: Iterable[Template] = ()) -> Contract:
    """The contract, once every name in it is known to the template; `InputError` with every fault otherwise."""
    faults = list(_strangers(contract, template, tuple(beside)))
    if faults:
        raise InputError(faults)
    return contract


def _texts(value: Any) -> Any:
    """The value with the texts themselves: a template writes those with placeholders under Fn::Sub, for its linters.

    What another stack exports is told by its name after `Fn::ImportValue`.
    """
    if isinstance(value, list):
        return [_texts(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        (function, text), = value.items()
        if function in ("Fn::Sub", "Fn::ImportValue") and isinstance(text, str):
            return text if function == "Fn::Sub" else IMPORTED + text
    return {key: _texts(part) for key, part in value.items()}


def _contract(value: Any, path: str) -> Contract:
    if not isinstance(value, dict):
        raise InputError([Fault(path=path, value=_kind(value), rule="a contract is a mapping",
                                way_out=f"Give {_either(Contract.model_fields)}")])
    try:
        return Contract.model_validate(value)
    except ValidationError as error:
        raise InputError(_fault(row, path) for row in error.errors()) from None


def _fault(row: Any, path: str) -> Fault:
    where = ".".join(map(str, row["loc"]))
    if row["type"] == "extra_forbidden":
        known = _fields_at(row["loc"][:-1])
        near = difflib.get_close_matches(str(row["loc"][-1]), known, n=1)
        way_out = f"Perhaps you meant {near[0]}" if near else f"Known keys: {_either(known)}"
        return Fault(path=f"{path}: {where}", value=HIDDEN, rule="is no key of a contract", way_out=way_out)
    rule = {"missing": "must be given", "literal_error": f"is {row.get('ctx', {}).get('expected', '')}"}
    return Fault(path=f"{path}: {where}", value=_received(row),
                 rule=rule.get(row["type"], row["msg"]), way_out="See docs/proofs.md for each key's meaning")


def _received(row: Any) -> str:
    """What stands there, in short; nothing of what is under trust, where an external id may be written out."""
    if row["type"] == "missing":
        return "nothing"
    return HIDDEN if "trust" in row["loc"] else _kind(row["input"])


def _kind(value: Any) -> str:
    """A value in short: a whole part of a contract only as what it is, for it may hold an external id."""
    if isinstance(value, list | tuple):
        return "a list"
    return "a mapping" if isinstance(value, dict) else str(value)[:60]


def _fields_at(location: Iterable[Any]) -> list[str]:
    """The keys that are known at a place of the contract."""
    part: Any = Contract
    for step in location:
        field: FieldInfo | None = part.model_fields.get(step)
        part = next(_models(field.annotation), part) if field else part
    return sorted(part.model_fields)


def _models(kind: Any) -> Iterator[Any]:
    """The parts of a contract that a key may hold, alone or in a list."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)


def _either(names: Iterable[str]) -> str:
    return ", ".join(names)


def _strangers(contract: Contract, template: Template, beside: tuple[Template, ...]) -> Iterator[Fault]:
    """Every name of the contract that the template does not have."""
    if contract.installer:
        yield from _installer_strangers(contract.installer, template, beside)
    if contract.data:
        yield from _data_strangers(contract.data, template)
    if contract.network:
        subnets = [resource.logical_id for resource in template.of_type("AWS::EC2::Subnet")]
        for key, globs in (("subnets", contract.network.subnets), ("isolated", contract.network.isolated)):
            for index, glob in enumerate(globs):
                if not any(fnmatchcase(subnet, glob) for subnet in subnets):
                    yield _stranger(f"network.{key}.{index}", glob, "matches a subnet of the template", subnets)
        yield from _unknown_conditions("network.dns_when", contract.network.dns_when, template)
    if contract.azure:
        yield from azure_faults(contract.azure, template.azure)


def _installer_strangers(part: Installer, template: Template, beside: tuple[Template, ...]) -> Iterator[Fault]:
    roles = [resource.logical_id for resource in template.of_type("AWS::IAM::Role")]
    policies = [resource.logical_id for one in (template, *beside)
                for resource in one.of_type("AWS::IAM::ManagedPolicy")]
    parameters = list(template.section("Parameters"))
    if part.role not in roles:
        yield _stranger("installer.role", part.role, "is the logical id of a role of the template", roles)
    named = {"installer.boundary": part.boundary}
    named |= {f"installer.predefined.{index}": name for index, name in enumerate(part.predefined)}
    for path, name in named.items():
        if name is not None and not _is_arn(name) and name not in policies and name not in parameters:
            yield _stranger(path, name, "is an ARN or the logical id of a managed policy of the template", policies)
    if part.switch is not None and part.switch not in parameters:
        yield _stranger("installer.switch", part.switch, "is a parameter of the template", parameters)
    if part.trust and part.trust.account not in parameters and not _is_account(part.trust.account):
        yield _stranger("installer.trust.account", part.trust.account,
                        "is a parameter of the template, or 12 digits", parameters)
    patterns = {"creates_roles": part.creates_roles or "", "descendants": part.descendants or ""}
    patterns |= {f"owns_tags.{index}": value for index, value in enumerate(part.owns_tags or ())}
    for path, text in (patterns | {f"owns.{index}": own for index, own in enumerate(part.owns or ())}).items():
        for name in _placeholders(text):
            if name not in parameters and name not in template.resources and not name.startswith("AWS::"):
                yield _stranger(f"installer.{path}", f"${{{name}}}", "is a parameter of the template", parameters)


def _data_strangers(part: Data, template: Template) -> Iterator[Fault]:
    known, elsewhere = [*template.section("Parameters"), *template.resources], ("vpc-", "arn:", IMPORTED)
    if part.network is not None and part.network not in known and not part.network.startswith(elsewhere):
        yield _stranger("data.network", part.network, "is a parameter or resource of the template, or a VPC id", known)
    yield from _unknown_conditions("data.when", part.when, template)


def _unknown_conditions(path: str, names: Texts, template: Template) -> Iterator[Fault]:
    conditions = list(template.section("Conditions"))
    for index, name in enumerate(names):
        if name not in conditions:
            yield _stranger(f"{path}.{index}", name, "is a condition of the template", conditions)


def _stranger(path: str, value: str, rule: str, known: Iterable[str]) -> Fault:
    names = list(known)
    near = difflib.get_close_matches(value, names, n=1)
    way_out = f"Perhaps you meant {near[0]}" if near else f"Known: {', '.join(names[:12]) or 'none'}"
    return Fault(path=f"contract: {path}", value=value, rule=rule, way_out=way_out)


def _placeholders(text: str) -> Iterator[str]:
    for piece in text.split("${")[1:]:
        yield piece.partition("}")[0]


def _is_arn(name: str) -> bool:
    return name.startswith(("arn:", "${"))


def _is_account(name: str) -> bool:
    return len(name) == 12 and name.isdigit()
