"""`iam.attach-predefined-only`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer


def check(case: Case) -> Answer:
    """Attaching a policy that the contract does not name."""
    return attaching(case, subject.installer(case))


def attaching(case: Case, power: Power) -> Answer:
    """Whether these policies let anybody attach another policy to a role."""
    foreign = Rule(outside=subject.policy_arns(case, subject.part(case).predefined), plain=True)
    return ask(case, power, Question(actions=("iam:AttachRolePolicy",), keys=(("iam:policyarn", foreign),)))


CLAIM = Claim(
    id="iam.attach-predefined-only",
    title="The installer can attach only the predefined policies",
    why="A role that carries any other policy could do what nobody agreed to.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
    asked=subject.has_installer, check=check)
