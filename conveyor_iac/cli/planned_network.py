"""A network of a plan as plain data: addresses, endpoints, ways out, endpoint service."""

from collections.abc import Iterable, Mapping
from typing import Any

from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.egress import COGNITO
from conveyor_iac.model.endpoints import Endpoint, domains
from conveyor_iac.model.iam import Document
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.network import Subnet, accounting, pod_subnets
from conveyor_iac.model.placeholders import Made, fill, literal
from conveyor_iac.model.privatelink import EndpointConsumer, EndpointService, LoadBalancer, Topic


def told(network: NetworkPlan, plane: str, installation: Installation, values: Mapping[str, str]) -> dict[str, Any]:
    """What a network says; `plane` is data or control, or yours for an endpoint service by itself."""
    zones = _zones(network)
    there = installation.network.existing.endpoints if installation.network.existing else ()
    return {
        "plane": plane,
        "vpc": _vpc(network),
        "subnets": [_subnet(subnet, zones) for subnet in network.every_subnet()],
        "kept_free": _kept_free(network),
        "endpoints": [_endpoint(endpoint, network, zones) for endpoint in network.endpoints],
        "endpoints_there": list(there),
        "egress": _egress(network, plane, installation, values),
        "service": _service(network.service, installation) if network.service else None,
        "key": statements(network.logs.key.policy) if network.logs else [],
    }


def link(consumer: EndpointConsumer, values: Mapping[str, str]) -> dict[str, Any]:
    """A way from one network of the plan to the endpoint service of the other."""
    ports = sorted({int(rule.first) for rule in consumer.group.ingress})
    return {"name": consumer.name, "to": _made(consumer.service, values), "zones": len(consumer.subnets),
            "ports": ports}


def statements(document: Document) -> list[dict[str, Any]]:
    """The statements of a policy document, each with its purpose and source."""
    return [{"id": row.id, "effect": row.effect, "purpose": row.purpose, "source": row.source,
             "document": row.spelled(_spell)} for row in document.every_statement()]


def _spell(value: Any) -> Any:
    return literal(value) if isinstance(value, str) else _made(value, {})


def _made(value: Any, values: Mapping[str, str]) -> str:
    """What another part of the plan is in the cloud, as a reader may know it before it is made: by its name."""
    if not isinstance(value, Made):
        return fill(str(value), values)
    return fill(f"{value.before}<{value.name}{f'.{value.attribute}' if value.attribute else ''}>{value.after}", values)


def _zones(network: NetworkPlan) -> list[str]:
    """What each zone is called: its id where the file says it, else its place in the region's list."""
    if isinstance(network.zones, tuple):
        return list(network.zones)
    count = 1 + max((subnet.zone for subnet in network.every_subnet()), default=-1)
    return [f"zone {number}" for number in range(1, count + 1)]


def _vpc(network: NetworkPlan) -> dict[str, Any]:
    if network.vpc is None:
        return {"id": network.vpc_id, "made": False, "cidrs": [], "ipv6": False}
    cidrs = [cidr for cidr in (network.vpc.cidr, network.vpc.pod_cidr) if cidr]
    return {"id": network.vpc.name, "made": True, "cidrs": cidrs, "ipv6": network.vpc.ipv6}


def _subnet(subnet: Subnet, zones: list[str]) -> dict[str, Any]:
    return {"name": subnet.name, "kind": subnet.kind, "zone": zones[subnet.zone], "cidr": subnet.cidr}


def _kept_free(network: NetworkPlan) -> dict[str, str]:
    """The parts of the address plan that nothing stands in: for a further zone, another way out, and in reserve."""
    if network.vpc is None:
        return {}
    parts = accounting(network.vpc.cidr) | (pod_subnets(network.vpc.pod_cidr) if network.vpc.pod_cidr else {})
    used = {subnet.cidr for subnet in network.every_subnet()}
    return {name: str(block) for name, block in parts.items() if str(block) not in used}


def _endpoint(endpoint: Endpoint, network: NetworkPlan, zones: list[str]) -> dict[str, Any]:
    places = {subnet.name: zones[subnet.zone] for subnet in network.every_subnet()}
    return {
        "service": endpoint.service, "kind": endpoint.kind, "reason": endpoint.reason,
        "zones": [places.get(getattr(subnet, "name", subnet), subnet) for subnet in endpoint.subnets],
        "route_tables": [_made(table, {}).strip("<>") for table in endpoint.tables],
        "policy": statements(endpoint.policy) if endpoint.policy else None,
    }


def _egress(network: NetworkPlan, plane: str, installation: Installation, values: Mapping[str, str]
            ) -> dict[str, Any]:
    made, dns = network.egress, network.dns_firewall
    kind = _kind(network, installation)
    passed = list(made.firewall.allowed) if made.firewall else []
    proxied = domains(COGNITO[plane]) if kind == "proxy" and plane in COGNITO else ()
    return {
        "kind": kind, "nat_gateways": [nat.name for nat in made.nats], "ipv6_out": made.egress_only is not None,
        "firewall_passes": _filled(passed, values),
        "proxy_must_pass": _filled(proxied, values), "dns_answers": _filled(dns.allowed, values) if dns else [],
    }


def _kind(network: NetworkPlan, installation: Installation) -> str:
    """nat, firewall or none; proxy and yours: nothing is made here, the customer's own network has it."""
    if network.egress.firewall:
        return "firewall"
    if network.egress.nats:
        return "nat"
    if installation.kind == "endpoint-service" or (network.vpc is None and installation.deployment == "shared"):
        return "yours"
    answered = any(endpoint.service in COGNITO["data"] for endpoint in network.endpoints)
    return "none" if answered or installation.cognito_access == "privatelink" else "proxy"


def _filled(names: Iterable[str], values: Mapping[str, str]) -> list[str]:
    return [fill(name, values) for name in names]


def _service(service: EndpointService, installation: Installation) -> dict[str, Any]:
    balancer = service.load_balancer
    made = isinstance(balancer, LoadBalancer)
    topic = service.topic
    return {
        "name": service.name, "ports": list(installation.private_link.ports), "principals": list(service.principals),
        "acceptance": "by hand", "load_balancer": "made: internal" if made else balancer,
        "targets": list(balancer.targets) if made else [],
        "notifications": "made: a topic" if isinstance(topic, Topic) else topic,
        "topic": statements(topic.policy) if isinstance(topic, Topic) else [],
    }

