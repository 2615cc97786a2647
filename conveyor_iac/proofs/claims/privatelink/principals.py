"""privatelink.principals: who may ask for a connection is named, and is never everybody."""

import re
from collections.abc import Iterator

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.resolved import items, name, resolved, text
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_TYPE = "AWS::EC2::VPCEndpointServicePermissions"
_KEYS = ("AllowedPrincipals", "ServiceId")
_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(role|user|assumed-role|federated-user)/.+)")
_TRIED = ("*", "arn:aws:iam::*:root", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:user/*")


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    source = resolved(case)
    for resource in case.template.of_type(_TYPE):
        for world in source.worlds((resource, _KEYS)):
            if resource.condition is not None and not world.conditions[resource.condition]:
                continue
            row = source.properties(resource, world, *_KEYS)
            example: dict[str, object] = {"permissions": resource.logical_id, "service": name(row.get("ServiceId")),
                                          "conditions": world.described()}
            given = items(row.get("AllowedPrincipals"))
            if given is None:
                yield undecided(f"who may connect by {resource.logical_id} is a list that is decided at deployment")
            for value in given or ():
                yield _answer(text(value), resource.logical_id, example)
            yield proved()


def _answer(principal: Text | None, own: str, example: dict[str, object]) -> Answer:
    if principal is None:
        return undecided(f"a principal of {own} cannot be read")
    if principal.literal is not None:
        if "*" in principal.literal or not _ARN.fullmatch(principal.literal):
            return refuted({**example, "principal": principal.literal,
                            "because": "it names no account, role or user"})
        return proved()
    if any(isinstance(part, str) and "*" in part for part in principal.parts):
        return refuted({**example, "principal": str(principal), "because": "it has a wildcard"})
    if len(principal.parts) == 1:
        return _of_parameter(principal, example)
    wild = [part for part in principal.unknowns if _may_be_wild(part.name, part.domain.holds("*"))]
    if wild:
        return undecided(f"a principal of {own} has {wild[0]} in it, which may be a wildcard")
    return proved() if principal.startswith("arn:") else undecided(f"whether {principal} of {own} names one principal")


def _of_parameter(principal: Text, example: dict[str, object]) -> Answer:
    """A parameter is fine only if nothing it lets through is everybody."""
    (unknown,) = principal.unknowns
    for tried in _TRIED:
        if unknown.domain.holds(tried):
            if "." in unknown.name or unknown.name.startswith("{"):
                return undecided(f"what {principal} is")
            return refuted({**example, "principal": str(principal), "value": tried,
                            "because": "the parameter lets everybody through"})
    return proved()


def _may_be_wild(named: str, holds: bool) -> bool:
    return holds and not named.startswith("AWS::")


def _asked(case: Case) -> bool:
    return bool(case.template.of_type("AWS::EC2::VPCEndpointService", _TYPE))


CLAIM = Claim(
    id="privatelink.principals",
    title="Who may ask for a connection to an endpoint service is named, and is never everybody",
    why="A service that everybody may ask for is found and tried by strangers.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions",
    asked=_asked,
    check=_check,
)
