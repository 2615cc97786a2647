"""One CloudFormation template that says what the resources of a Pulumi stack say, so that every claim reads it as ever.

Knows how the parts go together: names, references, rows, parts, main tables, the contract. What the table does not
know is passed on so that what it may concern is undecided; what is left out is known to concern no claim.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.model.catalogue.proofs import PulumiType
from conveyor_iac.proofs.contract import METADATA
from conveyor_iac.proofs.pulumi import empowering, folding, storing
from conveyor_iac.proofs.pulumi.accounts import account_of
from conveyor_iac.proofs.pulumi.building import Building, families_of, logical_ids
from conveyor_iac.proofs.pulumi.handing import azure_resources, is_strange
from conveyor_iac.proofs.pulumi.references import References
from conveyor_iac.proofs.pulumi.spelling import Spelling, raising
from conveyor_iac.proofs.pulumi.standing import standing
from conveyor_iac.proofs.pulumi.states import Plain, plains
from conveyor_iac.proofs.pulumi.values import Secrets, untold
from conveyor_iac.proofs.template import Resource, Template

READ: Final = "Conveyor::Pulumi"
"""Where the template's Metadata tells what was read: for the report, not for any claim."""
_COMPONENT: Final = "conveyor:index:"
_SHAPES: Final = {**folding.SHAPES, **storing.SHAPES, **empowering.SHAPES}
_ANYTHING: Final = ("network", "endpoints", "privatelink", "iam", "storage")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Adapted:
    """A template of a stack's resources, and what must never be shown of it."""

    template: Template
    secrets: frozenset[str]


def template_of(resources: Iterable[Mapping[str, Any]], name: str, *,
                contract: Mapping[str, Any] | None = None) -> Template:
    """The template of plain resources: mappings with type, name, inputs, and where they are known outputs, id and urn.

    name: of the template, in the report. contract: what the claims speak of, with the resources' names as logical ids;
    it stands in the template's Metadata. Raises `InputError` for a policy that is none and for resources of several
    accounts.
    """
    secrets = Secrets()
    return adapted(plains(resources, secrets, name), name, secrets, contract=contract).template


def contracts(resources: Iterable[Plain], name: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The contract of each of our deployments with its name, or its URN where two share one.

    They stand among its inputs, which a first preview knows too. Raises `InputError` for one that cannot be read: what
    it asks would not be asked.
    """
    ours = [(one, {**one.outputs, **one.inputs}["contract"]) for one in resources
            if one.type.startswith(_COMPONENT) and ("contract" in one.inputs or "contract" in one.outputs)]
    if faults := [Fault(path=f"{name}: {one.urn or one.name}: contract", value="not known", rule="is a mapping",
                        way_out="Give what pulumi stack export --show-secrets prints, or the contract with --contract")
                  for one, contract in ours if not isinstance(contract, Mapping)]:
        raise InputError(faults)
    shared = Counter(one.name for one, _ in ours)
    return tuple((one.name if shared[one.name] == 1 else one.urn, contract) for one, contract in ours)


def adapted(resources: tuple[Plain, ...], name: str, secrets: Secrets, *, source: str = "resources",
            contract: Any = None, sha256: str = "") -> Adapted:
    """The template, and the texts in it that are secret."""
    own = [found for one in resources if one.custom and (found := _counted(one))]
    account, partition = account_of(resources, own, name)
    spelling = Spelling(references=References(account=account, partition=partition), secrets=secrets)
    building = _built(_in_order(own, contract), spelling)
    if spelling.faults:
        raise InputError(dict.fromkeys(_placed(fault, name) for fault in spelling.faults))
    agreed = None if contract is None else _agreed(contract, spelling)
    strange = Counter(one.type for one in own if _is_strange(one) or is_strange(one))
    metadata: dict[str, Any] = {READ: {"source": source, "resources": len(own), "unknown_types": dict(sorted(
        strange.items())), "unknown_values": list(spelling.unknown)}}
    metadata |= {} if agreed is None else {METADATA: agreed}
    body = {"Metadata": metadata, "Parameters": spelling.parameters(), "Resources": building.resources}
    hidden = {*secrets.texts.difference(_texts(agreed)), *spelling.external_ids}
    template = replace(_template(body, name, sha256), azure=azure_resources(resources))
    return Adapted(template=template, secrets=frozenset(hidden))


def _counted(one: Plain) -> Plain | None:
    """A resource that counts. One that is only read is elsewhere, unless it is a part: what it opens is open."""
    if one.type.startswith("pulumi:"):
        return None
    if not one.external:
        return one
    row = catalogue.pulumi_types().types.get(one.type)
    return replace(one, inputs={**one.outputs, **one.inputs}) if row is not None and row.unnamed else None


def _placed(fault: Fault, name: str) -> Fault:
    return Fault(path=f"{name}: {fault.path}", value=fault.value, rule=fault.rule, way_out=fault.way_out)


def _template(body: Mapping[str, Any], name: str, sha256: str) -> Template:
    resources = {logical_id: Resource(logical_id=logical_id, type=row["Type"], properties=row["Properties"], body=row)
                 for logical_id, row in body["Resources"].items()}
    digest = sha256 or hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return Template(name=name, sha256=digest, body=body, resources=resources)


def _in_order(own: list[Plain], contract: Any) -> list[Plain]:
    """The resources as they are, the contract's own role first: its external id is the one named ExternalId."""
    installer = contract.get("installer") if isinstance(contract, Mapping) else None
    role = installer.get("role") if isinstance(installer, Mapping) else None
    return sorted(own, key=lambda one: not (one.type == "aws:iam/role:Role" and one.name == role))


def _is_strange(one: Plain) -> bool:
    known = catalogue.pulumi_types()
    return one.type not in known.types and one.type not in known.harmless and not _is_elsewhere(one.type)


def _is_elsewhere(type_: str) -> bool:
    return type_.partition(":")[0] in catalogue.pulumi_types().elsewhere


def _built(own: list[Plain], spelling: Spelling) -> Building:
    known = catalogue.pulumi_types()
    building = Building(spelling=spelling)
    mapped = [(standing(one, row), row) for one in own if (row := known.types.get(one.type)) is not None]
    whole = [one for one, row in mapped if row.shape not in storing.PARTS]
    strangers = [one for one in own if _is_strange(one)]
    building.names = logical_ids([*whole, *strangers])
    _register(building, [(one, row) for one, row in mapped if row.shape not in storing.PARTS])
    for one, row in sorted(mapped, key=lambda pair: pair[1].shape in storing.PARTS):
        _add(building, one, row)
    for one in strangers:
        _pass_on(building, one)
    storing.settle(building)
    empowering.settle(building)
    folding.settle_mains(building)
    return building


def _register(building: Building, mapped: list[tuple[Plain, PulumiType]]) -> None:
    """What each resource is called: by its id and ARN; by the name somebody chose; by what else names it."""
    references = building.spelling.references
    spoken = [(one, row, building.names[id(one)]) for one, row in mapped if not row.unnamed]
    for one, row, name in spoken:
        arn = one.identity.get("arn")
        reference = {"Ref": name}
        if not row.named:
            references.add(one.id, reference)
        if arn and (row.named or arn != one.id):
            references.add(arn, {"Fn::GetAtt": [name, "Arn"]})
        for chosen in (one.id, one.inputs.get("name"), one.identity.get("name"), one.inputs.get("bucket"), arn):
            known = building.called.setdefault((row.aws, str(chosen)), [])
            if chosen and isinstance(chosen, str) and name not in known:
                known.append(name)
    for one, row, name in spoken:
        for key in row.ids:
            _also(building, one, name, key)
        if row.aws.startswith("AWS::NetworkFirewall::"):
            for text in _texts(one.outputs):
                if text.startswith("vpce-"):
                    references.add(text, {"Fn::GetAtt": [name, "EndpointIds"]})


def _also(building: Building, one: Plain, name: str, key: str) -> None:
    """Another name of a resource, unless it is the id of one that the stack has."""
    references, text = building.spelling.references, one.identity.get(key)
    owner = references.owner(text)
    if not key.endswith("RouteTableId"):
        if not owner:
            references.add(text, {"Fn::GetAtt": [name, key]})
    elif owner:
        building.main.setdefault(owner, name)
    elif isinstance(text, str) and text:
        table = building.free(f"{name}/{key}")
        building.main[table] = name
        references.add(text, {"Ref": table})


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _add(building: Building, one: Plain, row: PulumiType) -> None:
    """A resource, or a fault where a value of it is of a kind that its type does not take."""
    try:
        _shaped(building, one, row)
    except (TypeError, AttributeError, ValueError):
        building.spelling.faults.append(Fault(
            path=one.name, value=one.type, rule="its values are of the kinds that its type takes",
            way_out="Export the stack again, and change nothing in it"))
    except LookupError:  # a part of a resource that has such a fault
        if not building.spelling.faults:
            raise


def _shaped(building: Building, one: Plain, row: PulumiType) -> None:
    """A resource of its own, or a part, which is folded into those that are there."""
    part = id(one) not in building.names
    name = one.name if part else building.names[id(one)]
    strange = building.strange(one, row)
    properties = building.properties(one, row, name)
    if strange:
        why = f"what {', '.join(strange)} of {name} comes to, which is not known here"
        if families_of(one.type) != ("iam",):
            properties |= {spelled.to: raising(why) for spelled in row.properties.values()}
        building.unread(name, families_of(one.type), why)
    if not part:
        properties = building.place(name, row.aws, properties)
    if shape := _SHAPES.get(row.shape):
        shape(building, one, name, properties)


def _pass_on(building: Building, one: Plain) -> None:
    """A type that nobody knows here: the claims it may concern cannot pass it over.

    What is no resource of AWS's own may do anything with what it is given, as a custom resource may; one of a service
    that nobody knows here may do anything at all.
    """
    name, families = building.names[id(one)], families_of(one.type)
    if not one.type.startswith("aws:"):
        families = families or _ANYTHING
        given = building.spelling.value(dict(one.inputs), name)
        building.place(name, f"Custom::{one.type}", {"Inputs": _spoken(building, given)})
    if families:
        building.unread(name, families, f"what {name} does, of the type {one.type} that is not known here")


def _spoken(building: Building, value: Any) -> Any:
    """A value with the resources that whole texts in it name by a chosen name, as a role is named."""
    if isinstance(value, str):
        found = dict.fromkeys(name for (_, text), names in building.called.items() if text == value for name in names)
        return {"Fn::Join": ["", [{"Ref": name} for name in found]]} if found else value
    if isinstance(value, list):
        return [_spoken(building, item) for item in value]
    if isinstance(value, Mapping) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        return {key: _spoken(building, item) for key, item in value.items()}
    return value


def _agreed(contract: Any, spelling: Spelling) -> Any:
    """The contract in the words of the template: the stack's own account and partition as placeholders."""
    if any(untold(contract)):
        raise InputError([Fault(path="contract", value="not known", rule="a contract is known before it is held",
                                way_out="Give it with --contract")])
    installer = contract.get("installer") if isinstance(contract, Mapping) else None
    trust = installer.get("trust") if isinstance(installer, Mapping) else None
    found = _general(contract, spelling)
    if trust is not None:
        found["installer"]["trust"] = _external(trust, spelling)
    return found


def _external(trust: Any, spelling: Spelling) -> Any:
    """An external id that the contract writes out is the parameter that stands for it."""
    given = trust.get("external_id") if isinstance(trust, Mapping) else None
    return {**trust, "external_id": spelling.external_ids[given]} if given in spelling.external_ids else trust


def _general(value: Any, spelling: Spelling) -> Any:
    if isinstance(value, str):
        found = value
        if spelling.references.partition:
            found = re.sub(rf"^arn:{spelling.references.partition}:", "arn:${AWS::Partition}:", found)
        account = spelling.references.account
        return re.sub(rf"(?<=:){account}(?=:)", "${AWS::AccountId}", found) if account and found.startswith(
            "arn:") else found
    if isinstance(value, list):
        return [_general(item, spelling) for item in value]
    if isinstance(value, Mapping):
        return {key: _general(item, spelling) for key, item in value.items()}
    return value
