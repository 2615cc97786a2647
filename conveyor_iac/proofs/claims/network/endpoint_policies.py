"""network.endpoint-policies: every endpoint has a policy, and none lets anybody pass to anything."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from conveyor_iac.model import catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.doors import service_of
from conveyor_iac.proofs.network.policies import (
    WHO,
    WHOSE,
    allows,
    any_resource,
    listed,
    narrowed,
    open_to_all,
    statements,
)
from conveyor_iac.proofs.network.resolved import resolved, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import Resource
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
                yield _answer(resource, world, row, case.template.section("Parameters"))


def _answer(resource: Resource, world: World, row: Mapping[str, Any], parameters: Container[str]) -> Answer:
    service = text(row.get("ServiceName")) or Text()
    example = {"endpoint": resource.logical_id, "service": str(service), "conditions": world.described()}
    if "PolicyDocument" not in row:
        return _bare(resource.logical_id, service, str(text(row.get("VpcEndpointType"))), example)
    found = statements(row["PolicyDocument"])
    if found is None:
        return undecided(f"the policy of {resource.logical_id} cannot be read")
    for number, statement in enumerate(found):
        if _is_open(statement, parameters):
            shown = {"statement": str(text(statement.get("Sid")) or number), "principal": "anybody",
                     "action": str(next(iter(listed(statement.get("Action"))), "*")), "resource": "anybody's"}
            return refuted({**example, **shown})
    if any(_leaves_resources_open(statement, parameters) for statement in found):
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


def _is_open(row: Mapping[str, Any], parameters: Container[str]) -> bool:
    """Whether anybody may pass to anybody's resources."""
    actions = {str(action).lower() for action in listed(row.get("Action"))}
    return (allows(row) and open_to_all(row) and any_resource(row, parameters) and not narrowed(row, WHO | WHOSE)
            and ("NotAction" in row or not actions <= _HARMLESS))


def _leaves_resources_open(row: Mapping[str, Any], parameters: Container[str]) -> bool:
    """Whether a statement holds who asks and not whose resource it is."""
    actions = {str(action).lower() for action in listed(row.get("Action"))}
    return (allows(row) and any_resource(row, parameters) and not narrowed(row, WHOSE) and not actions <= _HARMLESS)


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
