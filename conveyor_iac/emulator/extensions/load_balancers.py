"""Network load balancers: what sets them apart from the application load balancer that ministack makes of every one.

Knows the records of ELBv2. The ARN of a network load balancer and of its listeners says ``net``; its VPC and zones are
those of its subnets, of which each zone has one; it has the attributes and the switch for PrivateLink traffic of its
kind; a target group of TCP checks health with TCP and has no path. No connection is balanced.
"""

from __future__ import annotations

import re
from typing import Any

from .ec2_actions import element
from .stack_handlers import Made, Properties, also_answer, check_before, complete_after, table

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
ENFORCE = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
_KINDS = {"network": "net", "gateway": "gwy"}
_LAYER_4 = frozenset({"TCP", "TLS", "UDP", "TCP_UDP"})
_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "load_balancing.cross_zone.enabled": "false",
}


class LoadBalancerRefused(ValueError):
    """ELBv2 would refuse this."""


def install() -> None:
    """Put the kind of load balancer into what ministack makes and shows."""
    check_before(LOAD_BALANCER, check_subnets)
    _made_as_its_kind(LOAD_BALANCER, _rename_load_balancer)
    _made_as_its_kind(LISTENER, _rename_listener)
    complete_after(LOAD_BALANCER, _complete)
    complete_after(TARGET_GROUP, _check_with_tcp)
    also_answer(LOAD_BALANCER, lambda arn, _: {"LoadBalancerFullName": arn.partition("loadbalancer/")[2]})
    _made_by_api("CreateLoadBalancer", "_lbs", _rename_load_balancer)
    _made_by_api("CreateListener", "_listeners", _rename_listener)
    also_answer(TARGET_GROUP, lambda arn, _: {"LoadBalancerArns": list(_stores()._tgs[arn]["LoadBalancerArns"])})
    _shown()


def check_subnets(_: str, properties: Properties, __: str | None) -> None:
    """A load balancer lies in subnets that exist, in one VPC, one of each zone."""
    from ministack.services import ec2

    ids = _subnets(properties)
    found = [ec2._subnets.get(subnet) for subnet in ids]
    if not all(found):
        missing = [subnet for subnet, stored in zip(ids, found, strict=True) if not stored]
        raise LoadBalancerRefused(f"The subnet ID '{missing[0]}' does not exist")
    zones = [subnet["AvailabilityZone"] for subnet in found]
    if len(set(zones)) < len(zones):
        raise LoadBalancerRefused("A load balancer cannot be attached to multiple subnets in the same Availability "
                                  "Zone")
    if len({subnet["VpcId"] for subnet in found}) > 1:
        raise LoadBalancerRefused("All subnets must belong to the same VPC")


def _subnets(properties: Properties) -> list[str]:
    mapped = [mapping["SubnetId"] for mapping in properties.get("SubnetMappings") or []]
    return [*(properties.get("Subnets") or []), *mapped]


def _made_as_its_kind(type_name: str, rename: Any) -> None:
    entry = table()[type_name]
    create = entry["create"]

    def creating(logical_id: str, properties: Properties, stack_name: str) -> Made:
        arn, attributes = create(logical_id, properties, stack_name)
        renamed = rename(arn)
        return renamed, {key: renamed if value == arn else value for key, value in attributes.items()}

    entry["create"] = creating


def _made_by_api(action: str, store: str, rename: Any) -> None:
    alb = _stores()
    create = alb._ACTION_MAP[action]

    def creating(params: Any) -> Any:
        before = set(getattr(alb, store))
        status, headers, body = create(params)
        for arn in set(getattr(alb, store)) - before:
            body = body.replace(arn.encode(), rename(arn).encode())
        return status, headers, body

    alb._ACTION_MAP[action] = creating


def _rename_load_balancer(arn: str) -> str:
    alb = _stores()
    kind = _KINDS.get(alb._lbs[arn]["Type"])
    renamed = arn.replace("loadbalancer/app/", f"loadbalancer/{kind}/") if kind else arn
    alb._lbs[arn]["LoadBalancerArn"] = renamed
    for store in (alb._lbs, alb._tags, alb._lb_attrs):
        store[renamed] = store.pop(arn, None)
    return renamed


def _rename_listener(arn: str) -> str:
    alb = _stores()
    listener = alb._listeners[arn]
    kind = _KINDS.get((alb._lbs.get(listener["LoadBalancerArn"]) or {}).get("Type", ""))
    renamed = arn.replace("listener/app/", f"listener/{kind}/") if kind else arn
    listener["ListenerArn"] = renamed
    for store in (alb._listeners, alb._tags):
        store[renamed] = store.pop(arn, None)
    for rule in list(alb._rules.values()):
        if rule["ListenerArn"] == arn:
            rule["ListenerArn"] = renamed
    return renamed


def _complete(arn: str, properties: Properties) -> None:
    """The VPC and subnets, the switch for PrivateLink traffic, and the attributes a network load balancer has."""
    from ministack.services import ec2

    alb = _stores()
    stored = alb._lbs[arn]
    stored["Subnets"] = _subnets(properties)
    if stored["Subnets"]:
        stored["VpcId"] = ec2._subnets[stored["Subnets"][0]]["VpcId"]
    if stored["Type"] != "network":
        return
    stored[ENFORCE] = properties.get(ENFORCE) or ("on" if stored.get("SecurityGroups") else None)
    given = {each["Key"]: str(each["Value"]) for each in properties.get("LoadBalancerAttributes") or []}
    alb._lb_attrs[arn] = [{"Key": key, "Value": value} for key, value in (_ATTRIBUTES | given).items()]


def _check_with_tcp(arn: str, properties: Properties) -> None:
    group = _stores()._tgs[arn]
    if group["Protocol"] in _LAYER_4 and not properties.get("HealthCheckProtocol"):
        group["HealthCheckProtocol"] = "TCP"


def _shown() -> None:
    alb = _stores()
    show_balancer, show_group = alb._lb_xml, alb._tg_xml

    def balancer(stored: dict[str, Any]) -> str:
        from ministack.services import ec2

        def zone(found: re.Match[str]) -> str:
            subnet = ec2._subnets.get(found.group(1)) or {}
            name = element("ZoneName", subnet.get("AvailabilityZone", ""))
            return f"{name}<SubnetId>{found.group(1)}</SubnetId>"

        xml = re.sub(r"<ZoneName>[^<]*</ZoneName><SubnetId>([^<]*)</SubnetId>", zone, show_balancer(stored))
        head, _, _ = xml.rpartition("</member>")
        return f"{head}{element(ENFORCE, stored.get(ENFORCE))}</member>"

    def group(stored: dict[str, Any]) -> str:
        xml: str = show_group(stored)
        if stored.get("HealthCheckProtocol") == "TCP":
            xml = re.sub(r"<HealthCheckPath>.*?</HealthCheckPath>|<Matcher>.*?</Matcher>", "", xml)
        return xml

    alb._lb_xml, alb._tg_xml = balancer, group


def _stores() -> Any:
    from ministack.services import alb

    return alb
