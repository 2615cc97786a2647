"""One likely deployment: a value for whatever a template leaves open, so that a counterexample can be held by hand.

Works out what follows from a parameter, such as a piece of a VPC's block, from that parameter's value. What is told
elsewhere may be anything; what follows from something and cannot be worked out here has no value.
"""

import json
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any
from zlib import crc32

from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.patterns import samples
from conveyor_iac.proofs.scope import Scope, Undecidable, World
from conveyor_iac.proofs.text import Text, Unknown

_BLOCKS = frozenset({"AWS::EC2::VPC", "AWS::EC2::Subnet"})
_FREE = ("Fn::ImportValue", "Fn::GetAZs")


class NoValue(Exception):
    """What a template leaves open follows from something else, in a way that is not worked out here."""


class Likely:
    """The values of one likely deployment of both sides in a world."""

    def __init__(self, joint: Joint, world: World) -> None:
        self._scopes = tuple(Scope(template=case.template, world=world) for case in (joint.after, joint.before))

    def values(self, given: Iterable[Text], otherwise: str = "") -> dict[str, str] | None:
        """A value for every unknown of these texts; nothing where one has none.

        otherwise: what one may be that the templates say nothing about.
        """
        found: dict[str, str] = {}
        try:
            for part in (part for text in given for part in text.unknowns):
                found[part.name] = self._value(part, otherwise)
        except (NoValue, Undecidable, ValueError, TypeError, LookupError, RecursionError):
            return None
        return found

    def _value(self, part: Unknown, otherwise: str) -> str:
        if part.name.startswith("{"):
            return self._worked_out(json.loads(part.name), otherwise)
        owner, dot, attribute = part.name.partition(".")
        if dot and attribute == "CidrBlock":
            for scope in self._scopes:
                resource = scope.template.resources.get(owner)
                if resource is not None and resource.type in _BLOCKS:
                    return self._worked_out(resource.properties["CidrBlock"], otherwise)
        domain = part.domain
        if any(owner in scope.template.resources for scope in self._scopes):
            return f"made-up-{crc32(part.name.encode()):08x}"
        if domain.sample is not None or domain.values or domain.pattern is not None:
            if (value := next(samples(domain), None)) is None:
                raise NoValue(part.name)
            return value
        return otherwise if otherwise and domain.holds(otherwise) else f"made-up-{crc32(part.name.encode()):08x}"

    def _worked_out(self, value: Any, otherwise: str) -> str:
        found = self._resolved(value, otherwise)
        if isinstance(found, list):
            raise NoValue(str(value))
        return str(found)

    def _resolved(self, value: Any, otherwise: str) -> Any:
        """A written value with its functions worked out and its unknowns filled in."""
        if isinstance(value, dict) and len(value) == 1:
            (function, argument), = value.items()
            if function in _FREE:
                return otherwise or f"made-up-{crc32(json.dumps(value).encode()):08x}"
            if function == "Fn::Select":
                return self._resolved(argument[1], otherwise)[int(self._worked_out(argument[0], otherwise))]
            if function == "Fn::Cidr":
                return self._cut([self._worked_out(part, otherwise) for part in argument])
            if function == "Fn::Split":
                return self._worked_out(argument[1], otherwise).split(str(argument[0]))
            if function == "Fn::FindInMap":
                return self._mapped([self._worked_out(part, otherwise) for part in argument[:3]])
        if isinstance(value, list):
            return [self._worked_out(item, otherwise) for item in value]
        text = self._scopes[0].text(value)
        if any(part.name == json.dumps(value, sort_keys=True, default=str) for part in text.unknowns):
            raise NoValue(str(value))
        filled = {part.name: self._value(part, otherwise) for part in text.unknowns}
        return str(text.fill(filled))

    def _cut(self, words: list[str]) -> list[str]:
        """The pieces that `Fn::Cidr` cuts a block into: so many, each with so many bits for its hosts."""
        block = ip_network(words[0])
        bits = int(words[2]) if len(words) > 2 else 8
        pieces = block.subnets(new_prefix=block.max_prefixlen - bits)
        return [str(piece) for piece, _ in zip(pieces, range(int(words[1])), strict=False)]

    def _mapped(self, keys: list[str]) -> Any:
        found: Any = self._scopes[0].template.section("Mappings")
        for key in keys:
            if not isinstance(found, Mapping):
                raise NoValue(key)
            found = found[key]
        return found
