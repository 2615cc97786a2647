"""What a role may do, gathered from every place of a template that can give it policies.

Knows inline policies, attached managed policies, `AWS::IAM::Policy`, `AWS::IAM::RolePolicy`, `AWS::IAM::ManagedPolicy`
with roles, boundaries, AWS's own managed policies as pinned, and the templates deployed beside this one. What it
cannot read is kept as a reason, never left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.iam.actions import may_match, words
from conveyor_iac.proofs.iam.managed import managed_document
from conveyor_iac.proofs.iam.statements import Malformed, Statement, statement
from conveyor_iac.proofs.scope import Scope, Undecidable, World
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.text import Text, Unknown, texts
from conveyor_iac.proofs.worlds import conditions_in

Guards = tuple[tuple[str, bool], ...]


def _holds(guards: Guards, world: World) -> bool:
    return all(world.conditions.get(name) == truth for name, truth in guards)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A statement as written, where it stands, and the conditions under which it is there."""

    row: Any
    where: str
    template: Template
    words: tuple[str | None, ...]
    guards: Guards = ()
    variables: bool = True
    conditions: frozenset[str] = frozenset()

    def present(self, world: World) -> bool:
        """Whether it is there in this world."""
        return _holds(self.guards, world)

    def read(self, world: World) -> Statement:
        """The statement in this world."""
        resolved = Scope(template=self.template, world=world).resolve(self.row)
        return statement(resolved, self.where, variables=self.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A policy that nobody can read, and the conditions under which it counts. `boundary`: it can only take away.

    `arn` is the policy's, where it is one of this template that is not made under these conditions. `elsewhere` is what
    a policy is called that no template holds: under one name it says the same to whichever template speaks of it.
    """

    reason: str
    guards: Guards = ()
    boundary: bool = False
    arn: Text | None = None
    elsewhere: Text | None = None

    def present(self, world: World) -> bool:
        """Whether it counts in this world."""
        return _holds(self.guards, world)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A permissions boundary under its conditions; `pieces` is nothing where it cannot be read or there is none."""

    pieces: tuple[Piece, ...] | None
    guards: Guards = ()
    unread: str = ""
    elsewhere: Text | None = None

    def present(self, world: World) -> bool:
        """Whether it bounds in this world."""
        return _holds(self.guards, world)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Power:
    """A role's policies: what grants, what bounds it, and what could not be read."""

    name: str
    arn: str
    identity: tuple[Piece, ...]
    boundaries: tuple[Boundary, ...] = ()
    unread: tuple[Unread, ...] = ()
    services: dict[str, tuple[Piece, ...]] = field(default_factory=dict)

    def speaking_of(self, action: str) -> tuple[Piece, ...]:
        """The statements that may match an action in lower case."""
        service = action.partition(":")[0]
        if service not in self.services:
            self.services[service] = tuple(piece for piece in self.identity if may_match(piece.words, f"{service}:*"))
        return tuple(piece for piece in self.services[service] if may_match(piece.words, action))


def branches(value: Any, guards: Guards = ()) -> Iterator[tuple[Guards, Any]]:
    """Each way a value can fall out by the `Fn::If` it begins with; nothing stands where it is `AWS::NoValue`."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        name, yes, no = value["Fn::If"]
        for truth, side in ((True, yes), (False, no)):
            if (name, not truth) not in guards:
                yield from branches(side, (*guards, (name, truth)) if (name, truth) not in guards else guards)
    elif value != {"Ref": "AWS::NoValue"}:
        yield guards, value


def items(value: Any, guards: Guards = ()) -> Iterator[tuple[Guards, Any]]:
    """Each item of a list that conditions may thin out, or the value itself where it is none."""
    for held, found in branches(value, guards):
        for item in found if isinstance(found, list) else [found]:
            yield from branches(item, held)


def pieces(document: Any, where: str, template: Template, guards: Guards = ()) -> tuple[Piece, ...]:
    """The statements of a policy document as written."""
    found = []
    for held, body in branches(document, guards):
        if not isinstance(body, Mapping) or "Statement" not in body:
            raise _malformed(where, body)
        if isinstance(version := body.get("Version"), Mapping):
            raise Undecidable(version.get("Fn::Pulumi") or f"which version of the language {where} is written in")
        variables = str(version) == "2012-10-17"
        for index, (under, row) in enumerate(items(body["Statement"], held)):
            if not isinstance(row, Mapping):
                raise _malformed(where, row)
            sid = row.get("Sid") if isinstance(row.get("Sid"), str) else f"statement {index + 1}"
            hangs = frozenset(conditions_in(template, row)) | {name for name, _ in under}
            found.append(Piece(row=row, where=f"{where}: {sid}", template=template, words=words(row), guards=under,
                               variables=variables, conditions=hangs))
    return tuple(found)


def _malformed(where: str, value: Any) -> Malformed:
    from conveyor_iac.errors import Fault
    return Malformed([Fault(path=where, value=str(value)[:60], rule="a policy document is a mapping with Statement",
                            way_out="Write the document as IAM accepts it")])


def power_of(case: Case, role: Resource) -> Power:
    """What a role, user or group of the template may do by its own policies."""
    scope = Scope(template=case.template)
    own = () if role.condition is None else ((role.condition, True),)
    identity: list[Piece] = []
    unread: list[Unread] = []
    for guards, row in items(role.properties.get("Policies", []), own):
        if not isinstance(row, Mapping):
            raise _malformed(f"{role.logical_id}.Policies", row)
        identity += pieces(row.get("PolicyDocument"), f"{role.logical_id}.{_label(row.get('PolicyName'))}",
                           case.template, guards)
    for guards, row in items(role.properties.get("ManagedPolicyArns", []), own):
        _add(case, row, guards, identity, unread)
    for resource, guards, is_role in _attached(case, role):
        if is_role:
            identity += pieces(resource.properties.get("PolicyDocument"), resource.logical_id, case.template, guards)
        else:
            unread.append(Unread(reason=f"whether {resource.logical_id} is attached to {role.logical_id}",
                                 guards=guards))
    unread += _namesakes(case, role)
    boundaries = tuple(_boundaries(case, role, own))
    arn = _safe(scope, role)
    return Power(name=role.logical_id, arn=arn, identity=tuple(identity), boundaries=boundaries, unread=tuple(unread))


def _namesakes(case: Case, role: Resource) -> Iterator[Unread]:
    """Others of the template with the same name, which stand there where this one does not."""
    if role.condition is None:
        return
    key = _HOLDERS[role.type][1]
    for other in case.template.of_type(role.type):
        if other is not role and key in other.properties and names_it(
                case, case.template, other.properties[key], role) is not False:
            made = () if other.condition is None else ((other.condition, True),)
            yield Unread(reason=f"what {other.logical_id} may do, which may have the same name",
                         guards=((role.condition, False), *made))


def created_power(case: Case) -> Power:
    """What any role the installer creates may do: every predefined policy at once, inside the boundary."""
    installer = case.contract.installer
    assert installer is not None
    identity: list[Piece] = []
    unread: list[Unread] = []
    for name in installer.predefined:
        _add(case, policy_value(case.template, name), (), identity, unread)
    boundaries: tuple[Boundary, ...] = ()
    if installer.boundary is not None:
        boundaries = (_boundary(case, policy_value(case.template, installer.boundary), ()),)
    return Power(name="a created role", arn="", identity=tuple(identity), boundaries=boundaries, unread=tuple(unread))


def policy_value(template: Template, name: str) -> Any:
    """What the contract's name for a policy stands for in the template: a reference, or an ARN with placeholders."""
    return {"Ref": name} if not name.startswith(("arn:", "${")) else {"Fn::Sub": name}


_HOLDERS = {"AWS::IAM::Role": ("Roles", "RoleName", "AWS::IAM::RolePolicy"),
            "AWS::IAM::User": ("Users", "UserName", "AWS::IAM::UserPolicy"),
            "AWS::IAM::Group": ("Groups", "GroupName", "AWS::IAM::GroupPolicy")}
"""What holds policies: how they name several of it, how one is named, and the policy that belongs to one alone."""


def _attached(case: Case, role: Resource) -> Iterator[tuple[Resource, Guards, bool | None]]:
    """The policies of the templates that name the role themselves, or may; those of a template beside are not read."""
    several, one, single = _HOLDERS[role.type]
    for template in (case.template, *case.beside):
        for resource in template.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", single):
            own = () if resource.condition is None else ((resource.condition, True),)
            named = resource.properties.get(one if resource.type == single else several, [])
            for guards, row in items(named, own):
                if (is_role := names_it(case, template, row, role)) is not False:
                    here = template is case.template
                    yield resource, guards if here else (), is_role if here else None


def managed_on(case: Case, role: Resource) -> Iterator[Resource]:
    """The managed policies of the template that name the role themselves, or may."""
    return (resource for resource, _, _ in _attached(case, role) if resource.type == "AWS::IAM::ManagedPolicy")


def names_it(case: Case, template: Template, row: Any, role: Resource) -> bool | None:
    """Whether a value names the role, user or group; nothing where only its deployment decides."""
    if isinstance(row, dict) and row.get("Ref") == role.logical_id and template is case.template:
        return True
    try:
        one, other = Scope(template=template).text(row), Scope(template=case.template).name_of(role)
    except Undecidable:
        return None
    if None not in (one.literal, other.literal):
        alike = str(one).lower() == str(other).lower()
        return (True if one == other else None) if alike else False
    if one == other and template is case.template:
        return True
    return False if _is_another(template, row, role, other) else None


def _is_another(template: Template, row: Any, role: Resource, name: Text) -> bool:
    """Whether a value is a role of the template whose name CloudFormation makes up, so that it is no other's."""
    resource = template.resources.get(str(row.get("Ref"))) if isinstance(row, dict) else None
    if resource is None or resource.type != role.type:
        return False
    made_up = _HOLDERS[role.type][1] not in resource.properties
    return made_up or (name.literal is None and all(part.name in template.resources for part in name.unknowns))


def _boundaries(case: Case, role: Resource, own: Guards) -> Iterator[Boundary]:
    for guards, row in branches(role.properties.get("PermissionsBoundary"), own):
        if row is not None:
            yield _boundary(case, row, guards)


def _boundary(case: Case, row: Any, guards: Guards) -> Boundary:
    found: list[Piece] = []
    unread: list[Unread] = []
    _add(case, row, guards, found, unread)
    if unread:
        return Boundary(pieces=None, guards=guards, unread=unread[0].reason, elsewhere=unread[0].elsewhere)
    return Boundary(pieces=tuple(found), guards=guards)


def _add(case: Case, row: Any, guards: Guards, found: list[Piece], unread: list[Unread]) -> None:
    """The pieces of the policy that a value of `ManagedPolicyArns` names."""
    named = case.template.resources.get(str(row.get("Ref"))) if isinstance(row, dict) else None
    if named is not None and named.type == "AWS::IAM::ManagedPolicy":
        _add_made(case.template, [named], guards, found, unread)
        return
    try:
        arn = Scope(template=case.template).text(row)
    except Undecidable as reason:
        unread.append(Unread(reason=str(reason), guards=guards))
        return
    if (document := managed_document(arn)) is not None:
        found += pieces(document, str(arn).rpartition("/")[2], case.template, guards)
        return
    if any(part.name != "AWS::AccountId" and part.domain.holds("aws") for part in _account_of(arn)):
        unread.append(Unread(reason=f"whose policy {arn} is", guards=guards))
        return
    for template in (case.template, *case.beside):
        alike = [resource for resource in template.of_type("AWS::IAM::ManagedPolicy")
                 if same_policy(_arn(template, resource), arn)]
        if alike:
            _add_alike(case, template, alike, guards, found, unread)
            return
    unread.append(Unread(reason=f"what the policy {arn} allows", guards=guards, elsewhere=arn))


def _add_alike(case: Case, template: Template, alike: list[Resource], guards: Guards, found: list[Piece],
               unread: list[Unread]) -> None:
    """The pieces of policies of one name, of this template or of one beside it."""
    if template is case.template:
        _add_made(template, alike, guards, found, unread)
    elif len(alike) > 1 or _hangs(template, alike[0]):
        unread.append(Unread(reason=f"what {template.name}: {alike[0].logical_id} says: its own template's parameters "
                                    "decide", guards=guards))
    else:
        found += pieces(alike[0].properties.get("PolicyDocument"), f"{template.name}: {alike[0].logical_id}", template,
                        guards)


def _add_made(template: Template, alike: list[Resource], guards: Guards, found: list[Piece],
              unread: list[Unread]) -> None:
    """The pieces of policies of one name, each where it is made; where none is, one that is there already counts."""
    for resource in alike:
        made = () if resource.condition is None else ((resource.condition, True),)
        found += pieces(resource.properties.get("PolicyDocument"), resource.logical_id, template,
                        tuple(dict.fromkeys((*guards, *made))))
    missing = tuple(dict.fromkeys((resource.condition, False) for resource in alike if resource.condition))
    if all(resource.condition for resource in alike) and not {(name, True) for name, _ in missing} & set(guards):
        unread.append(Unread(reason=f"what the policy {alike[0].logical_id} allows where it is not made",
                             guards=(*guards, *missing), arn=_arn(template, alike[0]),
                             elsewhere=_arn(template, alike[0])))


def _account_of(arn: Text) -> tuple[Unknown, ...]:
    fields = arn.split(":")
    return fields[4].unknowns if len(fields) > 4 else ()


def same_policy(one: Text | None, other: Text) -> bool:
    """Whether two ARNs name the same policy: alike in path and name, and in partition and account as far as known."""
    if one is None or one == other:
        return one is not None
    mine, theirs = one.split(":"), other.split(":")
    if len(mine) != 6 or len(theirs) != 6 or "aws" in (mine[4].literal, theirs[4].literal):
        return False
    return mine[5] == theirs[5] and all(left == right or left.literal is None or right.literal is None
                                        for left, right in zip(mine[:5], theirs[:5], strict=True))


def _hangs(template: Template, resource: Resource) -> bool:
    """Whether a policy of a template beside says something only that template's parameters decide."""
    if resource.condition or conditions_in(template, dict(resource.properties)):
        return True
    resolved = Scope(template=template).resolve(resource.properties.get("PolicyDocument"))
    return any(not part.name.startswith(("AWS::", '{"Fn::ImportValue": "')) for text in texts(resolved)
               for part in text.unknowns)


def _arn(template: Template, resource: Resource) -> Text | None:
    try:
        return Scope(template=template).arn_of(resource)
    except Undecidable:
        return None


def _safe(scope: Scope, role: Resource) -> str:
    try:
        return str(scope.arn_of(role))
    except Undecidable:
        return role.logical_id


def _label(value: Any) -> str:
    return value if isinstance(value, str) else "inline"
