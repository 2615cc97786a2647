"""`iam.writes-created-roles-only`."""

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, together


def check(case: Case) -> Answer:
    """Changing, passing, tagging or deleting a role that it did not create, itself above all."""
    return writing(case, subject.installer(case), subject.created_roles(case))


def writing(case: Case, power: Power, roles: tuple[Text, ...]) -> Answer:
    """Whether these policies let anybody write another role than these, or the installer."""
    others = Rule(inside=(subject.ANY_ROLE,), outside=roles)
    installer = Rule(inside=(subject.arn_of_role(case),))
    return together(ask(case, power, Question(actions=catalogue.role_writes(), resource=rule))
                    for rule in (others, installer))


CLAIM = Claim(
    id="iam.writes-created-roles-only",
    title="The installer writes, passes, tags and deletes only roles it may create, never itself",
    why="Who can change a role that is already there has what that role may do; who can change itself has no limit.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    asked=subject.has_installer, check=check)
