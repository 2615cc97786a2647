"""`iam.no-policy-authoring`."""

from dataclasses import replace

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.actions import meets
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.subject import ANY_POLICY, ANY_ROLE
from conveyor_iac.proofs.verdict import Answer, together


def check(case: Case) -> Answer:
    """Each forbidden action by itself, on any resource."""
    answer = authoring(case, subject.installer(case))
    return replace(answer, notes=(*answer.notes, *(
        f"{name} is handed the role: what it does with it is not seen" for name in subject.handed(case))))


def authoring(case: Case, power: Power) -> Answer:
    """Whether these policies let anybody write policies, credentials, trust or boundaries."""
    listed = [action.lower() for action in subject.part(case).iam_actions]
    conditional = [action for action, row in catalogue.conditional().items() if row.claim == "iam.actions-whitelisted"
                   and not any(meets(pattern, action.lower()) for pattern in listed)]
    shapes = {ANY_ROLE: catalogue.role_writes(), ANY_POLICY: catalogue.policy_writes()}
    shaped = {action: shape for shape, actions in shapes.items() for action in actions}
    return together(ask(case, power, Question(actions=(action,), resource=Rule(
        inside=(shaped[action],) if action in shaped else ()))) for action in (*catalogue.authoring(), *conditional))


CLAIM = Claim(
    id="iam.no-policy-authoring",
    title="The installer cannot write policies, credentials or boundaries, nor trust but that of roles it creates",
    why="Who can write a policy can give itself every right, whatever else its own policies say.",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html",
    asked=subject.has_installer, check=check)
