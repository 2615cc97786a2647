"""The two sides of PrivateLink as constructs: an endpoint service (producer) and an endpoint to one (consumer)."""

from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from conveyor_iac.cdk.endpoints import security_group
from conveyor_iac.cdk.parts import Parts
from conveyor_iac.model import privatelink as model


class EndpointService(Construct):
    """An endpoint service in front of an internal network load balancer. Each connection is accepted by hand.

    Spells the endpoint service of a plan: load balancer, listeners and target groups where none exists, the named
    principals, and a topic that is told of connection requests.

    Args:
        scope: the network.
        id: construct id, such as `Service`.
        service: `NetworkPlan.service`.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which these join.

    Raises:
        RuntimeError: from the CDK, when the scope already has a construct of this id.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
    """

    def __init__(self, scope: Construct, id: str, *, service: model.EndpointService, vpc_id: Any,
                 parts: Parts) -> None:
        super().__init__(scope, id)
        self._parts, self._vpc_id, name = parts, vpc_id, service.name
        if service.group:
            security_group(self, service.group, vpc_id, parts)
        balancer = service.load_balancer
        arn = self._balancer(balancer) if isinstance(balancer, model.LoadBalancer) else parts.ref(balancer)
        made = parts.add(name, ec2.CfnVPCEndpointService(
            self, name, acceptance_required=True, network_load_balancer_arns=[arn], tags=parts.tags(name)))
        parts.add(f"{name}Permissions", ec2.CfnVPCEndpointServicePermissions(
            self, f"{name}Permissions", service_id=made.ref,
            allowed_principals=[parts.ref(principal) for principal in service.principals]))
        topic = self._topic(service.topic) if isinstance(service.topic, model.Topic) else parts.ref(service.topic)
        told = parts.add(f"{name}Notification", ec2.CfnVPCEndpointConnectionNotification(
            self, f"{name}Notification", service_id=made.ref, connection_notification_arn=topic,
            connection_events=list(model.EVENTS)))
        if isinstance(service.topic, model.Topic):
            told.add_resource_dependency(parts.resources[f"{service.topic.name}Policy"])

    def _balancer(self, balancer: model.LoadBalancer) -> str:
        parts = self._parts
        made = parts.add(balancer.name, elb.CfnLoadBalancer(
            self, balancer.name, type="network", scheme="internal", name=parts.ref(balancer.resource_name),
            subnets=parts.refs(balancer.subnets), security_groups=[parts.ref(balancer.group)], tags=parts.tags(),
            enforce_security_group_inbound_rules_on_private_link_traffic="off",
            load_balancer_attributes=[elb.CfnLoadBalancer.LoadBalancerAttributeProperty(
                key="load_balancing.cross_zone.enabled", value="true")]))
        for number, port in enumerate(balancer.ports, 1):
            self._listener(balancer, made.ref, number, port)
        return str(made.ref)

    def _listener(self, balancer: model.LoadBalancer, arn: str, number: int, port: str) -> None:
        parts, listener, group = self._parts, f"{balancer.name}Listener{number}", f"{balancer.name}Targets{number}"
        targets = parts.add(group, elb.CfnTargetGroup(
            self, group, target_type="ip", protocol="TCP", port=parts.spelling.number(port),
            vpc_id=parts.ref(self._vpc_id), tags=parts.tags(),
            health_check_protocol="TCP",
            targets=[elb.CfnTargetGroup.TargetDescriptionProperty(id=target) for target in balancer.targets] or None))
        parts.add(listener, elb.CfnListener(
            self, listener, load_balancer_arn=arn, protocol="TCP", port=parts.spelling.number(port), tags=parts.tags(),
            default_actions=[elb.CfnListener.ActionProperty(type="forward", target_group_arn=targets.ref)]))

    def _topic(self, topic: model.Topic) -> str:
        parts = self._parts
        made = parts.add(topic.name, sns.CfnTopic(self, topic.name, kms_master_key_id=parts.ref(topic.key),
                                                  tags=parts.tags()))
        policy = parts.add(f"{topic.name}Policy", sns.CfnTopicPolicy(
            self, f"{topic.name}Policy", topics=[made.ref], policy_document=topic.policy.spelled(parts.json)))
        parts.spelling.explain(policy, topic.policy)
        return str(made.ref)


class EndpointConsumer(Construct):
    """An interface endpoint to somebody's endpoint service, behind a security group of its own.

    Spells a consumer of a plan. The service's owner accepts the connection by hand; until then nothing flows.

    Args:
        scope: the stack or network.
        id: construct id.
        consumer: one of `plan(installation).links`, or `model.privatelink.consumer(...)`.
        parts: the parts of the network it stands in.

    Raises:
        RuntimeError: from the CDK, when the scope already has a construct of this id.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """

    def __init__(self, scope: Construct, id: str, *, consumer: model.EndpointConsumer, parts: Parts) -> None:
        super().__init__(scope, id)
        security_group(self, consumer.group, consumer.vpc_id, parts)
        made = parts.add(consumer.name, ec2.CfnVPCEndpoint(
            self, consumer.name, vpc_endpoint_type="Interface", vpc_id=parts.ref(consumer.vpc_id),
            service_name=parts.ref(consumer.service), subnet_ids=parts.refs(consumer.subnets),
            security_group_ids=[parts.resources[consumer.group.name].ref], private_dns_enabled=False,
            tags=parts.tags(consumer.name)))
        if consumer.domain:
            self._zone(consumer, made, parts)

    def _zone(self, consumer: model.EndpointConsumer, endpoint: ec2.CfnVPCEndpoint, parts: Parts) -> None:
        """A private hosted zone whose own name leads to the endpoint."""
        name, first = f"{consumer.name}Zone", Fn.split(":", Fn.select(0, endpoint.attr_dns_entries))
        zone = parts.add(name, route53.CfnHostedZone(
            self, name, name=consumer.domain, vpcs=[route53.CfnHostedZone.VPCProperty(
                vpc_id=parts.ref(consumer.vpc_id), vpc_region=Aws.REGION)]))
        parts.add(f"{name}Record", route53.CfnRecordSet(
            self, f"{name}Record", hosted_zone_id=zone.ref, name=consumer.domain, type="A",
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                hosted_zone_id=Fn.select(0, first), dns_name=Fn.select(1, first))))
