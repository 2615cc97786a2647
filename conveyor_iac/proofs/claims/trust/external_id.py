"""`trust.external-id`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam.assuming import agreed, trusts, without
from conveyor_iac.proofs.verdict import Answer


def asked(case: Case) -> bool:
    """Where the contract names the external id."""
    return trusts(case) and agreed(case).external_id is not None


def check(case: Case) -> Answer:
    """Assuming the role without the external id, or with another one."""
    return without(case, "sts:externalid", str(agreed(case).external_id))


CLAIM = Claim(
    id="trust.external-id",
    title="Nobody can assume the installer role without the external id",
    why="Without it, another customer of the vendor could make the vendor act in this account (confused deputy).",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    asked=asked, check=check)
