"""`data.no-share`."""

from dataclasses import replace

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.data import asked, listed, untouched
from conveyor_iac.proofs.verdict import Answer, Verdict


def check(case: Case) -> Answer:
    """Every action that shares customer data, one after the other."""
    found = untouched(case, catalogue.data_sharing(), "share")
    if found.verdict is not Verdict.PROVED:
        return found
    notes = listed(subject.installer(case), catalogue.sharing_at_birth(), "share",
                   "as it makes what is the tenant's own")
    return replace(found, notes=(*found.notes, *notes))


CLAIM = Claim(
    id="data.no-share",
    title="Customer data cannot be shared from outside the data plane's network",
    why="What is shared once can be copied where no policy of the customer counts.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
    asked=asked, check=check)
