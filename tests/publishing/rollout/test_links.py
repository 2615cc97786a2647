"""Quick-create links: parsed as a browser does, held against the template that they name."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout.links import FILL_IN, quick_create, why_none
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import Stack, stacks, takes
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]
SECRET = "only-in-this-test-0123456789"


def words(stack: Stack) -> dict[str, str]:
    """What the console reads of a link, each word once."""
    link = urlsplit(quick_create(stack) or "")
    path, _, query = link.fragment.partition("?")
    assert path == "/stacks/quickcreate"
    found = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    assert {len(values) for values in found.values()} == {1}
    return {name: values[0] for name, values in found.items()}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "company-rules"])
def test_parameters_exist_in_the_template(offer_: Offer, asked: Asked, kind: str) -> None:
    """Every parameter of a link is one of its template, with the value of the file, which the template takes."""
    for stack in stacks(asked(kind, external_id=None if kind == "endpoint-service" else SECRET), offer_):
        found = words(stack)
        assert (found.pop("templateURL"), found.pop("stackName")) == (stack.template.url, stack.name)
        given = {name.removeprefix("param_"): value for name, value in found.items()}
        assert set(given) <= set(stack.template.parameters) - set(stack.secrets)
        assert [name for name, value in given.items() if not takes(stack.template.parameters[name], value)] == [
            name for name, value in given.items() if value == FILL_IN]
        assert {name: value for name, value in given.items() if value != FILL_IN} == stack.values
        assert SECRET not in (quick_create(stack) or "")


def test_nobody_deploys_without_the_perimeter(offer_: Offer, asked: Asked) -> None:
    """Where the VPC is not known yet, the link holds a value that the template refuses, not its empty default."""
    role = stacks(asked(), offer_)[1]
    assert words(role)["param_DataPlaneVpcId"] == FILL_IN
    assert not takes(role.template.parameters["DataPlaneVpcId"], FILL_IN)


def test_every_sign_is_encoded(offer_: Offer, asked: Asked) -> None:
    """A link is plain ASCII: what stands in a value ends neither the value nor the link."""
    for stack in stacks(asked("odd-names"), offer_):
        link = quick_create(stack) or ""
        assert (link.isascii(), link.count("#")) == (True, 1)
        assert not set(link.partition("#")[2]) & set("+ ,@:\"<>")
    assert words(stacks(asked("odd-names"), offer_)[1])["param_ControlPlaneRole"] == "a/b+c=d,e.f@g-h_i"


def test_tags_have_no_link(offer_: Offer, asked: Asked) -> None:
    """Where the stack has tags there is no link, with the reason: tags would be left out."""
    stack = stacks(asked("company-rules"), offer_)[0]
    assert (quick_create(stack), "tags" in why_none(stack)) == (None, True)


@pytest.mark.parametrize(("region", "host", "suffix"), [
    ("eu-west-1", "eu-west-1.console.aws.amazon.com", "com"), ("cn-north-1", "console.amazonaws.cn", "com.cn"),
    ("us-gov-west-1", "console.amazonaws-us-gov.com", "com"), ("eusc-de-east-1", "console.amazonaws-eusc.eu", "eu"),
])
def test_each_partition_has_its_console(offer_: Offer, asked: Asked, region: str, host: str, suffix: str) -> None:
    """A link leads to the console of the region's partition, in the region."""
    there = replace(offer_, url=f"https://releases.s3.{region}.amazonaws.{suffix}/1.2.0")
    link = urlsplit(quick_create(stacks(asked("network-rights", region=region), there)[0]) or "")
    assert (link.scheme, link.netloc, parse_qs(link.query)) == ("https", host, {"region": [region]})
