"""privatelink.acceptance: nobody is connected to an endpoint service before somebody says yes."""

from collections.abc import Iterator

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.resolved import flag, resolved
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_TYPE = "AWS::EC2::VPCEndpointService"
_KEY = "AcceptanceRequired"


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    source = resolved(case)
    for resource in case.template.of_type(_TYPE):
        for world in source.worlds((resource, (_KEY,))):
            if resource.condition is not None and not world.conditions[resource.condition]:
                continue
            row = source.properties(resource, world, _KEY)
            required = flag(row.get(_KEY))
            if _KEY not in row:
                yield undecided(f"{resource.logical_id} does not say whether it asks for acceptance")
            elif required is None:
                yield undecided(f"whether {resource.logical_id} asks for acceptance is decided at deployment")
            elif not required:
                yield refuted({"service": resource.logical_id, "conditions": world.described(),
                               "because": "whoever may ask is connected at once"})
            else:
                yield proved()


def _asked(case: Case) -> bool:
    return bool(case.template.of_type(_TYPE))


CLAIM = Claim(
    id="privatelink.acceptance",
    title="Nobody is connected to an endpoint service before somebody says yes",
    why="A consumer that is connected at once is inside the network before anybody has looked.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
    asked=_asked,
    check=_check,
)
