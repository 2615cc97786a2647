"""`iam.assume-role-scoped`."""

from collections.abc import Iterator

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.language import tokens
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.scope import Scope, Undecidable
from conveyor_iac.proofs.text import Text, Unknown
from conveyor_iac.proofs.verdict import Answer, together


def check(case: Case) -> Answer:
    """Becoming a role that is neither named in full nor one that the installer creates: a wildcard lets that happen."""
    return together(_assuming(case, power) for power in (subject.installer(case), subject.created(case)))


def _assuming(case: Case, power: Power) -> Answer:
    others = Rule(inside=(subject.ANY_ROLE,), outside=(*subject.descendants(case), *_named_in_full(power)))
    return together((ask(case, power, Question(actions=("sts:AssumeRole",), resource=others)),
                     ask(case, power, Question(actions=("sts:AssumeRoot",)))))


def _named_in_full(power: Power) -> Iterator[Text]:
    """The ARNs without any wildcard that stand as they are in a statement that lets somebody assume a role."""
    for piece in power.speaking_of("sts:assumerole"):
        named = piece.row.get("Resource", [])
        for item in named if isinstance(named, list) else [named]:
            try:
                arn = Scope(template=piece.template).text(item)
            except Undecidable:
                continue
            if arn.startswith("arn:") and all(isinstance(token, str | Unknown) for token in tokens(arn)):
                yield arn


CLAIM = Claim(
    id="iam.assume-role-scoped",
    title="Neither the installer nor a role it creates can assume a role that is not named in full",
    why="sts:AssumeRole on * takes every role whose trust policy names the account.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html",
    asked=subject.has_installer, check=check)
