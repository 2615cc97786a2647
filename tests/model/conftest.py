"""What the tests of this room share: a good file, any installation, any endpoint service, IAM's wildcards.

`st.from_type(Installation)` gives any installation that can be planned, the fixture `any_service` a strategy of
endpoint services: those have neither role nor boundary.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from conveyor_iac import Installation
from conveyor_iac.model import catalogue
from conveyor_iac.model.network import MOST_ZONES
from conveyor_iac.model.placeholders import Either

settings.register_profile("model", deadline=None, max_examples=40)
settings.load_profile("model")

SERVED = tuple(region for row in catalogue.partitions() if not row.refused for region in row.regions)
NAME = "abcXYZ019_+=,.@-"

accounts = st.text("0123456789", min_size=12, max_size=12)
tenants = st.from_regex("[a-z][a-z0-9]{2,19}", fullmatch=True)
names = st.text(NAME, min_size=1, max_size=40).filter(lambda name: name != "root")
paths = st.lists(st.text(NAME, min_size=1, max_size=9), max_size=3).map(lambda parts: "/".join(["", *parts,
                                                                                                ""]))
prefixes = st.builds("{}{}-".format, st.sampled_from("aZ9"), st.text("abXY09_-", max_size=30))
tag_texts = st.text("abcXYZ019 _.:/=+-@é", min_size=1, max_size=20)
own_rules = st.fixed_dictionaries({}, optional={
    "path": paths, "role_prefix": prefixes, "data_plane_vpc": st.sampled_from(["vpc-12345678",
                                                                               "vpc-0a1b2c3d4e5f60718"]),
    "boundary": names.map("policy/{}".format)})
extras = dict.fromkeys(("irsa", "delete_rights", "tag_session", "set_source_identity"), st.booleans())


def ids(kind: str, least: int = 1) -> st.SearchStrategy[list[str]]:
    """A few ids of subnets or route tables."""
    return st.lists(st.text("0123456789abcdef", min_size=17, max_size=17).map(f"{kind}-{{}}".format), min_size=least,
                    max_size=3, unique=True)


def partition_of(region: str) -> str:
    """The name of the partition of this region."""
    return catalogue.partition_of(region)


def most_zones(region: str) -> int:
    """How many zones a network in this region may have."""
    known = catalogue.zones().get(region)
    return min(known.count, MOST_ZONES) if known else MOST_ZONES


def refused_zones(region: str) -> bool:
    """Whether EKS refuses a zone of this region: then a network that is made names its zones."""
    known = catalogue.zones().get(region)
    return bool(known and known.refused)


def zone_names(region: str) -> list[str]:
    """Ids of zones of this region that EKS takes."""
    known = catalogue.zones().get(region)
    numbered = [f"{known.prefix}-az{number}" for number in range(1, 8)] if known else []
    return [zone for zone in numbered if zone not in known.refused]


@st.composite
def own_networks(draw: st.DrawFn, region: str) -> dict[str, Any]:
    """The words of a network that is made in this region."""
    length, pods, most = draw(st.integers(16, 21)), draw(st.integers(16, 22)), most_zones(region)
    zones = draw(st.integers(2, most))
    first = IPv4Network("10.64.0.0/10")
    words: dict[str, Any] = draw(st.fixed_dictionaries({}, optional={
        "cidr": st.integers(0, 63).map(lambda n: str(IPv4Network((int(first[0]) + (n << 16), length)))),
        "pod_cidr": st.integers(0, 63).map(lambda n: f"100.{64 + n}.0.0/{pods}"),
        "zones": st.just(zones), "ipv6": st.booleans(),
        "neighbours": st.sampled_from([{}, {"on premises": "10.0.0.0/13"}, {"a": "10.0.0.0/13", "b": "10.1.0.0/16",
                                                                            "six": "fd00::/8"}])}))
    if most < 3:
        words["zones"] = zones
    if zone_names(region) and (refused_zones(region) or draw(st.booleans())):
        words["zone_ids"] = zone_names(region)[:words.get("zones", 3)]
    return words


standing = {"vpc": st.just("vpc-0fedcba9876543210"),
            "cidrs": st.sampled_from([["10.20.0.0/16"], ["10.20.0.0/16", "100.64.0.0/16"]]),
            "endpoint_subnets": ids("subnet", least=2)}
brought = st.fixed_dictionaries(standing | {"route_tables": ids("rtb")}, optional={
    "node_subnets": ids("subnet"), "pod_subnets": ids("subnet"),
    "endpoints": st.lists(st.sampled_from(["s3", "sts", "sqs"]), max_size=2, unique=True)})


@st.composite
def wanted_endpoints(draw: st.DrawFn, deployment: str, zone_ids: list[str]) -> dict[str, Any]:
    """The words about endpoints: a set, some more, some fewer, some not in every zone."""
    words = draw(st.fixed_dictionaries({}, optional={
        "set": st.sampled_from(list(catalogue.endpoint_sets())),
        "add": st.lists(st.sampled_from(["sns", "monitoring", "dynamodb", "lambda"]), max_size=3, unique=True)}))
    if deployment != "shared" or "set" in words:
        words["remove"] = draw(st.lists(st.sampled_from(["xray", "ecs", "ssmmessages"]), max_size=2, unique=True))
    if deployment != "shared" and words.get("set") == "documented-13":
        words["add"] = [*words.get("add", []), "ec2", "eks", "eks-auth", "secretsmanager"]
    if zone_ids and (deployment != "shared" or "set" in words) and draw(st.booleans()):
        words["zones"] = {"sqs": draw(st.lists(st.sampled_from(zone_ids), min_size=1, unique=True))}
    return words


@st.composite
def private_links(draw: st.DrawFn, region: str, account: str, *, own: bool = False) -> dict[str, Any]:
    """The words about the endpoint service; in a dedicated deployment whoever connects is of one's own account."""
    partition = partition_of(region)
    whose = account if own else "333333333333"
    return draw(st.fixed_dictionaries({}, optional={
        "ports": st.lists(st.integers(1, 65535), min_size=1, max_size=9, unique=True),
        "principals": st.lists(st.sampled_from([f"arn:{partition}:iam::{whose}:{who}" for who in ("root", "role/a",
                                                                                                  "user/c")]),
                               min_size=1, max_size=2, unique=True),
        "load_balancer": st.just(f"arn:{partition}:elasticloadbalancing:{region}:{account}:"
                                 "loadbalancer/net/own/0123456789abcdef"),
        "topic": st.just(f"arn:{partition}:sns:{region}:{account}:Told")}))


@st.composite
def ways_out(draw: st.DrawFn, deployment: str, existing: bool, region: str) -> dict[str, Any]:
    """How Cognito is reached where there is no internet access, and whether a user pool has a domain."""
    ways = ["proxy", *([] if existing else ["firewall"]), *(["privatelink"] if partition_of(region) == "aws" else [])]
    access = draw(st.sampled_from([None] if deployment == "shared" else [None, *ways]))
    words = draw(st.fixed_dictionaries({}, optional={"user_pool_has_domain": st.booleans()}))
    if access == "privatelink":
        words["user_pool_has_domain"] = False
    return words | ({"cognito_access": access} if access else {})


@st.composite
def good_words(draw: st.DrawFn) -> dict[str, Any]:
    """The words of any installation that can be planned, every field of it."""
    deployment, account, tenant = draw(st.sampled_from(["shared", "private",
                                                        "dedicated"])), draw(accounts), draw(tenants)
    vendor, region = account if deployment == "dedicated" else draw(accounts), draw(st.sampled_from(SERVED))
    more = st.fixed_dictionaries({}, optional={
        "external_id": st.text("abXY09_+=,.@:/-", max_size=40).map("Sq7-very-secret-{}".format),
        "session_name": st.just(f"conveyor-{tenant}"),
        "resources_feature": st.booleans(),
        "vendor_access": st.sampled_from(["enabled", "disabled"]),
        "guardduty": st.booleans(),
        "tags": st.dictionaries(tag_texts.map("t-{}".format), tag_texts, max_size=3),
        "labels": st.fixed_dictionaries({}, optional={"customer": tag_texts, "org_id": tag_texts}),
        "iam": own_rules,
        "installer": st.fixed_dictionaries({}, optional=extras)})
    words = draw(more)
    existing = deployment != "dedicated" and draw(st.integers(0, 3)) == 0
    network = {"existing": draw(brought)} if existing else draw(own_networks(region))
    if deployment == "shared" and not existing:
        network |= draw(st.fixed_dictionaries({}, optional={"nat": st.sampled_from(["per-zone", "single"])}))
        words.setdefault("installer", {})["network_rights"] = draw(st.booleans())
    if deployment != "shared" and draw(st.booleans()):
        words["private_link"] = draw(private_links(region, account, own=deployment == "dedicated"))
    words |= draw(ways_out(deployment, existing, region))
    words["endpoints"] = draw(wanted_endpoints(deployment, network.get("zone_ids", [])))
    if words.get("installer", {}).get("network_rights"):
        network, words["endpoints"] = {}, {}
    if "boundary" in words.get("iam", {}):
        words["iam"]["boundary"] = f"arn:{partition_of(region)}:iam::{account}:{words['iam']['boundary']}"
    control_plane = {"account": vendor, "role": draw(names)}
    most = min(most_zones(region), len(network.get("zone_ids", [])) or MOST_ZONES)
    if deployment == "dedicated" and (most < 3 or draw(st.booleans())):
        control_plane["network"] = {"cidr": "10.30.0.0/20", "zones": draw(st.integers(2, most))}
    return words | {"tenant": tenant, "deployment": deployment, "region": region, "network": network,
                    "account": account, "control_plane": control_plane}


@st.composite
def service_words(draw: st.DrawFn) -> dict[str, Any]:
    """The words of any endpoint service of a customer's own."""
    region, account = draw(st.sampled_from(SERVED)), draw(accounts)
    return {"kind": "endpoint-service", "tenant": draw(tenants), "region": region, "account": account,
            "control_plane": {"account": draw(accounts), "role": draw(names)},
            "network": {"existing": draw(st.fixed_dictionaries(standing))},
            "private_link": draw(private_links(region, account))}


st.register_type_strategy(Installation, good_words().map(Installation.read))


@lru_cache(10_000)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in text), re.DOTALL)


def fits(pattern: str, name: str) -> bool:
    """Whether IAM's pattern matches the name: * stands for anything, / included, and ? for one character."""
    return _pattern(pattern).fullmatch(name) is not None


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys and both sides of an `Either` included; not those of data action rows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts(tuple(value.items()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, Either):
        yield from texts((value.yes, value.no))
    elif is_dataclass(value) and not isinstance(value, catalogue.DataActions):
        yield from texts(tuple(getattr(value, field.name) for field in fields(value)))


@pytest.fixture(scope="session")
def matches() -> Callable[[str, str], bool]:
    """`fits`: whether IAM's pattern matches a name."""
    return fits


@pytest.fixture(scope="session")
def texts_of() -> Callable[[Any], Iterator[str]]:
    """`texts`: every text in a value."""
    return texts


@pytest.fixture(scope="session")
def words() -> Callable[..., dict[str, Any]]:
    """The words of a good file, with these keys changed; `...` leaves a key out."""
    good = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
            "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
    return lambda **changes: {key: value for key, value in (good | changes).items() if value is not ...}


@pytest.fixture(scope="session")
def any_service() -> st.SearchStrategy[Installation]:
    """Any installation file of kind endpoint-service that can be planned."""
    return service_words().map(Installation.read)


@pytest.fixture(scope="session")
def networks_words() -> Callable[[str], st.SearchStrategy[dict[str, Any]]]:
    """The words of any network that is made in a region."""
    return own_networks
