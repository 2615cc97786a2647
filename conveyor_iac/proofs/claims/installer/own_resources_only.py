"""`installer.own-resources-only`."""

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.verdict import Answer, together


def asked(case: Case) -> bool:
    """Where the contract says which names are the tenant's own."""
    return case.contract.installer is not None and case.contract.installer.owns is not None


def check(case: Case) -> Answer:
    """Taking over something that has neither a name nor a tag of the tenant's, or giving it such a tag."""
    return together(ask(case, subject.installer(case), question(case, row)) for row in catalogue.takeover())


def question(case: Case, row: catalogue.TakeoverRow) -> Question:
    """The action on the kind of resource it takes over, where that is not the tenant's own."""
    shape = row.resource
    own = () if shape == "*" else tuple(_named(shape, name) for name in subject.part(case).owns or ())
    keys = ((row.absent.lower(), Rule(absent=None)),) if row.absent else ()
    return Question(actions=(row.action,), keys=keys, tags=subject.foreign_tags(case), resource=Rule(
        inside=() if shape == "*" else (subject.written(case, shape),),
        outside=tuple(subject.written(case, text) for text in own)))


def _named(shape: str, name: str) -> str:
    """The shape with a name of the tenant's own: it stands first in the resource, but last in an Auto Scaling group."""
    *fields, resource = shape.split(":", 5)
    mark = "Name/*" if "Name/*" in resource else "*"
    before, _, after = resource.partition(mark)
    return ":".join((*fields, before + mark[:-1] + name + ("" if name.endswith("*") else after)))


CLAIM = Claim(
    id="installer.own-resources-only",
    title="The installer takes over nothing that is not the tenant's own: no session, command, code or access entry",
    why="Who can open a session on a machine, or change what a function runs, has that machine's or function's rights.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
    asked=asked, check=check)
