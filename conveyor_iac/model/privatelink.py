"""PrivateLink: the door a plane opens to the other one (producer), and the way to a door (consumer).

A producer names who may knock, accepts each connection by hand, and hands out what the other side must know. Nobody
may be `*`, and nothing is accepted by itself.
"""

from dataclasses import dataclass
from typing import Any

from conveyor_iac.model.iam import Document, Statement
from conveyor_iac.model.network import Output, SecurityGroup, Space, rule_for
from conveyor_iac.model.placeholders import Made

EVENTS = ("Accept", "Connect", "Delete", "Reject")
"""What a connection notification tells; https://docs.aws.amazon.com/vpc/latest/privatelink/create-notification-endpoint-service.html."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """An internal network load balancer, with a listener and a target group of addresses for each port."""

    name: str
    resource_name: str
    subnets: Any
    group: Made
    ports: tuple[Any, ...]
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic that EC2 tells of connection requests, closed by a key."""

    name: str
    key: Made
    policy: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointService:
    """An endpoint service in front of a load balancer. Acceptance is always by hand.

    `load_balancer` is what is made, or the ARN of one that exists; `principals` are ARNs, each one account, role or
    user; `topic` is what is told of connection requests: one that is made, or the ARN of one that exists.
    """

    name: str
    load_balancer: Any
    principals: tuple[str, ...]
    topic: Any
    outputs: tuple[Output, ...]
    group: SecurityGroup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConsumer:
    """An interface endpoint to somebody's endpoint service, with a security group of its own.

    `service` is the service's name, or the endpoint service of the same plan; `domain`, when given, is a private
    hosted zone whose own name leads to the endpoint.
    """

    name: str
    vpc_id: Any
    service: Any
    subnets: Any
    group: SecurityGroup
    domain: str | None = None


def producer(space: Space, *, what: str, subnets: Any, ports: tuple[Any, ...], principals: tuple[str, ...],
             cidrs: tuple[Any, ...], load_balancer: str | None = None, topic: str | None = None,
             targets: tuple[str, ...] = ()) -> EndpointService:
    """The endpoint service of a VPC; the load balancer's group admits nothing but what comes by PrivateLink."""
    told, name, outputs = topic or _topic(space), space.name("EndpointService"), _outputs(space, ports)
    if load_balancer:
        return EndpointService(name=name, load_balancer=load_balancer, principals=principals, topic=told,
                               outputs=outputs)
    group = SecurityGroup(name=space.name("LoadBalancerSecurityGroup"), egress=_rules(cidrs, ports, "To the targets"),
                          purpose="Load balancer of the endpoint service: in by PrivateLink only, out to its targets")
    made = LoadBalancer(name=space.name("LoadBalancer"), resource_name=f"conveyor-${{TenantId}}-{what}",
                        subnets=subnets, group=Made(name=group.name), ports=ports, targets=targets)
    return EndpointService(name=name, load_balancer=made, principals=principals, group=group, topic=told,
                           outputs=outputs)


def _outputs(space: Space, ports: tuple[Any, ...]) -> tuple[Output, ...]:
    service = space.name("EndpointService")
    return (
        Output(name=space.name("ServiceId"), value=Made(name=service), why="The endpoint service's id."),
        Output(name=space.name("ServiceName"), value=service_name(service),
               why="Hand this to whoever connects: the endpoint service's name."),
        Output(name=space.name("ServicePorts"), value=ports, why="The ports it answers on."),
        Output(name=space.name("ServiceRegion"), value="${AWS::Region}", why="The region it is in."),
        Output(name=space.name("ServiceAccount"), value="${AWS::AccountId}", why="The account that owns it."),
    )


def service_name(service: str) -> Made:
    """The name by which the other side finds an endpoint service of the plan."""
    return Made(name=service, before="com.amazonaws.vpce.${AWS::Region}.")


def consumer(space: Space, name: str, *, vpc_id: Any, service: Any, subnets: Any, ports: tuple[Any, ...],
             cidrs: tuple[Any, ...], domain: str | None = None) -> EndpointConsumer:
    """The way from a VPC to an endpoint service, open to every block of the VPC on the service's ports."""
    group = SecurityGroup(name=space.name(f"{name}SecurityGroup"), ingress=_rules(cidrs, ports, "To the service"),
                          purpose="Endpoint to an endpoint service: its ports from every address of the VPC")
    return EndpointConsumer(name=space.name(name), vpc_id=vpc_id, service=service, subnets=subnets, group=group,
                            domain=domain)


def _rules(cidrs: tuple[Any, ...], ports: tuple[Any, ...], why: str) -> tuple[Any, ...]:
    return tuple(rule_for(cidr, port, why) for cidr in cidrs for port in ports)


def _topic(space: Space) -> Topic:
    name = space.name("ConnectionTopic")
    says = Statement(id="Notifications", actions=("sns:Publish",), principals={"Service": ("vpce.amazonaws.com",)},
                     resources=(Made(name=name),), purpose="EC2 tells of connections to this account's services.",
                     source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-notification-endpoint-service.html",
                     conditions={"StringEquals": {"aws:SourceAccount": ("${AWS::AccountId}",)}})
    return Topic(name=name, key=Made(name=space.name("Key")), policy=Document(statements=(says,)))
