"""The two sides of PrivateLink as components: an endpoint service (producer) and an endpoint to one (consumer)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from conveyor_iac.errors import Fault
from conveyor_iac.model import addresses
from conveyor_iac.model import privatelink as model
from conveyor_iac.model.network import Space
from conveyor_iac.model.placeholders import Made
from conveyor_iac.pulumi.aws.endpoints import EndpointSetArgs, placed, security_group
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.door import enter, in_words, keyed, missing, refuse
from conveyor_iac.pulumi.words import InstallationArgs


class EndpointServiceArgs(EndpointSetArgs):
    """What an endpoint service is made of: as an endpoint set."""


class EndpointService(pulumi.ComponentResource):
    """An endpoint service in front of an internal network load balancer. Each connection is accepted by hand.

    Spells the endpoint service of a plan: load balancer, listeners and target groups where none exists, the named
    principals, and a topic that is told of connection requests.

    Args:
        name: the component's name; its parts are called `NAME-EndpointService` and so on.
        args: `EndpointServiceArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where it has no endpoint service.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
    """

    service_name: pulumi.Output[str]
    """Hand this to whoever connects: the endpoint service's name."""
    service_id: pulumi.Output[str]
    """The endpoint service's id."""
    outputs: pulumi.Output[dict[str, str]]
    """What is handed over, by the keys of the CloudFormation stack's outputs."""

    def __init__(self, name: str, args: EndpointServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:EndpointService", name, {}, opts)
        entered, plan, ids = placed(self, args)
        service = plan.service
        if service is None:
            refuse(self, [missing("private_link", "an installation with an endpoint service",
                                  "A shared deployment has none: leave this component out")])
        self.parts, self._vpc_id = Parts(self, entered, tags=plan.tags, seen=ids), plan.vpc_id
        self._service(service)
        made = self.parts.resources[service.name]
        self.service_id, self.service_name = made.id, made.service_name
        self.handed = {output.name: self.parts.joined(output.value, output.joiner) for output in service.outputs}
        self.outputs = pulumi.Output.from_input(self.handed)
        self.register_outputs({"service_id": self.service_id, "service_name": self.service_name,
                               "outputs": self.outputs})

    def _service(self, service: model.EndpointService) -> None:
        parts, name, balancer = self.parts, service.name, service.load_balancer
        if service.group:
            security_group(service.group, self._vpc_id, parts)
        arn = self._balancer(balancer) if isinstance(balancer, model.LoadBalancer) else parts.ref(balancer)
        made = parts.add(name, aws.ec2.VpcEndpointService(
            parts.called(name), acceptance_required=True, network_load_balancer_arns=[arn], tags=parts.tags(name),
            allowed_principals=parts.refs(service.principals), opts=parts.child()))
        notification, ours = f"{name}Notification", isinstance(service.topic, model.Topic)
        topic = self._topic(service.topic) if ours else parts.ref(service.topic)
        parts.add(notification, aws.ec2.VpcEndpointConnectionNotification(
            parts.called(notification), vpc_endpoint_service_id=made.id, connection_notification_arn=topic,
            connection_events=list(model.EVENTS), opts=parts.child(*[f"{service.topic.name}Policy"] if ours else [])))

    def _balancer(self, balancer: model.LoadBalancer) -> Any:
        parts = self.parts
        made = parts.add(balancer.name, aws.lb.LoadBalancer(
            parts.called(balancer.name), load_balancer_type="network", internal=True, tags=parts.tags(),
            name=parts.ref(balancer.resource_name), subnets=parts.refs(balancer.subnets),
            security_groups=[parts.ref(balancer.group)], enable_cross_zone_load_balancing=True,
            enforce_security_group_inbound_rules_on_private_link_traffic="off", opts=parts.fixed()))
        for port in balancer.ports:
            self._listener(balancer, made.arn, int(port))
        return made.arn

    def _listener(self, balancer: model.LoadBalancer, arn: Any, port: int) -> None:
        """A listener and its targets, called by their port: a load balancer has no two listeners of one port."""
        parts, listener, group = self.parts, f"{balancer.name}Listener{port}", f"{balancer.name}Targets{port}"
        targets = parts.add(group, aws.lb.TargetGroup(
            parts.called(group), name_prefix=_SHORT, target_type="ip", protocol="TCP", port=port,
            vpc_id=parts.ref(self._vpc_id), tags=parts.tags(), opts=parts.child(),
            health_check=aws.lb.TargetGroupHealthCheckArgs(protocol="TCP")))
        for address in balancer.targets:
            target = f"{group}-{address}"
            parts.add(target, aws.lb.TargetGroupAttachment(
                parts.called(target), target_group_arn=targets.arn, target_id=address, port=port, opts=parts.child()))
        parts.add(listener, aws.lb.Listener(
            parts.called(listener), load_balancer_arn=arn, protocol="TCP", port=port, tags=parts.tags(),
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            opts=parts.child()))

    def _topic(self, topic: model.Topic) -> Any:
        parts = self.parts
        made = parts.add(topic.name, aws.sns.Topic(
            parts.called(topic.name), kms_master_key_id=parts.ref(topic.key), tags=parts.tags(), opts=parts.child()))
        parts.add(f"{topic.name}Policy", aws.sns.TopicPolicy(
            parts.called(f"{topic.name}Policy"), arn=made.arn, policy=parts.spelling.json(topic.policy, parts.ref),
            opts=parts.child()))
        return made.arn


_SHORT = "cnvyr-"
"""What begins a target group's name: its names have 32 characters, too few for a name of ours and random ones."""


class EndpointConsumerArgs(TypedDict):
    """What an endpoint to somebody's endpoint service is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file: whose tags it carries."""
    service_name: pulumi.Input[str]
    """The endpoint service's name: com.amazonaws.vpce.REGION.vpce-svc-..., as its owner hands it out."""
    vpc_id: pulumi.Input[str]
    """The VPC it stands in."""
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Its subnets, at most one per zone, in zones that the service has too."""
    cidrs: list[str]
    """The IPv4 CIDRs from which the service is reached: those of the VPC."""
    ports: list[int]
    """The TCP ports of the service, 1 to 65535."""
    domain: NotRequired[str]
    """A private hosted zone whose own name leads to the endpoint, such as db.example.com; left out: none."""


class EndpointConsumer(pulumi.ComponentResource):
    """An interface endpoint to somebody's endpoint service, behind a security group of its own.

    The service's owner accepts the connection by hand; until then nothing flows.

    Args:
        name: the component's name; its parts are called `NAME-Endpoint` and `NAME-EndpointSecurityGroup`.
        args: `EndpointConsumerArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and of CIDRs, ports and domain.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """

    endpoint_id: pulumi.Output[str]
    """The id of the endpoint: the service's owner accepts it by this."""
    dns_name: pulumi.Output[str]
    """The name by which the service is reached."""

    def __init__(self, name: str, args: EndpointConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:EndpointConsumer", name, {}, opts)
        if isinstance(args, Link):
            entered = enter(self, args["installation"])
            consumer, self.parts = args.consumer, Parts(self, entered, tags=args.tags, seen=args["ids"])
        else:
            consumer, self.parts = self._asked(args)
        made = self._endpoint(consumer)
        if consumer.domain:
            self._zone(consumer, made)
        self.endpoint_id = made.id
        self.dns_name = self.parts.ref(Made(name=consumer.name, attribute="DnsEntries"))
        self.register_outputs({"endpoint_id": self.endpoint_id, "dns_name": self.dns_name})

    def _asked(self, args: EndpointConsumerArgs) -> tuple[model.EndpointConsumer, Parts]:
        given, faults = keyed(EndpointConsumerArgs, args)
        entered = enter(self, given.get("installation"), further=[*faults, *_faults(given)])
        consumer = model.consumer(Space(), "Endpoint", vpc_id="${VpcId}", service="${ServiceName}", subnets=(),
                                  ports=tuple(args["ports"]), cidrs=tuple(args["cidrs"]), domain=args.get("domain"))
        known = {"VpcId": args["vpc_id"], "ServiceName": args["service_name"]}
        self._subnets: Any = args["subnet_ids"]
        return consumer, Parts(self, entered, known=known)

    def _endpoint(self, consumer: model.EndpointConsumer) -> Any:
        parts = self.parts
        security_group(consumer.group, consumer.vpc_id, parts)
        subnets = parts.refs(consumer.subnets) if consumer.subnets else self._subnets
        return parts.add(consumer.name, aws.ec2.VpcEndpoint(
            parts.called(consumer.name), vpc_endpoint_type="Interface", vpc_id=parts.ref(consumer.vpc_id),
            service_name=parts.ref(consumer.service), subnet_ids=subnets, private_dns_enabled=False,
            security_group_ids=[parts.resources[consumer.group.name].id], tags=parts.tags(consumer.name),
            opts=parts.child()))

    def _zone(self, consumer: model.EndpointConsumer, endpoint: Any) -> None:
        """A private hosted zone whose own name leads to the endpoint."""
        parts, name, entry = self.parts, f"{consumer.name}Zone", endpoint.dns_entries.apply(lambda rows: rows[0])
        zone = parts.add(name, aws.route53.Zone(
            parts.called(name), name=consumer.domain, tags=parts.tags(), opts=parts.child(),
            vpcs=[aws.route53.ZoneVpcArgs(vpc_id=parts.ref(consumer.vpc_id))]))
        parts.add(f"{name}Record", aws.route53.Record(
            parts.called(f"{name}Record"), zone_id=zone.zone_id, name=str(consumer.domain), type="A",
            opts=parts.child(), aliases=[aws.route53.RecordAliasArgs(
                name=entry.apply(lambda row: row.dns_name), zone_id=entry.apply(lambda row: row.hosted_zone_id),
                evaluate_target_health=False)]))


class Link(dict[str, Any]):
    """The words of a consumer that a plan has: a deployment gives them to the component."""

    def __init__(self, consumer: model.EndpointConsumer, tags: Any, **words: Any) -> None:
        super().__init__(words)
        self.consumer, self.tags = consumer, tags


def _faults(args: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the words that must be known when the endpoint is planned."""
    for key in ("service_name", "vpc_id", "subnet_ids", "cidrs", "ports"):
        if not isinstance(args.get(key), pulumi.Output) and not args.get(key):
            yield missing(key, "a value is needed", "Give it; a list needs one entry at least")
    for key, what, unfit in (("cidrs", "CIDRs", addresses.unfit_vpc_block), ("ports", "ports", _unfit_port)):
        value = args.get(key)
        if value is not None and not isinstance(value, list | tuple):
            yield Fault(path=key, value=in_words(value), rule="a list, known when planned", way_out=f"List the {what}")
            continue
        for number, item in enumerate(value or ()):
            yield from _fault(f"{key}.{number}", item, unfit)
    if (domain := args.get("domain")) is not None:
        yield from _fault("domain", domain, addresses.unfit_name)


def _fault(path: str, value: Any, unfit: Callable[[Any], tuple[str, str]]) -> Iterator[Fault]:
    text = isinstance(value, str) or unfit is _unfit_port
    rule, way_out = unfit(value) if text else ("a text, known when planned", "Write it in quotes")
    if rule:
        yield Fault(path=path, value=in_words(value), rule=rule, way_out=way_out)


def _unfit_port(port: Any) -> tuple[str, str]:
    fit = isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535
    return ("", "") if fit else ("a TCP port: 1 to 65535", "Take the port that the service's owner hands out")
