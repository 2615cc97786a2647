"""The template that says what a stack's resources say, as it grows: logical ids, rows, and what could not be read.

Knows how a resource's name becomes its logical id, which row of the table its type has, and how each value is spelled.
What it does not know is never left out: it becomes a resource that the claims it may concern cannot read.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.model.catalogue.proofs import PulumiType
from conveyor_iac.proofs.pulumi.nouns import ipsets, policy_variables
from conveyor_iac.proofs.pulumi.spelling import Spelling, is_set, raising, vague
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

_STRANGE: Final = re.compile(r"[^A-Za-z0-9_/-]")
LIKE_AN_ID: Final = re.compile(r"local|[0-9]*|[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}")
"""What a name must not read like: a route's own target, or an id of AWS's."""
_UNREAD: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "network": (("AWS::EC2::Route", ("RouteTableId",)),),
    "endpoints": (("AWS::EC2::VPCEndpoint", ("PolicyDocument", "ServiceName", "VpcEndpointType")),
                  ("AWS::EC2::Route", ("RouteTableId",))),
    "storage": (("AWS::S3::Bucket", ("BucketEncryption", "AccessControl")),),
    "privatelink": (("AWS::EC2::VPCEndpointService", ("AcceptanceRequired",)),
                    ("AWS::EC2::VPCEndpointServicePermissions", ("AllowedPrincipals",))),
}
"""By what a family of claims is kept from an answer: a resource of a type it reads, of which nothing can be read."""


@dataclass(slots=True, kw_only=True)
class Building:
    """What has been built so far. `names` are logical ids by the identity of the plain resource."""

    spelling: Spelling
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    called: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Logical ids by the type, and the id, ARN or chosen name, which a state may hold twice."""
    main: dict[str, str] = field(default_factory=dict)
    """The VPC of each main route table, by the table's logical id."""
    mains: list[tuple[str, Any, Any]] = field(default_factory=list)
    """What makes a table a VPC's main one: by which resource, of which VPC, which table."""
    from_state: set[tuple[str, str]] = field(default_factory=set)
    """Properties that only the state tells, which a resource of its own may tell better."""
    by_state: list[str] = field(default_factory=list)
    """Resources that only the state of another one tells, which a resource of its own may tell better."""
    roles: dict[str, Plain] = field(default_factory=dict)
    """The roles by their logical ids, as the program and the state tell of them."""
    attached: list[tuple[str, str, str]] = field(default_factory=list)
    """What attaches managed policies: its name, its type, and the policy."""

    def place(self, name: str, type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A resource under its own logical id; its properties, to be added to."""
        found = dict(properties)
        self.resources[name] = {"Type": type_, "Properties": found}
        return found

    def emit(self, name: str, type_: str, properties: Mapping[str, Any], *, by_state: bool = False) -> str:
        """A resource that another one brings along, under a name that is still free; perhaps only the state tells."""
        found = self.free(name)
        self.place(found, type_, properties)
        if by_state:
            self.by_state.append(found)
        return found

    def free(self, name: str) -> str:
        """A logical id that nothing has: this one, or one with a number."""
        taken = {*self.names.values(), *self.resources, *self.main}
        return next(one for one in _numbered(name) if one not in taken)

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The resources of these types, with their properties."""
        for name, row in list(self.resources.items()):
            if row["Type"] in types:
                yield name, row["Properties"]

    def named(self, type_: str, value: Any) -> str:
        """The logical id of the one resource that a value names by its id, ARN or chosen name; empty where none is."""
        found = self.called.get((type_, str(value)), [])
        return found[0] if len(found) == 1 else ""

    def alike(self, type_: str, value: Any) -> list[str]:
        """The resources whose id, ARN or chosen name is this one in whatever letters."""
        return [name for (kind, called), names in self.called.items()
                if kind == type_ and called.lower() == str(value).lower() for name in names]

    def targets(self, type_: str, value: Any) -> list[str]:
        """The resources a part may belong to: those it names; all of them where nobody knows which it names."""
        if isinstance(value, Untold):
            return [name for name, _ in self.of_type(type_)]
        return self.called.get((type_, str(value)), [])

    def missing(self, where: str) -> Any:
        """A value that there is, and that nobody was told."""
        return self.spelling.value(Untold("is not told"), where)

    def rows(self, value: Any) -> Iterator[Any]:
        """The items of a list; one that is not known where the list is not."""
        if isinstance(value, list):
            yield from value
        elif is_set(value):
            yield value if isinstance(value, Untold) else Untold("is no list")

    def append(self, owners: Iterable[str], key: str, value: Any) -> None:
        """A value among those of each owner; nothing is added to what is not known."""
        for owner in owners:
            row = self.resources[owner]["Properties"]
            held = row.get(key, [])
            row[key] = [*held, value] if isinstance(held, list) else held

    def set(self, owners: Iterable[str], key: str, value: Any, owner: Any, name: str) -> None:
        """A property that another resource gives; given twice, or perhaps another's, nobody knows what it is."""
        for own in owners:
            row = self.resources[own]["Properties"]
            if isinstance(owner, Untold):
                row[key] = self.spelling.value(owner, f"whose {key} {name} is")
            elif key in row and row[key] != value and (own, key) not in self.from_state:
                row[key] = self.spelling.value(Untold("is given twice"), f"{own}.{key}")
            else:
                row[key] = value
                self.from_state.discard((own, key))

    def unread(self, name: str, families: Iterable[str], why: str) -> None:
        """Something that families of claims must not pass over."""
        self.spelling.unknown[why] = None
        for family in families:
            if family == "iam":
                self.emit(f"{name}/unread", "AWS::IAM::RolePolicy", {
                    "RoleName": vague(why), "PolicyName": "unread",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": []}})
            for type_, keys in _UNREAD.get(family, ()):
                self.emit(f"{name}/unread", type_, {key: raising(why) for key in keys})

    def properties(self, plain: Plain, row: PulumiType, name: str) -> dict[str, Any]:
        """The properties that the table maps; what it does not know makes all of them unknown."""
        found = dict(row.defaults)
        for key, spelled in row.properties.items():
            value = plain.inputs.get(key)
            if not is_set(value) and key in row.state:
                value = plain.outputs.get(key)
            if is_set(value):
                found[spelled.to] = self.spelled(value, spelled.how, f"{name}.{key}")
        return found

    def strange(self, plain: Plain, row: PulumiType) -> tuple[str, ...]:
        """The properties that are given and that nobody knows here."""
        known = {*row.properties, *row.folded, *row.ignored, *catalogue.pulumi_types().ignored}
        return tuple(sorted(key for key, value in plain.inputs.items()
                            if key not in known and not key.startswith("__") and is_set(value)))

    def spelled(self, value: Any, how: str, where: str) -> Any:
        """A value as the table says it is written."""
        spelling = self.spelling
        if how in ("document", "identity", "trust"):
            return spelling.document(value, where, identity=how != "document", trust=how == "trust")
        if how == "list":
            return [spelling.value(value, where)]
        if how == "vague" or (how == "role" and isinstance(value, Untold)):
            return vague(why) if (why := spelling.why(value, where)) else spelling.value(value, where)
        if how in ("role", "bucket"):
            found = self.named("AWS::IAM::Role" if how == "role" else "AWS::S3::Bucket", value)
            if not found and how == "role" and self.alike("AWS::IAM::Role", value):
                return vague(f"whose {where} is, a role in other letters")
            return {"Ref": found} if found else spelling.value(value, where)
        if how == "only":
            return spelling.nested(value[0], where) if isinstance(value, list) and value else spelling.nested(
                value, where)
        if how == "nested":
            return spelling.nested(value, where)
        if how == "rule-group":
            return ipsets(spelling.nested(value, where))
        return policy_variables(spelling.nested(value, where)) if how == "firewall-policy" else spelling.value(
            value, where)


def families_of(token: str) -> tuple[str, ...]:
    """The families of claims that a type nobody knows here may concern."""
    known = catalogue.pulumi_types()
    if token in known.doubtful:
        return known.doubtful[token]
    module = token.split(":")[1].split("/")[0].lower() if token.count(":") == 2 else ""
    families = known.namespaces.get(module, ())
    if module in ("ec2", "vpc") and "endpoint" in token.lower():
        return (*families, "endpoints", "privatelink")
    return families


def logical_ids(plains: Iterable[Plain]) -> dict[int, str]:
    """A logical id for each resource: its name, with its type where two share one, or with a number."""
    given = list(plains)
    wanted = {id(plain): _safe(plain.name) for plain in given}
    shared = Counter(wanted[id(plain)] for plain in given if not plain.leaving)
    taken: Counter[str] = Counter()
    found: dict[int, str] = {}
    for plain in given:
        name = wanted[id(plain)]
        if plain.leaving:
            name = f"{name}/leaving"
        elif shared[name] > 1:
            name = f"{name}/{plain.type.rpartition(':')[2]}"
        taken[name] += 1
        found[id(plain)] = name if taken[name] == 1 else f"{name}/{taken[name]}"
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}/{number}" for number in itertools.count(2))


def _safe(name: str) -> str:
    plain = _STRANGE.sub("-", name)
    return f"{plain}/resource" if LIKE_AN_ID.fullmatch(plain) else plain
