"""`iam.boundary-on-create`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer


def check(case: Case) -> Answer:
    """Creating a role without the boundary of the contract."""
    return creating(case, subject.installer(case))


def creating(case: Case, power: Power) -> Answer:
    """Whether these policies let anybody create a role without the boundary, or with another one."""
    boundary = subject.part(case).boundary
    other = Rule(outside=subject.policy_arns(case, [boundary]) if boundary else (), absent=True, plain=True)
    return ask(case, power, Question(actions=("iam:CreateRole",), keys=(("iam:permissionsboundary", other),)))


CLAIM = Claim(
    id="iam.boundary-on-create",
    title="Every role the installer creates carries the boundary",
    why="The boundary is the most that a created role can ever do, whatever is attached to it.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    asked=subject.has_installer, check=check)
