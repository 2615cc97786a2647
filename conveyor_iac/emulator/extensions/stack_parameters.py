"""A parameter that the template does not have, or that names what is not there, is refused as CloudFormation does.

Knows names of parameters and the types that stand for a network, a subnet, a security group or a zone of the account.
ministack itself checks AllowedPattern, AllowedValues, lengths and bounds.
"""

from __future__ import annotations

from typing import Any

_STORES = {
    "AWS::EC2::VPC::Id": "_vpcs",
    "AWS::EC2::Subnet::Id": "_subnets",
    "AWS::EC2::SecurityGroup::Id": "_security_groups",
}
_ZONE = "AWS::EC2::AvailabilityZone::Name"


def install() -> None:
    """Look at the names before ministack looks at the values, wherever it resolves parameters."""
    from ministack.services.cloudformation import changesets, engine, handlers

    resolve = engine._resolve_parameters

    def resolving(template: dict[str, Any], provided: list[dict[str, Any]], *rest: Any) -> Any:
        unknown = [p["Key"] for p in provided if p.get("Key") not in (template.get("Parameters") or {})]
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        resolved = resolve(template, provided, *rest)
        for name, parameter in resolved.items():
            _exists(name, parameter["Type"], parameter["Value"])
        return resolved

    for module in (engine, handlers, changesets):
        module._resolve_parameters = resolving


def _exists(name: str, written: str, value: str) -> None:
    """Raise when a value of one of the known types, or an item of a list of them, is nothing of the account."""
    is_list = written.startswith("List<")
    one = written.removeprefix("List<").removesuffix(">")
    if one not in _STORES and one != _ZONE:
        return
    for item in value.split(",") if is_list else [value]:
        if not _known(one, item.strip()):
            raise ValueError(f"Parameter validation failed: parameter value {item.strip()} for parameter name {name} "
                             "does not exist")


def _known(type_name: str, value: str) -> bool:
    from ministack.core.responses import get_region
    from ministack.services import ec2

    ec2._ensure_defaults_initialized()
    if type_name == _ZONE:
        return value in [f"{get_region()}{letter}" for letter in "abc"]
    return getattr(ec2, _STORES[type_name]).get(value) is not None
