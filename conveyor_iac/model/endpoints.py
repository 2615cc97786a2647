"""VPC endpoints: which a model needs, where they stand, and what may pass them.

Which there are and what each policy says are rows of the catalogue (`endpoints.toml`, `endpoint_sets.toml`). A policy
speaks to everybody (`Principal: "*"`) with conditions: here that is the right form, for gateway endpoints take no
other, and whoever the network lets in must still be of this account.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.model import catalogue
from conveyor_iac.model.iam import Document, Statement, over
from conveyor_iac.model.network import SecurityGroup, Space, rule_for
from conveyor_iac.model.placeholders import Either, Made

ANYONE: Mapping[str, tuple[Any, ...]] = {"*": ()}
OWN_PRINCIPALS = {"aws:PrincipalAccount": ("${AWS::AccountId}",)}
OWN_RESOURCES = {"aws:ResourceAccount": ("${AWS::AccountId}",)}
S3 = "s3"
"""The gateway endpoint of every model: it is free, and the data perimeter needs it."""

_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A VPC endpoint of a service of AWS. `policy` is nothing where the service takes none.

    `subnets` and `groups` are those of an interface endpoint, `tables` the route tables of a gateway endpoint; each
    is a tuple of ids or what has them, or one placeholder that holds a list.
    """

    name: str
    service: str
    service_name: str
    kind: str
    reason: str
    policy: Document | None
    subnets: Any = ()
    groups: tuple[Any, ...] = ()
    tables: Any = ()

    def faults(self) -> Iterator[Fault]:
        """Every limit of EC2 this endpoint passes."""
        if self.policy:
            yield from over("endpoint-policy-size", self.name, self.policy.size(), "Narrow the policy's rows")


def gateways(services: Iterable[str]) -> tuple[str, ...]:
    """The gateway endpoints of a network: S3 always, and those of the services that are reached by one."""
    return tuple(dict.fromkeys((S3, *(name for name in services if catalogue.endpoints()[name].kind == "Gateway"))))


def service_name(row: catalogue.Endpoint, partition: str = "") -> str:
    """The name of a service in EC2; in aws-cn some begin otherwise."""
    return f"{'cn.' if row.cn and partition == 'aws-cn' else ''}com.amazonaws.${{AWS::Region}}.{row.service}"


def policy(row: catalogue.Endpoint) -> Document | None:
    """What may pass an endpoint: this account's principals on its own resources, and the row's own exceptions."""
    if not row.policies:
        return None
    held = {"StringEquals": OWN_PRINCIPALS | (OWN_RESOURCES if row.own_resources else {})}
    whose = "this account's own resources" if row.own_resources else "resources of any account"
    own = Statement(id="OwnPrincipals", source=_SOURCE, actions=row.actions, principals=ANYONE, resources=("*",),
                    conditions=held, purpose=f"Principals of this account act on {whose}.")
    further = tuple(Statement.of(statement, {}, principals=ANYONE) for statement in row.statements)
    return Document(statements=(own, *further) if row.actions else further)


def interface(space: Space, service: str, partition: str, *, subnets: Any, switch: str = "") -> Any:
    """An interface endpoint in the subnets, behind its switch; it answers for the service's own DNS name."""
    made = _endpoint(space, service, partition, subnets=subnets, groups=(Made(name=group_name(space)),))
    return Either(switch=switch, yes=made) if switch else made


def gateway(space: Space, service: str, partition: str, *, tables: Any) -> Endpoint:
    """A gateway endpoint, with a route in each of the tables."""
    return _endpoint(space, service, partition, tables=tables)


def _endpoint(space: Space, service: str, partition: str, **places: Any) -> Endpoint:
    row = catalogue.endpoints()[service]
    return Endpoint(name=space.name(f"Endpoint{row.name}"), service=service, kind=row.kind, reason=row.reason,
                    service_name=service_name(row, partition), policy=policy(row), **places)


def group_name(space: Space) -> str:
    """The name of the one security group of a VPC's interface endpoints."""
    return space.name("EndpointSecurityGroup")


def security_group(space: Space, cidrs: Iterable[Any]) -> SecurityGroup:
    """The one group of all interface endpoints: HTTPS from every block of the VPC, pods included; nothing leaves."""
    ingress = tuple(rule_for(cidr, "443", "HTTPS to the endpoints") for cidr in cidrs)
    return SecurityGroup(name=group_name(space), ingress=ingress,
                         purpose="Interface endpoints: HTTPS from every address of the VPC and nothing out")


def domains(services: Iterable[str], partition: str = "") -> tuple[str, ...]:
    """The names that endpoints answer for, each once."""
    rows = (catalogue.endpoints()[service] for service in services)
    return tuple(dict.fromkeys(name for row in rows
                               for name in (partition == "aws-cn" and row.dns_cn) or row.dns))
