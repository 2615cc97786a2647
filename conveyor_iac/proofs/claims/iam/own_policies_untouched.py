"""`iam.own-policies-untouched`."""

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer, proved, together


def check(case: Case) -> Answer:
    """Changing one of the policies that hold the installer, and the inline policies of the role itself."""
    return touching(case, subject.installer(case))


def touching(case: Case, power: Power) -> Answer:
    """Whether these policies let anybody change them."""
    arns = subject.own_policies(case)
    inline = ask(case, power, Question(actions=("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
                                       resource=Rule(inside=(subject.arn_of_role(case),))))
    own = Question(actions=catalogue.policy_writes(), resource=Rule(inside=arns))
    return together((inline, ask(case, power, own) if arns else proved()))


CLAIM = Claim(
    id="iam.own-policies-untouched",
    title="The installer cannot change its own policies, the boundary or the predefined policies",
    why="A name that happens to match a prefix the installer may write would undo every other limit.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html",
    asked=subject.has_installer, check=check)
