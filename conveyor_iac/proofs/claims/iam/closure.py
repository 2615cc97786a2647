"""`iam.closure`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims.iam.actions_whitelisted import whitelisted
from conveyor_iac.proofs.claims.iam.attach_predefined_only import attaching
from conveyor_iac.proofs.claims.iam.boundary_on_create import creating
from conveyor_iac.proofs.claims.iam.no_policy_authoring import authoring
from conveyor_iac.proofs.claims.iam.own_policies_untouched import touching
from conveyor_iac.proofs.claims.iam.pass_role_named_services import passing
from conveyor_iac.proofs.claims.iam.writes_created_roles_only import writing
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.verdict import Answer, together


def check(case: Case) -> Answer:
    """What a created role can do with every predefined policy at once: the same questions as to the installer."""
    power = subject.created(case)
    answers = [ask(case, power) for ask in (authoring, whitelisted, attaching, creating, passing, touching)]
    return together((*answers, writing(case, power, subject.descendants(case))))


CLAIM = Claim(
    id="iam.closure",
    title="No role the installer can create gains more, with every predefined policy at once inside the boundary",
    why="A limit on the installer is worth nothing if a role it makes can do what it cannot.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    asked=subject.has_installer, check=check)
