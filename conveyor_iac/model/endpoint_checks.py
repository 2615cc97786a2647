"""Rules across the values about VPC endpoints: which are known, needed, offered in the partition, and in which zones.

As in `checks.py`: reads the words as they came, and leaves a value that is missing or of the wrong type to its own
rule.
"""

from collections.abc import Iterable, Iterator

from conveyor_iac.errors import Fault
from conveyor_iac.model import catalogue
from conveyor_iac.model.door import Words, part, perhaps, shown, texts, twice
from conveyor_iac.model.egress import COGNITO
from conveyor_iac.model.unused import is_service, is_the_installers

NEEDED = {"data": "private-data-plane", "control": "control-plane"}
"""The endpoint set that says what a plane without internet access cannot live without, whichever set is chosen."""
_GUARDDUTY = "guardduty-data"


def of_endpoints(words: Words) -> Iterator[Fault]:
    """The faults of the endpoints an installation asks for; an endpoint service by itself has none."""
    if is_service(words) or is_the_installers(words):
        return
    given = part(words, "endpoints")
    for key in ("add", "remove"):
        yield from known(f"endpoints.{key}", texts(given.get(key)))
        yield from twice(f"endpoints.{key}", given.get(key))
    for service in sorted(set(texts(given.get("remove"))) & set(texts(given.get("add")))):
        yield Fault(path="endpoints.add", value=shown(service), rule="added or removed, not both",
                    way_out="Leave it out of one of the two")
    yield from _needed(words)
    yield from _removed(words)
    yield from _offered(words)
    yield from _zones(words)


def known(path: str, services: Iterable[str]) -> Iterator[Fault]:
    """A fault for every service that the catalogue does not have."""
    for service in services:
        if service not in catalogue.endpoints():
            yield Fault(path=path, value=shown(service), rule="a service with a VPC endpoint that is in the catalogue",
                        way_out=perhaps(service, catalogue.endpoints()))


def _set(words: Words) -> catalogue.EndpointSet | None:
    """The endpoint set that is chosen, or that stands where none is."""
    name = part(words, "endpoints").get("set") or (None if words.get("deployment") == "shared" else NEEDED["data"])
    return catalogue.endpoint_sets().get(name) if isinstance(name, str) else None


def _isolated(words: Words) -> bool:
    return words.get("deployment") in ("private", "dedicated")


def _made(words: Words) -> frozenset[str]:
    """The services whose endpoints are made in the data plane; Cognito's and GuardDuty's where they are asked for."""
    chosen, given = _set(words), part(words, "endpoints")
    switched = {*COGNITO["control"], _GUARDDUTY}
    listed = set(chosen.endpoints) if chosen else set()
    by_link = _isolated(words) and words.get("cognito_access") == "privatelink"
    cognito = (listed & switched) | set(COGNITO["data"]) if by_link else set()
    agent = {_GUARDDUTY} if words.get("guardduty") is True else set()
    asked = (listed - switched) | cognito | agent | set(texts(given.get("add")))
    return frozenset(asked - set(texts(given.get("remove"))))


def _needed(words: Words) -> Iterator[Fault]:
    chosen, there = _set(words), texts(part(words, "network", "existing").get("endpoints"))
    if not chosen or not _isolated(words):
        return
    needed = catalogue.endpoint_sets()[NEEDED["data"]].needed
    removed = texts(part(words, "endpoints").get("remove"))
    lacking = [service for service in needed if service not in _made(words) and service not in there]
    added = ", ".join(service for service in lacking if service not in removed)
    for service in lacking:
        why = f"a {words['deployment']} deployment cannot live without it: {needed[service].rstrip('.')}"
        if service in removed:
            yield Fault(path="endpoints.remove", value=shown(service), rule=why, way_out="Leave it in")
        else:
            yield Fault(path="endpoints.set", value=f"{chosen.name} without {service}", rule=why,
                        way_out=f"Write endpoints.add: [{added}], or leave endpoints.set out")


def _removed(words: Words) -> Iterator[Fault]:
    chosen, needed = _set(words), catalogue.endpoint_sets()[NEEDED["data"]].needed
    for service in texts(part(words, "endpoints").get("remove")):
        if service == "s3":
            yield Fault(path="endpoints.remove", value="'s3'", rule="the S3 gateway endpoint is in every deployment:"
                        " it is free, and the data perimeter needs it", way_out="Leave it in")
        elif service not in catalogue.endpoints() or (_isolated(words) and service in needed):
            continue
        elif not chosen and part(words, "endpoints").get("set") is None:
            yield Fault(path="endpoints.remove", value=shown(service), rule="an endpoint of a set, and none is chosen",
                        way_out="Leave it out")
        elif chosen and service not in chosen.endpoints:
            yield Fault(path="endpoints.remove", value=shown(service), rule=f"an endpoint of the set {chosen.name}",
                        way_out=perhaps(service, chosen.endpoints))


def _offered(words: Words) -> Iterator[Fault]:
    """A fault for every endpoint that the region's partition has not; Cognito's by its key, where that asks for it."""
    partition, added = catalogue.partition_of(words.get("region")), texts(part(words, "endpoints").get("add"))
    missing = [service for service in sorted(_made(words) | set(added)) if partition
               and (row := catalogue.endpoints().get(service)) and row.partitions and partition not in row.partitions]
    for service in missing:
        if service in added:
            yield Fault(path="endpoints.add", value=shown(service), way_out="Leave it out",
                        rule=f"a service that has an endpoint in {partition}")
    if words.get("cognito_access") == "privatelink" and set(missing) - set(added):
        yield Fault(path="cognito_access", value="'privatelink'", rule=f"Cognito has no endpoint in {partition}",
                    way_out="Write cognito_access: firewall or proxy")


def _zones(words: Words) -> Iterator[Fault]:
    given, zone_ids = part(words, "endpoints", "zones"), texts(part(words, "network").get("zone_ids"))
    yield from known("endpoints.zones", filter(lambda key: isinstance(key, str), given))
    for service, wanted in given.items():
        if not isinstance(service, str):
            continue  # left to its own rule
        row, path = catalogue.endpoints().get(service), f"endpoints.zones.{service}"
        if row and row.kind == "Gateway":
            yield Fault(path=path, value=service, rule="a gateway endpoint stands in route tables, not in zones",
                        way_out="Leave it out")
        elif row and service not in _made(words):
            yield Fault(path=path, value=service, rule="an endpoint that is made here",
                        way_out="Add it (endpoints.add), or leave it out")
        other = [zone for zone in texts(wanted) if zone not in zone_ids]
        if other or wanted in ([], ()):
            yield Fault(path=path, value=", ".join(other) or "(empty)", rule="one or more of network.zone_ids",
                        way_out="Name the zones of the network by id first")
        yield from twice(path, wanted)
