"""Customer data: who could read or share it, from where, and what of it is the product's own.

The installer always acts from outside the data plane's network, so it may touch nothing but the tenant's own. A role
it creates may work with data, but only from inside: its trust is not limited, so the vendor itself might use it.
"""

from collections.abc import Iterable, Iterator

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.contract import IMPORTED
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.power import Power
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.scope import Scope
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, Verdict, together

BY_ITSELF = ("aws:viaawsservice", Rule(inside=(Text.of("false"),), fold=True, absent=True))
"""The holder calls; no AWS service does it for somebody else."""


def asked(case: Case) -> bool:
    """Where the contract says from where data may be read."""
    return case.contract.installer is not None and case.contract.data is not None


def untouched(case: Case, rows: tuple[catalogue.DataRow, ...], verb: str) -> Answer:
    """Whether neither the installer nor a role it creates can do any of this from outside the network.

    verb: what these rows do to data, for the notes: read or share.
    """
    assert case.contract.data is not None
    when = tuple((name, True) for name in case.contract.data.when)
    installer, created = subject.installer(case), subject.created(case)
    answers = [ask(case, installer, _by_installer(case, row)) for row in rows]
    answers += [ask(case, created, _from_outside(case, row), given=when) for row in rows]
    found = together(answers)
    if found.verdict is not Verdict.PROVED:
        return found
    notes = (*listed(installer, rows, verb, "where it is the tenant's own"),
             *listed(created, rows, verb, "from inside the network"), *_elsewhere(case, created, rows, verb))
    return Answer(verdict=Verdict.PROVED, notes=(*found.notes, *notes))


def _by_installer(case: Case, row: catalogue.DataRow) -> Question:
    return Question(actions=row.actions, resource=_resource(case, row.service), tags=subject.foreign_tags(case),
                    keys=(BY_ITSELF, *_unless(row)))


def _resource(case: Case, service: str) -> Rule:
    """A resource of the service that is not the tenant's own, or none at all."""
    shapes = catalogue.shapes().get(service, ())
    inside = (*map(Text.of, shapes), Text.of("${*}")) if shapes else ()
    return Rule(inside=inside, outside=own(case, service))


def _from_outside(case: Case, row: catalogue.DataRow) -> Question:
    return Question(actions=row.actions, keys=(BY_ITSELF, ("aws:sourcevpc", network(case)), *_unless(row)))


def _unless(row: catalogue.DataRow) -> Iterator[tuple[str, Rule]]:
    """An action that is harmless with this value of a key is asked with any other."""
    if row.unless is not None:
        yield row.unless.key.lower(), Rule(outside=(Text.of(row.unless.value),), absent=True, fold=True)


def network(case: Case) -> Rule:
    """A request that does not come from the data plane's network; without one, any request."""
    assert case.contract.data is not None
    name = case.contract.data.network
    if name is None:
        return Rule(absent=True)
    if name.startswith(IMPORTED):
        exported = Scope(template=case.template).text({"Fn::ImportValue": name.removeprefix(IMPORTED)})
        return Rule(outside=(exported,), absent=True, plain=True)
    known = name in case.template.section("Parameters") or name in case.template.resources
    inside = Scope(template=case.template).text({"Ref": name} if known else {"Fn::Sub": name})
    return Rule(outside=(inside,), absent=True)


def own(case: Case, service: str) -> tuple[Text, ...]:
    """The ARNs of one service that are the tenant's own by their name, or public data of AWS."""
    names = tuple(name.removeprefix("/") if service == "ssm" else name for name in subject.part(case).owns or ())
    return tuple(subject.written(case, arn.replace("{own}", name)) for arn in catalogue.own_names().get(service, ())
                 for name in (names if "{own}" in arn else ("",)))


def listed(power: Power, rows: Iterable[catalogue.DataRow], verb: str, where: str) -> Iterator[str]:
    """What the statements allow all the same, told so that it is not hidden."""
    for row in rows:
        pieces = dict.fromkeys(piece for action in row.actions for piece in power.speaking_of(action.lower()))
        allowing = [piece.where for piece in pieces if piece.row.get("Effect") != "Deny"]
        if allowing:
            yield f"{power.name} may {verb} {row.what} {where}: {', '.join(allowing)}"


def _elsewhere(case: Case, created: Power, rows: Iterable[catalogue.DataRow], verb: str) -> Iterator[str]:
    """What holds where the conditions of the contract do not: told, not hidden."""
    assert case.contract.data is not None
    when = case.contract.data.when
    found = [row.what for row in rows
             if when and ask(case, created, _from_outside(case, row)).verdict is not Verdict.PROVED]
    if found:
        yield (f"not claimed where {' or '.join(when)} is off: there a created role may {verb} from anywhere "
               f"what its policies let it: {', '.join(dict.fromkeys(found))}")
