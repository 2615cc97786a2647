"""`trust.principal`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.assuming import ASSUMING, KINDS, trusted_caller, trusts
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer, together


def check(case: Case) -> Answer:
    """Anybody but the agreed principal becoming the installer."""
    others = Rule(outside=(trusted_caller(case),), plain=True)
    return together(ask(case, subject.trust(case), Question(
        actions=ASSUMING, principal=others if kind == "AWS" else Rule(), kind=kind)) for kind in KINDS)


CLAIM = Claim(
    id="trust.principal",
    title="Only the agreed principal of the control plane can assume the installer role",
    why="A trust policy that names everybody, or a whole account too many, hands out every right of the role.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    asked=trusts, check=check)
