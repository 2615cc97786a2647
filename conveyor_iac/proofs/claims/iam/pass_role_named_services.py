"""`iam.pass-role-named-services`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer


def check(case: Case) -> Answer:
    """Passing a role to a service that the contract does not name, or to one that does not say which it is."""
    return passing(case, subject.installer(case))


def passing(case: Case, power: Power) -> Answer:
    """Whether these policies let anybody pass a role elsewhere."""
    services = tuple(subject.written(case, name) for name in subject.part(case).passes_to)
    return ask(case, power, Question(
        actions=("iam:PassRole",), keys=(("iam:passedtoservice", Rule(outside=services, absent=True)),)))


CLAIM = Claim(
    id="iam.pass-role-named-services",
    title="The installer passes roles only to the services the contract names",
    why="A service that is handed a role does with it what its caller asks for.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
    asked=subject.has_installer, check=check)
