"""Names, URNs and output keys of the deployments are a public contract; what comes or goes renames nothing else."""

import importlib
import re
import tomllib
from pathlib import Path

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conveyor_iac.pulumi import aws
from tests.pulumi.aws.recording import UNKNOWN, Recorder

CONTRACT = tomllib.loads((Path(__file__).parent / "contract.toml").read_text())
"""What platform teams' stacks rely on: never changed, only added to."""


def table(recorder):
    """What was registered: chain of components, then short type, then names, in the order of the alphabet."""
    found: dict[str, dict[str, list[str]]] = {}
    for made in sorted(recorder.resources.values(), key=lambda made: made.urn):
        chain = [part.split(":")[-1] for part in made.urn.split("::")[2].split("$")]
        types = found.setdefault("/".join(chain[:-1] if made.custom else chain), {})
        if made.custom:
            types.setdefault(made.short, []).append(made.name.removeprefix("acme-"))
    return found


def written(name):
    """The contract's table of an example; where it says `as in` another, that one's component of the same type."""
    return {chain: parts if isinstance(parts, dict) else next(
        rows for other, rows in CONTRACT[parts.removeprefix("as in ")]["resources"].items()
        if other.split("/")[1:] == chain.split("/")[1:]) for chain, parts in CONTRACT[name]["resources"].items()}


def keys(recorder):
    """The keys of what the deployment hands over."""
    (urn,) = (made.urn for made in recorder.resources.values() if made.short.endswith("Deployment"))
    return sorted(recorder.outputs[urn]["outputs"])


def resources(recorder):
    """Every resource by its URN, without what it is made of."""
    return set(recorder.resources)


def test_all(name):
    """The contract speaks of every example, and of nothing else."""
    assert name in CONTRACT
    assert len(CONTRACT) == 6


def test_contract(name, deployed):
    """Types, parents and names of everything registered are exactly the public contract."""
    assert table(deployed) == written(name)


def test_outputs(name, deployed):
    """So are the keys of what is handed over."""
    assert keys(deployed) == CONTRACT[name]["outputs"]


def test_names(deployed):
    """Every component is called as the deployment; every resource begins with that, and ends in no random text.

    What a rule or a target says follows its name in the plan: a block and a port, or an address.
    """
    assert {made.name for made in deployed.resources.values() if not made.custom} == {"acme"}
    block, address = r"-(\d+\.){3}\d+/\d+-\d+", r"-(\d+\.){3}\d+"
    said = {"vpc.SecurityGroupIngressRule": block, "vpc.SecurityGroupEgressRule": block,
            "lb.TargetGroupAttachment": address}
    for made in deployed.customs():
        assert re.fullmatch(rf"acme-[A-Z][A-Za-z0-9]*{said.get(made.short, '')}", made.name)


def test_types(deployed):
    """Every type is one of the provider's package, in its present spelling."""
    for made in deployed.customs():
        room, kind = made.short.split(".")
        assert made.type == f"aws:{room}/{kind[0].lower()}{kind[1:]}:{kind}"
        assert issubclass(getattr(importlib.import_module(f"pulumi_aws.{room}"), kind), pulumi.CustomResource)


@pytest.mark.parametrize("example_name", ["shared", "private"])
def test_preview(made, example_name):
    """A preview registers what the update does: nothing hangs on what is only known later, and nothing fails."""
    before, after = made(example_name, preview=True), made(example_name)
    assert resources(before) == resources(after)
    assert before.errors == after.errors == []


def test_unknown_in_preview(made):
    """In a preview ids are unknown wherever they stand, and what the plan decided is known."""
    before, after = made("private", preview=True), made("private")
    assert before.named("acme-NodeSubnet1").inputs["vpcId"] == UNKNOWN
    assert after.named("acme-NodeSubnet1").inputs["vpcId"] == "acme-Vpc.id"
    for subnet in ("acme-NodeSubnet1", "acme-EndpointSubnet3"):
        assert before.named(subnet).inputs["cidrBlock"] == after.named(subnet).inputs["cidrBlock"]


def network(words, **opts):
    """A network with its endpoints, alone."""

    def program():
        made = aws.DataPlaneNetwork("acme", {"installation": words})
        aws.EndpointSet("acme", {"installation": words, "ids": made.ids})

    return Recorder(**opts).run(program)


def test_further_zone(words):
    """A further zone only adds: what stands keeps its URN, and every subnet its addresses."""
    two, three = (network(words(network={"zones": zones})) for zones in (2, 3))
    assert resources(two) < resources(three)
    for name, subnet in two.of("ec2.Subnet").items():
        assert three.named(name).inputs == subnet.inputs


def test_further_endpoint(words):
    """A further endpoint adds that one resource, and changes nothing but the list of names that may be asked for."""
    before, after = network(words()), network(words(endpoints={"add": ["sns"]}))
    (added,) = resources(after) - resources(before)
    assert added.endswith("::acme-EndpointSns")
    assert [made.name for urn, made in before.resources.items() if after.resources[urn].inputs != made.inputs] == [
        "acme-DnsFirewallAllowed"]


def served(words, *, ports, targets, cidrs):
    """What an endpoint service in a VPC of these blocks registers that has these ports and targets."""
    existing = {"vpc": "vpc-0a1b2c3d4e5f60718", "cidrs": cidrs,
                "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}
    asked = words(kind="endpoint-service", network={"existing": existing},
                  private_link={"ports": ports, "targets": targets})
    del asked["deployment"]
    return Recorder().run(lambda: aws.EndpointServiceDeployment("acme", asked) and None)


TWO = {"ports": [443, 8443], "targets": ["10.21.7.5", "10.21.7.6"], "cidrs": ["10.20.0.0/16", "10.21.0.0/16"]}
BALANCER, RULE = "acme-LoadBalancer", "acme-LoadBalancerSecurityGroupEgress"
FIRST = {
    "ports": {f"{BALANCER}Listener443", f"{BALANCER}Targets443", f"{BALANCER}Targets443-10.21.7.5",
              f"{BALANCER}Targets443-10.21.7.6", f"{RULE}-10.20.0.0/16-443", f"{RULE}-10.21.0.0/16-443"},
    "targets": {f"{BALANCER}Targets443-10.21.7.5", f"{BALANCER}Targets8443-10.21.7.5"},
    "cidrs": {f"{RULE}-10.20.0.0/16-443", f"{RULE}-10.20.0.0/16-8443"},
}
"""What is made for the first of two ports, targets and blocks."""


@pytest.mark.parametrize("key", TWO)
def test_the_first_goes(words, key):
    """The first of two ports, targets or blocks takes what was made for it, and renames and changes nothing else."""
    before, after = served(words, **TWO), served(words, **{**TWO, key: TWO[key][1:]})
    assert resources(after) < resources(before)
    assert {before.resources[urn].name for urn in resources(before) - resources(after)} == FIRST[key]
    assert [made.name for made in after.customs() if made.inputs != before.resources[made.urn].inputs] == []


def shuffled(value, order):
    """The same words, the keys of every mapping in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], order) for key in order.sample(list(value), len(value))}
    return value


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_order_of_keys(words, external_id, order):
    """The same words give the same resources with the same inputs, whatever the order of their keys."""
    asked = words(external_id=external_id, deployment="shared", network={"zones": 2, "nat": "single"},
                  tags={"b": "2", "a": "1", "c": "3"}, iam={"role_prefix": "own-", "path": "/own/"})

    def program(these):
        aws.DataPlaneNetwork("acme", {"installation": these})
        aws.InstallerRole("acme", {"installation": these})

    first, second = (Recorder().run(lambda these=these: program(these)) for these in (asked, shuffled(asked, order)))
    assert first.resources == second.resources
