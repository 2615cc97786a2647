"""`iam.actions-whitelisted`."""

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.actions import meets
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question
from conveyor_iac.proofs.verdict import Answer, Verdict


def check(case: Case) -> Answer:
    """Any iam action at all, also those that AWS adds later."""
    return whitelisted(case, subject.installer(case))


def whitelisted(case: Case, power: Power) -> Answer:
    """Whether these policies allow an iam action beyond the contract's list; a known one is shown if there is one."""
    listed = tuple(action.lower() for action in subject.part(case).iam_actions)
    answer = ask(case, power, Question(actions=("iam:*",), but=listed))
    if answer.verdict is Verdict.PROVED:
        return answer
    known = (*catalogue.authoring(), *catalogue.conditional(), *(row.action for row in catalogue.harmless()))
    beyond = tuple(action for action in known if not any(meets(pattern, action.lower()) for pattern in listed))
    shown = ask(case, power, Question(actions=beyond))
    return shown if shown.verdict is Verdict.REFUTED else answer


CLAIM = Claim(
    id="iam.actions-whitelisted",
    title="Every iam action the installer may take is in the contract's list",
    why="A list that names what is allowed also covers the actions that AWS adds later.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    asked=subject.has_installer, check=check)
