"""Rules across the values of a network: addresses, zones, ways out, a VPC that is brought.

As in `checks.py`: reads the words as they came, and leaves a value that is missing or of the wrong type to its own
rule. Endpoints and PrivateLink have files of their own.
"""

from collections.abc import Iterator, Mapping

from conveyor_iac.errors import Fault
from conveyor_iac.model import addresses, catalogue
from conveyor_iac.model.door import Words, part, shown, texts, twice
from conveyor_iac.model.egress import COGNITO
from conveyor_iac.model.endpoint_checks import known, of_endpoints
from conveyor_iac.model.privatelink_checks import of_private_link
from conveyor_iac.model.unused import is_brought, is_service, is_the_installers

_DEFAULTS = {"cidr": "10.20.0.0/16", "pod_cidr": "100.64.0.0/16", "control_plane": "10.30.0.0/16", "zones": 3}
_NEIGHBOURS, _CIDRS = "network.neighbours.", "network.existing.cidrs"


def of_network(words: Words) -> Iterator[Fault]:
    """The faults of an installation's network that lie between its values."""
    if words.get("cloud") == "azure":
        return
    yield from _overlaps(words)
    if _makes_a_network(words):
        yield from _uneasy(words)
        yield from _zones(words)
        yield from _zone_ids(words)
    yield from _ways_out(words)
    yield from of_endpoints(words)
    yield from _brought(words)
    yield from of_private_link(words, tuple(_own_blocks(words).values()))


def _makes_a_network(words: Words) -> bool:
    """Whether a VPC of ours is made: none is where one is brought or the installer makes it."""
    return not is_brought(words) and not is_service(words) and not is_the_installers(words)


def _own_blocks(words: Words) -> dict[str, str]:
    """The blocks of the data plane's VPC, the one we make or the one that is brought, by path: those that are fit."""
    given = part(words, "network")
    if is_brought(words) or is_service(words):
        listed = texts(part(given, "existing").get("cidrs"))
        return {f"{_CIDRS}.{number}": block for number, block in enumerate(listed)
                if not addresses.unfit_vpc_block(block)[0] and block not in listed[:number]}
    blocks = {f"network.{key}": given.get(key, _DEFAULTS[key]) for key in ("cidr", "pod_cidr")}
    return {path: block for path, block in blocks.items() if isinstance(block, str)
            and not addresses.unfit_block(block)[0]}


def _overlaps(words: Words) -> Iterator[Fault]:
    if is_the_installers(words) and not is_brought(words):
        return
    blocks = _own_blocks(words)
    if words.get("deployment") == "dedicated":
        control = part(words, "control_plane", "network").get("cidr", _DEFAULTS["control_plane"])
        if isinstance(control, str) and not addresses.unfit_block(control)[0]:
            blocks["control_plane.network.cidr"] = control
    blocks |= {f"{_NEIGHBOURS}{name}": block for name, block in part(words, "network", "neighbours").items()
               if isinstance(block, str) and not addresses.unfit_neighbour(block)[0]}
    for path, other in addresses.overlaps(blocks.items()):
        if path.startswith(_NEIGHBOURS) and other.startswith(_NEIGHBOURS):
            continue  # they are not ours
        yield Fault(path=other, value=shown(blocks[other]), rule=f"no overlap with {path}, {blocks[path]}",
                    way_out="Take a block of its own for each network that may be connected to another")


def _uneasy(words: Words) -> Iterator[Fault]:
    blocks = _own_blocks(words)
    cidr, pods = blocks.get("network.cidr", ""), blocks.get("network.pod_cidr", "")
    fit = not addresses.unfit_cidr(cidr)[0] and not addresses.unfit_pod_cidr(pods)[0]
    if fit and (rule := addresses.uneasy(cidr, pods)):
        yield Fault(path="network.pod_cidr", value=shown(pods), rule=rule, way_out="Take 100.64.0.0/16"
                    if not addresses.overlaps([("cidr", cidr), ("pods", "100.64.0.0/16")]) else "Take 100.96.0.0/16")


def _zones(words: Words) -> Iterator[Fault]:
    """More zones than the region has, or than the file names for the control plane."""
    given, region = part(words, "network"), words.get("region")
    row, ids = catalogue.zones().get(region) if isinstance(region, str) else None, texts(given.get("zone_ids"))
    counts = {"network.zones": given.get("zones", _DEFAULTS["zones"])}
    if words.get("deployment") == "dedicated":
        counts["control_plane.network.zones"] = part(words, "control_plane", "network").get("zones", _DEFAULTS["zones"])
    for path, count in counts.items():
        if row and isinstance(count, int) and count > row.count:
            yield Fault(path=path, value=shown(count), rule=f"at most the {row.count} zones that {region} has",
                        way_out=f"Write {path.rpartition('.')[2]}: {row.count}")
        elif ids and path.startswith("control") and isinstance(count, int) and count > len(ids):
            yield Fault(path=path, value=shown(count), rule=f"at most the {len(ids)} zones that network.zone_ids names:"
                        " both planes stand in the same", way_out=f"Write zones: {len(ids)}, or name more zones")


def _zone_ids(words: Words) -> Iterator[Fault]:
    given, region = part(words, "network"), words.get("region")
    row, ids = catalogue.zones().get(region) if isinstance(region, str) else None, texts(given.get("zone_ids"))
    if row and row.refused and not given.get("zone_ids"):
        yield Fault(path="network.zone_ids", value="(missing)", rule=f"needed in {region}: EKS takes no subnet in"
                    f" {', '.join(row.refused)}, and AWS lists zones in no fixed order", way_out="Name as many"
                    " others as network.zones says: aws ec2 describe-availability-zones")
    if ids and (len(ids) != given.get("zones", _DEFAULTS["zones"]) or len(set(ids)) != len(ids)):
        yield Fault(path="network.zone_ids", value=", ".join(ids), rule="as many different zones as network.zones says",
                    way_out="Name each zone once, or leave zone_ids out")
    for zone in ids:
        if "-az" not in zone:
            continue  # no id at all
        if row and not zone.startswith(f"{row.prefix}-az"):
            yield Fault(path="network.zone_ids", value=shown(zone), rule=f"a zone of {region}: {row.prefix}-az and"
                        " a number", way_out="List them: aws ec2 describe-availability-zones")
        elif row and zone in row.refused:
            yield Fault(path="network.zone_ids", value=shown(zone), rule="EKS takes no subnet in this zone",
                        way_out="Name another zone")


def _ways_out(words: Words) -> Iterator[Fault]:
    if is_service(words):
        return
    deployment, access, brought = words.get("deployment"), words.get("cognito_access"), is_brought(words)
    if part(words, "network").get("nat") is not None and deployment in ("private", "dedicated") and not brought:
        yield Fault(path="network.nat", value=shown(words["network"]["nat"]), way_out="Leave it out; how Cognito is"
                    " reached is cognito_access", rule=f"a {deployment} deployment has no internet access: whoever"
                    " controls it could send data anywhere")
    if deployment == "shared" and access is not None:
        yield Fault(path="cognito_access", value=shown(access), rule="a shared deployment reaches Cognito by NAT",
                    way_out="Leave it out, or write deployment: private")
    if deployment == "private" and brought and access == "firewall":
        yield Fault(path="cognito_access", value=shown(access), rule="no firewall is made in a VPC that is brought",
                    way_out="Write cognito_access: proxy (your own way out) or privatelink")
    added = set(texts(part(words, "endpoints").get("add"))) & set(COGNITO["control"])
    if (access == "privatelink" or added) and words.get("user_pool_has_domain") is not False:
        said = words.get("user_pool_has_domain")
        yield Fault(path="user_pool_has_domain", value="(missing)" if said is None else shown(said),
                    rule="privatelink needs false: a user pool with a domain refuses requests by an endpoint",
                    way_out="Write user_pool_has_domain: false if that is so, or cognito_access:"
                    f" {'proxy' if brought else 'firewall'} and no endpoint of Cognito")


def _brought(words: Words) -> Iterator[Fault]:
    given, service = part(words, "network").get("existing"), is_service(words)
    if service and given is None:
        yield Fault(path="network.existing", value="(missing)", rule="an endpoint service stands in a VPC that exists",
                    way_out="Give vpc, cidrs and endpoint_subnets")
    if not isinstance(given, Mapping):
        return
    if words.get("deployment") == "dedicated" and not service:
        yield Fault(path="network.existing", value="(given)", rule="a dedicated deployment makes both of its VPCs",
                    way_out="Leave it out, or write deployment: private")
    needed = {"cidrs": "the targets are reached in these" if service else "the endpoints are reached from these",
              "endpoint_subnets": "the load balancer stands in these" if service else "endpoints stand in these",
              **({} if service else {"route_tables": "the S3 gateway endpoint has a route in each"})}
    for key, why in needed.items():
        if not given.get(key):
            yield Fault(path=f"network.existing.{key}", value="(missing)" if key not in given else "(empty)",
                        rule=f"needed where the VPC is brought: {why}", way_out="Name each of them")
    for key in ("cidrs", "endpoint_subnets", "route_tables", "node_subnets", "pod_subnets", "endpoints"):
        yield from twice(f"network.existing.{key}", given.get(key))
    if service or words.get("deployment") == "private":
        yield from _two_zones(given.get("endpoint_subnets"))
    yield from _group_rules(words, given)
    if not service:
        yield from _there(words, given)


def _two_zones(subnets: object) -> Iterator[Fault]:
    if isinstance(subnets, list | tuple) and len(subnets) == 1:
        yield Fault(path="network.existing.endpoint_subnets", value=shown(subnets[0]), rule="at least two, in two"
                    " zones: an endpoint service of one zone fails with it", way_out="Name one of another zone too")


def _group_rules(words: Words, given: Words) -> Iterator[Fault]:
    """More rules than a security group takes: each block of the VPC is told, and with it each port of the service."""
    ports, most = part(words, "private_link").get("ports"), catalogue.limits()["security-group-rules"]
    behind = words.get("deployment") != "shared" and part(words, "private_link").get("load_balancer") is None
    each = len(ports) if isinstance(ports, list | tuple) and ports and behind else 1
    blocks = len(set(texts(given.get("cidrs"))))
    if blocks * each > most.value:
        yield Fault(path=_CIDRS, value=f"{blocks} blocks, {each} of private_link.ports", way_out="Name fewer and wider"
                    " blocks, or fewer ports", rule=f"at most {most.value} {most.unit} of {most.of}: one for each block"
                    " and port")


def _there(words: Words, given: Words) -> Iterator[Fault]:
    """Endpoints that the VPC has: services that are known, and none that is to be added."""
    yield from known("network.existing.endpoints", texts(given.get("endpoints")))
    both = set(texts(given.get("endpoints"))) & set(texts(part(words, "endpoints").get("add")))
    for name in sorted(both):
        yield Fault(path="endpoints.add", value=shown(name), rule="a VPC has one endpoint with private DNS per service,"
                    " and network.existing.endpoints has this one", way_out="Leave it out of one of the two")
