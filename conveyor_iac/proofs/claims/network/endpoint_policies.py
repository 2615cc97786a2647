"""network.endpoint-policies: every endpoint has a policy, and none lets anybody pass to anything."""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.model import catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.doors import service_of
from conveyor_iac.proofs.network.policies import (
    WHO,
    WHOSE,
    allows,
    any_resource,
    everybody_unless_told,
    listed,
    narrowed,
    open_to_all,
    statements,
    unclear_principals,
    unclear_resources,
)
from conveyor_iac.proofs.network.resolved import resolved, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_TYPE = "AWS::EC2::VPCEndpoint"
_KEYS = ("ServiceName", "VpcEndpointType", "PolicyDocument")
_HARMLESS = frozenset({"sts:getcalleridentity"})
"""Actions that read and write nothing of anybody's."""


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    source = resolved(case)
    for resource in case.template.of_type(_TYPE):
        for world in source.worlds((resource, _KEYS)):
            if resource.condition is None or world.conditions[resource.condition]:
                row = source.properties(resource, world, *_KEYS)
                yield _answer(resource, world, row, case.template)


def _answer(resource: Resource, world: World, row: Mapping[str, Any], template: Template) -> Answer:
    service = text(row.get("ServiceName")) or Text()
    example = {"endpoint": resource.logical_id, "service": str(service), "conditions": world.described()}
    if "PolicyDocument" not in row:
        return _bare(resource.logical_id, service, str(text(row.get("VpcEndpointType"))), example)
    found = statements(row["PolicyDocument"])
    if found is None:
        return undecided(f"the policy of {resource.logical_id} cannot be read")
    for number, statement in enumerate(found):
        if _is_open(statement, template):
            shown = {"statement": str(text(statement.get("Sid")) or number), "principal": "anybody",
                     "action": str(next(iter(listed(statement.get("Action"))), "*")), "resource": "anybody's"}
            return refuted({**example, **shown})
    for statement in found:
        if unclear := _unclear(statement, template):
            return undecided(f"whether {unclear} in the policy of {resource.logical_id} is anybody's")
    if any(_leaves_resources_open(statement, template) for statement in found):
        return proved(f"{resource.logical_id} lets those it names pass to anybody's resources")
    return proved()


def _bare(own: str, service: Text, kind: str, example: dict[str, Any]) -> Answer:
    """An endpoint without a policy has AWS's default, which allows everything; some services know no policies."""
    if kind == "GatewayLoadBalancer" or service.startswith("com.amazonaws.vpce."):
        return proved(f"{own} leads to an endpoint service, which takes no endpoint policy")
    known = catalogue.endpoints().get(service_of(str(service)))
    if known is not None and not known.policies:
        return proved(f"{own}: {known.service} takes no endpoint policies")
    if known is None:
        return undecided(f"{own} has no policy, and whether {service} takes one is not known here")
    return refuted({**example, "because": "it has no policy, and the default allows everything"})


def _is_open(row: Mapping[str, Any], template: Template) -> bool:
    """Whether anybody may pass to anybody's resources."""
    everybody = open_to_all(row) or any(map(everybody_unless_told, unclear_principals(row, template)))
    return _counts(row) and everybody and any_resource(row, template)


def _unclear(row: Mapping[str, Any], template: Template) -> str:
    """What is decided elsewhere and may let anybody pass to anybody's resources; empty where nothing is."""
    who, what = unclear_principals(row, template), unclear_resources(row, template)
    if _counts(row) and (who or open_to_all(row)) and (what or any_resource(row, template)):
        return str((who or what or ("",))[0])
    return ""


def _counts(row: Mapping[str, Any]) -> bool:
    """Whether a statement allows what does harm, on no condition that holds anybody."""
    actions = {str(action).lower() for action in listed(row.get("Action"))}
    return allows(row) and not narrowed(row, WHO | WHOSE) and ("NotAction" in row or not actions <= _HARMLESS)


def _leaves_resources_open(row: Mapping[str, Any], template: Template) -> bool:
    """Whether a statement holds who asks and not whose resource it is."""
    actions = {str(action).lower() for action in listed(row.get("Action"))}
    return (allows(row) and any_resource(row, template) and not narrowed(row, WHOSE) and not actions <= _HARMLESS)


def _asked(case: Case) -> bool:
    return bool(case.template.of_type(_TYPE))


CLAIM = Claim(
    id="network.endpoint-policies",
    title="Every endpoint has a policy, and none lets anybody pass to anybody's resources",
    why="Through an endpoint with the default policy, data leaves to an account of somebody else with credentials of "
        "theirs.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    asked=_asked,
    check=_check,
    axioms=("A condition on who asks or whose resource it is holds; the services fill in these keys.",),
)
