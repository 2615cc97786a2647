"""What the tests of this room share: a good file, installations of every kind, IAM's wildcards.

`st.from_type(Installation)` gives any installation that can be planned.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from conveyor_iac import Installation
from conveyor_iac.model import catalogue
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


@st.composite
def good_words(draw: st.DrawFn) -> dict[str, Any]:
    """The words of any installation that can be planned, every field of it."""
    deployment, account, tenant = draw(st.sampled_from(["shared", "private",
                                                        "dedicated"])), draw(accounts), draw(tenants)
    vendor = account if deployment == "dedicated" else draw(accounts)
    network_rights = st.booleans() if deployment == "shared" else st.sampled_from([False, None])
    more = st.fixed_dictionaries({}, optional={
        "external_id": st.text("abXY09_+=,.@:/-", max_size=40).map("Sq7-very-secret-{}".format),
        "session_name": st.just(f"conveyor-{tenant}"),
        "network": st.sampled_from([{}, {"existing": {"vpc": "vpc-0fedcba9876543210"}}, {"zones": 2}]),
        "endpoints": st.sampled_from([{"set": "documented-13"}, {"add": ["sns"], "remove": ["xray"]}]),
        "cognito_access": st.sampled_from(["firewall", "privatelink", "proxy"]),
        "resources_feature": st.booleans(),
        "vendor_access": st.sampled_from(["enabled", "disabled"]),
        "guardduty": st.booleans(),
        "tags": st.dictionaries(tag_texts.map("t-{}".format), tag_texts, max_size=3),
        "labels": st.fixed_dictionaries({}, optional={"customer": tag_texts, "org_id": tag_texts}),
        "iam": own_rules,
        "installer": st.fixed_dictionaries({}, optional=extras | {"network_rights": network_rights})})
    words, region = draw(more), draw(st.sampled_from(SERVED))
    if "existing" in words.get("network", {}):
        words.get("installer", {}).pop("network_rights", None)
    if "boundary" in words.get("iam", {}):
        partition = next(row.name for row in catalogue.partitions() if region in row.regions)
        words["iam"]["boundary"] = f"arn:{partition}:iam::{account}:{words['iam']['boundary']}"
    return words | {"tenant": tenant, "deployment": deployment, "region": region,
                         "account": account, "control_plane": {"account": vendor, "role": draw(names)}}


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
