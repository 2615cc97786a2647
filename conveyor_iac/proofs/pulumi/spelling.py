"""How a Pulumi value is written in a CloudFormation template: references, documents, nested keys, and what is unknown.

What is not known hangs on a condition that no template has, so that whoever reads it can say nothing: `raising`. Where
the readers keep a reason for what they cannot read, a value of no known function does: `vague`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault
from conveyor_iac.proofs.pulumi.references import References
from conveyor_iac.proofs.pulumi.values import Secret, Secrets, Untold, untold

_FUNCTION = "Fn::Pulumi"
_EXTERNAL_ID = "sts:externalid"
_LONG_ENOUGH = 16
_SPECIAL = frozenset("*?$")
_TELLING = 6
_OF_AN_ARN = re.compile(r":[a-z0-9-]*:[a-z0-9-]*:")
_MEMBERS = frozenset({"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
                      "Condition"})


def vague(why: str) -> dict[str, Any]:
    """A value that can be anything."""
    return {_FUNCTION: why}


def raising(why: str) -> dict[str, Any]:
    """A value that nobody can read."""
    return {"Fn::If": [why, vague(why), vague(why)]}


def pascal(word: str) -> str:
    """`rulesSource` as `RulesSource`."""
    return word[:1].upper() + word[1:]


@dataclass(slots=True, kw_only=True)
class Spelling:
    """Writes the values of one stack. Gathers faults, what was not known, and the external ids that are secret."""

    references: References
    secrets: Secrets
    faults: list[Fault] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    external_ids: dict[str, str] = field(default_factory=dict)
    """The parameter that stands for each secret external id."""

    def why(self, value: Any, where: str) -> str:
        """Why a value is not known, remembered for the report; empty for one that is."""
        reason = next((found.reason for found in untold(value)), "")
        if reason:
            self.unknown[f"{where} {reason}"] = None
        return f"{where}, which {reason}" if reason else ""

    def value(self, value: Any, where: str) -> Any:
        """Any value; a list with something unknown in it is unknown as a whole."""
        if isinstance(value, Untold):
            return raising(self.why(value, where))
        if isinstance(value, Secret):
            self._hide(value)
        if isinstance(value, str):
            return self.references.written(value)
        if isinstance(value, list):
            if any(isinstance(item, Untold) for item in value):
                return raising(self.why(value, where))
            return [self.value(item, f"{where}.{index}") for index, item in enumerate(value)]
        if isinstance(value, Mapping):
            return self._mapping({key: self.value(item, f"{where}.{key}") for key, item in value.items()}, where)
        return value

    def _mapping(self, value: dict[str, Any], where: str) -> Any:
        """A mapping; one that reads like a function of CloudFormation is none, and nobody can say what it is."""
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            self.unknown[f"{where} is written like a function of CloudFormation"] = None
            return raising(f"{where}, which is written like a function of CloudFormation")
        return value

    def nested(self, value: Any, where: str) -> Any:
        """A value whose keys, at any depth, are CloudFormation's but for the first letter; what is not set is left."""
        if isinstance(value, list) and not any(isinstance(item, Untold) for item in value):
            return [self.nested(item, f"{where}.{index}") for index, item in enumerate(value)]
        if isinstance(value, Mapping):
            return {pascal(key): self.nested(item, f"{where}.{key}") for key, item in value.items() if is_set(item)}
        return self.value(value, where)

    def document(self, value: Any, where: str, *, trust: bool = False, identity: bool = False) -> Any:
        """A policy document out of its JSON text; a fault where it is none.

        identity: of a role, user, group or managed policy, whose readers ask for statements. trust: who may become a
        role; account numbers in it stay as they are, for one of them is the vendor's.
        """
        if why := self.why(value, where):
            return {"Version": vague(why), "Statement": []} if identity else raising(why)
        hidden = isinstance(value, Secret)
        body = self._parsed(value)
        if body is None:
            return self._refused(value, where)
        if hidden:
            self._forget(value, body)
            if not _regular(body):
                return self._refused(value, where)
        return self._part(body, where, hidden=hidden, own_account=not trust, trust=trust)

    @staticmethod
    def _parsed(value: Any) -> Mapping[str, Any] | None:
        try:
            body = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return None
        return body if isinstance(body, Mapping) and "Statement" in body else None

    def _refused(self, value: Any, where: str) -> dict[str, Any]:
        """A fault, and a document that says nothing."""
        shown = HIDDEN if isinstance(value, Secret) else str(value)[:60]
        self.faults.append(Fault(path=where, value=shown, rule="is a policy document in JSON, with Statement",
                                 way_out="Write the document as IAM accepts it"))
        return {"Version": "2012-10-17", "Statement": []}

    def _forget(self, value: str, body: Any) -> None:
        """Of a secret document its conditions' values are the secret: what it names and allows is told."""
        self.secrets.texts.discard(value)
        for text in _conditions(body):
            self.secrets.texts.add(text)
            self._hide(text)

    def _hide(self, value: str) -> None:
        """A secret is cut where it names a resource or the account: each piece of it is a secret as well."""
        found = self.references.written(value)
        pieces = found.get("Fn::Join", ["", []])[1] if isinstance(found, Mapping) else []
        self.secrets.texts.update(piece for piece in pieces if isinstance(piece, str) and len(piece) >= _TELLING
                                  and not _OF_AN_ARN.fullmatch(piece))

    def _part(self, value: Any, where: str, *, hidden: bool, own_account: bool, trust: bool, key: str = "",
              above: str = "") -> Any:
        """A part of a document; `key` is the one it stands under, `above` the one over that."""
        if isinstance(value, str):
            if hidden and trust and key == _EXTERNAL_ID:
                return self._external_id(value, wild="like" in above)
            if shared := self.references.shared(value):
                self.unknown[f"{where} names {shared}, which several resources are"] = None
                return raising(f"{where}, which names {shared}: several resources are that")
            return self.references.written(value, own_account=own_account)
        again = partial(self._part, where=where, hidden=hidden, own_account=own_account, trust=trust)
        if isinstance(value, list):
            return [again(item, key=key, above=above) for item in value]
        if isinstance(value, Mapping):
            return self._mapping({name: again(item, key=name.lower(), above=key) for name, item in value.items()},
                                 where)
        return value

    def _external_id(self, value: str, *, wild: bool) -> Any:
        """The parameter for a secret external id; where wildcards count, for what stands before the first of them."""
        told = re.split(r"[*?]", value, maxsplit=1)[0] if wild else value
        if not told:
            return value
        reference = {"Ref": self.external_ids.setdefault(told, self._next())}
        return reference if told == value else {"Fn::Join": ["", [reference, value[len(told):]]]}

    def _next(self) -> str:
        count = len(self.external_ids)
        return "ExternalId" if not count else f"ExternalId{count + 1}"

    def parameters(self) -> dict[str, Any]:
        """The parameters that stand for secret external ids: as long, and with a wildcard only where one is there."""
        return {name: _parameter(value) for value, name in self.external_ids.items()}


def _parameter(value: str) -> dict[str, Any]:
    row: dict[str, Any] = {"Type": "String", "NoEcho": True}
    if len(value) >= _LONG_ENOUGH:
        row["MinLength"] = _LONG_ENOUGH
    if not _SPECIAL & set(value):
        row["AllowedPattern"] = "[^*?$]*"
    return row


def _regular(body: Any) -> bool:
    """Whether a document's statements have the members of a statement, so that no reader speaks of others."""
    rows = body["Statement"]
    return all(isinstance(row, Mapping) and row.keys() <= _MEMBERS and row.get("Effect") in ("Allow", "Deny")
               and all(who == "*" or isinstance(who, Mapping) for key, who in row.items() if key.endswith("Principal"))
               for row in (rows if isinstance(rows, list) else [rows]))


def _conditions(body: Any) -> Iterator[str]:
    """The values of every condition of a document."""
    rows = body["Statement"]
    for row in rows if isinstance(rows, list) else [rows]:
        yield from _texts(row.get("Condition") if isinstance(row, Mapping) else None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


def is_set(value: Any) -> bool:
    """Whether the provider sees a value there: nothing and an empty text are left out."""
    return value is not None and value != ""
