"""Keys that mean nothing beside others: one table of situations, each with its keys and the reason.

A key that asks for something where nothing comes of it is refused, so that nobody relies on it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from conveyor_iac.errors import Fault
from conveyor_iac.model.door import Words, part, shown_at

OWN_NETWORK = ("network.cidr", "network.pod_cidr", "network.zones", "network.zone_ids", "network.ipv6", "network.nat")
"""What only a network that we make can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Situation:
    holds: Callable[[Words], bool]
    keys: tuple[str, ...]
    why: str
    way_out: str = "Leave it out"


def is_service(words: Words) -> bool:
    """Whether the words ask for an endpoint service and nothing besides."""
    return words.get("kind") == "endpoint-service"


def is_on_azure(words: Words) -> bool:
    """Whether the data plane is on Azure."""
    return words.get("cloud") == "azure"


def is_brought(words: Words) -> bool:
    """Whether the words bring a VPC."""
    return part(words, "network").get("existing") is not None


def is_the_installers(words: Words) -> bool:
    """Whether the installer makes the network."""
    return part(words, "installer").get("network_rights") is True


_SITUATIONS = (
    _Situation(
        holds=is_on_azure, why="it means nothing on azure, where there is neither IAM nor VPC",
        way_out="Leave it out, or write cloud: aws",
        keys=("external_id", "session_name", "cognito_access", "user_pool_has_domain", "endpoints", "private_link",
              "resources_feature", "guardduty", "iam", "installer", "network.zones", "network.zone_ids", "network.ipv6",
              "network.nat", "network.existing", "control_plane.network")),
    _Situation(
        holds=is_service, why="it means nothing for an endpoint service, which has neither role nor data plane",
        keys=("deployment", "cognito_access", "user_pool_has_domain", "endpoints", "guardduty", "resources_feature",
              "vendor_access", "iam", "installer", "external_id", "session_name", "outbound", *OWN_NETWORK,
              "network.existing.route_tables", "network.existing.node_subnets", "network.existing.pod_subnets",
              "network.existing.endpoints")),
    _Situation(
        holds=lambda words: is_brought(words) and words.get("deployment") in ("shared", "private"),
        why="it means nothing where the VPC is brought: its blocks, zones and ways out are there already",
        way_out="Leave it out, or leave network.existing out", keys=(*OWN_NETWORK, "endpoints.zones")),
    _Situation(
        holds=lambda words: is_the_installers(words) and words.get("deployment") == "shared" and not is_brought(words),
        why="it means nothing where the installer makes the network: neither VPC nor endpoint is ours",
        way_out="Leave it out, or leave installer.network_rights out",
        keys=(*OWN_NETWORK, "network.neighbours", "endpoints")),
)


def of_unused(words: Words) -> Iterator[Fault]:
    """A fault for every key that asks for something and gets nothing, by the first situation that holds."""
    situation = next((one for one in _SITUATIONS if one.holds(words)), None)
    for path in situation.keys if situation else ():
        *parents, key = path.split(".")
        value = part(words, *parents).get(key)
        if situation and _asks(value):
            yield Fault(path=path, value=shown_at([key], value), rule=situation.why, way_out=situation.way_out)


def _asks(value: object) -> bool:
    """Whether a value asks for anything: nothing and empty lists and mappings do not."""
    if isinstance(value, Mapping):
        return any(map(_asks, value.values()))
    return len(value) > 0 if isinstance(value, list | tuple) else value is not None
