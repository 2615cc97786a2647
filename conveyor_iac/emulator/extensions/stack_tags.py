"""The tags of a stack reach everything of it that takes tags.

Knows only which of the types that ministack leaves out take them: those whose registry schema has a list of tags. For
every other type ministack does the same by itself.
"""

from __future__ import annotations

from ..recorded_types import RECORDED_TYPES
from . import schemas

_BRIDGED = ("AWS::EC2::EIP", "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::NatGateway")


def install() -> None:
    """Tell ministack's table of tagged types about these."""
    from ministack.services.cloudformation import provisioners

    for type_name in (*_BRIDGED, *RECORDED_TYPES):
        if "Tags" in ((schemas.schema_of(type_name) or {}).get("properties") or {}):
            provisioners._STACK_TAG_PROPERTY.setdefault(type_name, ("Tags", "list"))
