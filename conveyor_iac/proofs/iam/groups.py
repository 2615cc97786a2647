"""What a user may do: by its own policies, and by those of every group that it is in."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.iam.power import Guards, Power, Unread, items, names_it, power_of
from conveyor_iac.proofs.scope import Scope, Undecidable
from conveyor_iac.proofs.template import Resource


def power_of_user(case: Case, user: Resource) -> Power:
    """What a user of the template may do, its groups' policies included."""
    found = power_of(case, user)
    for guards, row, surely in _groups(case, user):
        group = _group(case, row)
        if not surely or group is None:
            found = replace(found, unread=(*found.unread, _unknown(case, row, guards)), services={})
            continue
        power = power_of(case, group)
        names = frozenset(name for name, _ in guards)
        identity = tuple(replace(piece, guards=(*piece.guards, *guards), conditions=piece.conditions | names)
                         for piece in power.identity)
        unread = tuple(replace(row, guards=(*row.guards, *guards)) for row in power.unread)
        found = replace(found, identity=(*found.identity, *identity), unread=(*found.unread, *unread), services={})
    return found


def _groups(case: Case, user: Resource) -> Iterator[tuple[Guards, Any, bool]]:
    """Each group that a user is in, the conditions, and whether that is sure."""
    own = () if user.condition is None else ((user.condition, True),)
    for guards, row in items(user.properties.get("Groups", []), own):
        yield guards, row, True
    for addition in case.template.of_type("AWS::IAM::UserToGroupAddition"):
        made = () if addition.condition is None else ((addition.condition, True),)
        for guards, row in items(addition.properties.get("Users", []), made):
            if (named := names_it(case, case.template, row, user)) is not False:
                yield (*own, *guards), addition.properties.get("GroupName"), named is True


def _group(case: Case, row: Any) -> Resource | None:
    return next((group for group in case.template.of_type("AWS::IAM::Group")
                 if names_it(case, case.template, row, group)), None)


def _unknown(case: Case, row: Any, guards: Guards) -> Unread:
    try:
        name = Scope(template=case.template).text(row)
    except Undecidable as reason:
        return Unread(reason=str(reason), guards=guards)
    return Unread(reason=f"what the group {name} may do", guards=guards, elsewhere=name)
