"""Changes by the real engine, under AWS's laws on what is there twice and what goes by its value: one `up` does it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.pulumi import aws as conveyor
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

PAGE = Path(__file__).parents[2] / "docs" / "pulumi.md"
ONE, OTHER = "arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/other"
BLOCKS = ["10.20.0.0/16", "10.21.0.0/16"]
LINK: dict[str, Any] = {"ports": [443, 8443], "targets": ["10.21.7.5", "10.21.7.6"], "principals": [ONE, OTHER]}
BALANCER, RULE = "acme-LoadBalancer", "acme-LoadBalancerSecurityGroupEgress"


def program(cidrs: list[str] = BLOCKS, **changes: Any) -> Callable[[], None]:
    """A program that makes an endpoint service in a VPC of these blocks; `changes` are words of its private_link."""
    existing = {"vpc": "vpc-0a1b2c3d4e5f60718", "cidrs": cidrs,
                "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}
    words: Any = {
        "tenant": "acme", "region": "eu-west-1", "account": "222222222222",
        "control_plane": {"account": "111122223333", "role": "conveyor-connectors"}, "protect": False,
        "network": {"existing": existing}, "private_link": {**LINK, **changes}}
    return lambda: conveyor.EndpointServiceDeployment("acme", words) and None


def there(recorder: Recorder) -> set[str]:
    """The names of what exists."""
    return {one.name for one in recorder.resources.values()}


@pytest.mark.parametrize(("changes", "gone"), [
    ({"ports": [8443]}, {f"{BALANCER}Listener443", f"{BALANCER}Targets443", f"{BALANCER}Targets443-10.21.7.5",
                         f"{BALANCER}Targets443-10.21.7.6", f"{RULE}-10.20.0.0/16-443", f"{RULE}-10.21.0.0/16-443"}),
    ({"targets": ["10.21.7.6"]}, {f"{BALANCER}Targets443-10.21.7.5", f"{BALANCER}Targets8443-10.21.7.5"}),
    ({"cidrs": ["10.21.0.0/16"]}, {f"{RULE}-10.20.0.0/16-443", f"{RULE}-10.20.0.0/16-8443"}),
    ({"principals": [OTHER]}, set()),
], ids=["ports", "targets", "blocks", "principals"])
def test_the_first_of_two_goes(make_stack: MakeStack, recorder: Recorder, changes: dict[str, Any], gone: set[str]
                               ) -> None:
    """One `up` takes away what was the first's and nothing of the other's; what it says is there is there."""
    stack = make_stack(program())
    stack.up()
    before = there(recorder)
    recorder.log.clear()
    stack.program = program(**changes)
    stack.up()
    assert not recorder.calls("create")
    assert before - there(recorder) == gone
    assert stack.refresh(expect_no_changes=True)
    assert stack.up(expect_no_changes=True)
    (service,) = (one for one in recorder.resources.values() if one.type.endswith(":VpcEndpointService"))
    assert set(service.inputs["allowedPrincipals"]) == {*changes.get("principals", LINK["principals"])}


def test_a_further_one_comes_and_goes(make_stack: MakeStack, recorder: Recorder) -> None:
    """A port before the others, and away again, is made and deleted alone: the others are not touched."""
    stack = make_stack(program(ports=[8443]))
    stack.up()
    before = dict(recorder.resources)
    recorder.log.clear()
    for ports in ([443, 8443], [8443, 443], [8443]):
        stack.program = program(ports=ports)
        stack.up()
    assert recorder.resources == before
    assert not recorder.calls("update")


def test_the_load_balancer_goes_first(make_stack: MakeStack, recorder: Recorder) -> None:
    """What docs/pulumi.md says of a zone that goes: load balancer and service are taken away alone, and made again."""
    (target,) = re.findall(r"pulumi destroy --stack acme --target '(.*)' --target-dependents\n", PAGE.read_text())
    stack = make_stack(program())
    stack.up()
    every, before = there(recorder), dict(recorder.resources)
    stack.destroy(target=[target], target_dependents=True)
    assert every - there(recorder) == {"acme-EndpointService", "acme-EndpointServiceNotification", BALANCER,
                                       f"{BALANCER}Listener443", f"{BALANCER}Listener8443"}
    stack.up()
    assert there(recorder) == every
    assert all(recorder.resources[urn] == one for urn, one in before.items() if "Targets" in one.name)
    assert stack.up(expect_no_changes=True)
