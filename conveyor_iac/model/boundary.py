"""The permissions boundary of every role the installer creates: an allow list, a sliver of IAM, a data perimeter.

The allow list is worked out: exactly the services that the predefined policies use. No condition key limits whom a
created role may trust, so the perimeter holds what a role made for a stranger could do: data is read and written
from the data plane's network only, and shared with nobody.
"""

from typing import Any

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.iam import Document, ManagedPolicy, Statement, policy_arn
from conveyor_iac.model.placeholders import Either, behind

_PERIMETER_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html"
_SLIVER = frozenset({"iam", "sts"})
"""Services of which the boundary never allows everything."""

BOUNDARY_ARN = policy_arn(names.BOUNDARY_PATH, names.BOUNDARY)


def services() -> tuple[str, ...]:
    """The services the predefined policies use, but those of which only a sliver is allowed; in order."""
    used = {action.partition(":")[0] for row in catalogue.predefined_policies() for statement in row.statements
            if statement.effect == "Allow" for action in statement.actions}
    return tuple(sorted(used - _SLIVER))


def perimeter(*, gateway: bool) -> tuple[str, ...]:
    """The data actions held to the VPC: those that go through the S3 gateway endpoint, or all the others."""
    return tuple(action for row in held() if (row.endpoint == "s3") == gateway for action in row.actions)


def held() -> tuple[catalogue.DataActions, ...]:
    """The catalogue rows of data actions that a created role could be allowed at all."""
    return tuple(row for row in catalogue.data_actions() if row.kind == "data" and row.service in services())


def boundary() -> ManagedPolicy:
    """The boundary, with its perimeter behind the switches that say which endpoints there are."""
    lists = {"@BoundaryArn": (BOUNDARY_ARN,), "@ResourceRoles": (names.RESOURCE_ROLES,)}
    row = catalogue.boundary_policy()
    objects = _from_the_vpc("PerimeterObjects", perimeter(gateway=True), "in S3")
    others = _from_the_vpc("PerimeterEndpoints", perimeter(gateway=False), "behind interface endpoints")
    statements: tuple[Any, ...] = (
        _services_in_use(),
        *(behind(statement, Statement.of(statement, lists)) for statement in row.statements),
        _no_sharing(),
        Either(switch="HasDataPlaneVpc", yes=objects),
        Either(switch="HasDataPlaneVpc", yes=Either(switch="HasInterfaceEndpoints", yes=others)),
    )
    return ManagedPolicy(name=row.name, policy_name=names.BOUNDARY, path=names.BOUNDARY_PATH,
                         description=row.purpose, document=Document(statements=statements))


def _services_in_use() -> Statement:
    return Statement(id="ServicesOfThePredefinedPolicies", source=catalogue.boundary_policy().source,
                     purpose="Created roles act on the services that the predefined policies use, and on no other.",
                     actions=tuple(f"{service}:*" for service in services()), resources=("*",))


def _no_sharing() -> Statement:
    shares = tuple(action for row in catalogue.data_actions() if row.kind == "share" and row.service in services()
                   for action in row.actions)
    return Statement(id="NoSharing", purpose="Nothing is opened to, copied to or exported for another account.",
                     source=_PERIMETER_SOURCE, effect="Deny", actions=shares, resources=("*",))


def _from_the_vpc(sid: str, actions: tuple[str, ...], where: str) -> Statement:
    conditions = {"StringNotEquals": {"aws:SourceVpc": ("${DataPlaneVpcId}",)},
                  "BoolIfExists": {"aws:ViaAWSService": ("false",)}}
    return Statement(id=sid, source=_PERIMETER_SOURCE, effect="Deny", actions=actions, resources=("*",),
                     conditions=conditions, purpose=f"Data {where} is read and written from the data plane's VPC,"
                     " or by an AWS service on the role's behalf.")
