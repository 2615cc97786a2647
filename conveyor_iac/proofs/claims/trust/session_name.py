"""`trust.session-name`."""

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam.assuming import agreed, trusts, without
from conveyor_iac.proofs.verdict import Answer


def asked(case: Case) -> bool:
    """Where the contract names the session name."""
    return trusts(case) and agreed(case).session_name is not None


def check(case: Case) -> Answer:
    """Assuming the role under another session name."""
    return without(case, "sts:rolesessionname", str(agreed(case).session_name))


CLAIM = Claim(
    id="trust.session-name",
    title="Nobody can assume the installer role under another session name",
    why="CloudTrail tells what the vendor did by the session name; another name would hide it.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
    asked=asked, check=check)
