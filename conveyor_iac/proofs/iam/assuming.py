"""Who may become a role: the actions that assume one, the kinds of callers, and the one the contract agrees to."""

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.contract import Trust
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.scope import Scope
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer

ASSUMING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot")
KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


def trusts(case: Case) -> bool:
    """Whether the contract says whom the installer trusts."""
    return case.contract.installer is not None and case.contract.installer.trust is not None


def agreed(case: Case) -> Trust:
    """The contract's part about trust."""
    found = subject.part(case).trust
    assert found is not None
    return found


def value(case: Case, name: str) -> Text:
    """What a word of the contract stands for: a parameter of the template, or itself."""
    if name in case.template.section("Parameters"):
        return Scope(template=case.template).text({"Ref": name})
    return Text.of(name)


def trusted_caller(case: Case) -> Text:
    """The ARN of the one role that may assume, or the pattern of every principal of its account."""
    trust = agreed(case)
    account = value(case, trust.account)
    if trust.role is None:
        return Text.of("arn:*:*::", account, ":*")
    return Text.of("arn:*:iam::", account, ":role/", value(case, trust.role))


def without(case: Case, key: str, name: str) -> Answer:
    """Whether anybody can assume the role with this condition key missing, or with another value."""
    other = Rule(outside=(value(case, name),), absent=True, plain=True)
    return ask(case, subject.trust(case), Question(actions=("sts:AssumeRole",), keys=((key, other),), principal=Rule()))
