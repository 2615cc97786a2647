"""`trust.external-id-parameter`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims.trust.external_id import asked
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.assuming import agreed
from conveyor_iac.proofs.patterns import is_fixed
from conveyor_iac.proofs.scope import domain_of
from conveyor_iac.proofs.verdict import Answer, proved, refuted

SHORTEST = 16


def check(case: Case) -> Answer:
    """The parameter itself: no default, and long enough not to be guessed. Its value is never shown."""
    name = str(agreed(case).external_id)
    row = case.template.section("Parameters").get(name)
    if row is None:
        subject.trust(case)  # a policy that nobody can read does not say that the id is written into it
        return refuted({"externalId": "written into the template", "rule": "it is a parameter"})
    if "Default" in row:
        return refuted({"parameter": name, "Default": "(hidden)", "rule": "it has no default"})
    domain = domain_of(row)
    if is_fixed(domain):
        return refuted({"parameter": name, "rule": "it is not one of a few values that the template names"})
    if domain.min_length < SHORTEST:
        return refuted({"parameter": name, "MinLength": domain.min_length,
                        "rule": f"it has at least {SHORTEST} characters"})
    notes = () if str(row.get("NoEcho", "")).lower() == "true" else (f"{name} is not NoEcho: whoever may describe the "
                                                                     "stack reads it",)
    return proved(*notes)


CLAIM = Claim(
    id="trust.external-id-parameter",
    title="The external id is a parameter without default, of at least 16 characters",
    why="One that is short, or the same for everybody, can be guessed.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html",
    asked=asked, check=check)
