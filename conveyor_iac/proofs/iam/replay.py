"""A concrete IAM evaluator: what policy documents say about one request, without a solver.

Knows the evaluation rules that AWS documents, and nothing of the prover: the two share no code, so that one can confirm
or contradict the other. Refuses to know service control policies, session policies, resources' own policies beside a
trust policy, and whatever `unsupported` names.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .replay_conditions import holds
from .replay_limits import unsupported
from .replay_principals import names
from .replay_texts import VARIABLES_SINCE, Reading, completed, fits, pieces, plain
from .request import Request

__all__ = ["Decision", "Replayed", "replay", "replay_resource", "replay_trust", "unsupported"]

Document = Mapping[str, Any]


class Decision(StrEnum):
    """The three outcomes of an evaluation."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """An outcome and what decided it.

    by: the Sids (``statement 3 of document 1`` without one) of the Deny statements that match, or of the Allow
        statements of identity and boundary; empty when nothing matched.
    """

    decision: Decision
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matching:
    denies: tuple[str, ...]
    allows: tuple[str, ...]

    @property
    def decided(self) -> Replayed:
        """A Deny decides before any Allow; without either the answer is no."""
        if self.denies:
            return Replayed(decision=Decision.EXPLICIT_DENY, by=self.denies)
        if self.allows:
            return Replayed(decision=Decision.ALLOWED, by=self.allows)
        return Replayed(decision=Decision.IMPLICIT_DENY, by=())


def replay(request: Request, identity: Sequence[Document], boundary: Sequence[Document] | None = None) -> Replayed:
    """What an identity may do: allowed by its policies and by its boundary, denied by neither.

    identity: policy documents with concrete texts, all attached to one identity. A statement with a Principal is of
        another kind of policy and does not apply.
    boundary: documents of the permissions boundary; None means that there is none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    own = _matching(request, identity, "document")
    if boundary is None:
        return own.decided
    limit = _matching(request, boundary, "boundary document")
    allows = own.allows + limit.allows if own.allows and limit.allows else ()
    return _Matching(denies=own.denies + limit.denies, allows=allows).decided


def replay_trust(request: Request, trust: Document) -> Replayed:
    """What a trust policy alone says: its Principal or NotPrincipal decides who, and it needs no Resource.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
    """
    return replay_resource(request, [trust])


def replay_resource(request: Request, policies: Sequence[Document]) -> Replayed:
    """What the policies of a resource alone say of a request to it: a statement names a Principal, and may a Resource.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    """
    return _matching(request, policies, "document", trust=True).decided


def _matching(request: Request, documents: Sequence[Document], noun: str, *, trust: bool = False) -> _Matching:
    found: dict[str, list[str]] = {"Deny": [], "Allow": []}
    for place, document in enumerate(documents, 1):
        reading = Reading(request=request, variables=document.get("Version") == VARIABLES_SINCE)
        for number, statement in enumerate(_statements(document), 1):
            if _applies(statement, reading, trust=trust):
                label = str(statement.get("Sid") or f"statement {number} of {noun} {place}")
                found.get(str(statement.get("Effect")), []).append(label)
    return _Matching(denies=tuple(found["Deny"]), allows=tuple(found["Allow"]))


def _statements(document: Document) -> Iterator[Mapping[str, Any]]:
    """The statements of a document, which may be one or a list.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
    """
    statements = document.get("Statement", ())
    yield from [statements] if isinstance(statements, Mapping) else statements


def _applies(statement: Mapping[str, Any], reading: Reading, *, trust: bool) -> bool:
    """Whether every element of a statement fits the request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """
    who = _who(statement, reading.request) if trust else not {"Principal", "NotPrincipal"} & set(statement)
    return (who and _acts(statement, reading.request.action) and _reaches(statement, reading, optional=trust)
            and holds(statement.get("Condition"), reading))


def _who(statement: Mapping[str, Any], request: Request) -> bool:
    """Principal: the caller is named; NotPrincipal: it is not. Neither: nobody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if "NotPrincipal" in statement:
        return not names(statement["NotPrincipal"], request)
    return names(statement.get("Principal"), request)


def _acts(statement: Mapping[str, Any], action: str) -> bool:
    """Action and NotAction ignore case; wildcards may stand anywhere; variables have no meaning there.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
    """
    def named(element: str) -> bool:
        return any(fits(pieces(text.lower()), action.lower()) for text in plain(statement[element]))

    if "NotAction" in statement:
        return not named("NotAction") and ("Action" not in statement or named("Action"))
    return "Action" in statement and named("Action")


def _reaches(statement: Mapping[str, Any], reading: Reading, *, optional: bool) -> bool:
    """Resource: a pattern fits, with case; NotResource: none does.

    The request's ``*`` (an action without resources) is a text like any other: only a pattern that fits it covers it. A
    variable without a value fits nothing, and a NotResource with one does not apply: the statement counts as invalid.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
    """
    def read(element: str) -> list[bool | None]:
        texts = (completed(text, variables=reading.variables) for text in plain(statement[element]))
        patterns = [reading.pattern(text) for text in texts]
        return [None if pattern is None else fits(pattern, reading.request.resource) for pattern in patterns]

    if "NotResource" in statement:
        return all(fitting is False for fitting in read("NotResource")) and (
            "Resource" not in statement or True in read("Resource"))
    return True in read("Resource") if "Resource" in statement else optional
