"""`data.no-read`."""

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam.data import asked, untouched
from conveyor_iac.proofs.verdict import Answer


def check(case: Case) -> Answer:
    """Every action that hands out customer data, one after the other."""
    return untouched(case, catalogue.data_reading(), "read")


CLAIM = Claim(
    id="data.no-read",
    title="Customer data cannot be read from outside the data plane's network",
    why="The data stays with the customer only if not even a role the vendor made can read it from elsewhere.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
    asked=asked, check=check)
