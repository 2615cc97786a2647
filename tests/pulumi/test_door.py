"""The Pulumi door: every fault at once, as Pulumi errors on the component, and outputs where they may be."""

import asyncio
import copy
import re

import pulumi
import pytest

from conveyor_iac.pulumi import aws
from conveyor_iac.pulumi.door import LATER, Refused
from tests.pulumi.aws.recording import UNKNOWN, Recorder

EXTERNAL_ID = "only-in-this-test-0123456789"
WORDS = {"tenant": "acme", "region": "eu-west-1", "account": "222222222222", "external_id": EXTERNAL_ID,
         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
EXISTING = {"vpc": "vpc-0a1b2c3d4e5f60718", "cidrs": ["10.20.0.0/16", "100.64.0.0/16"],
            "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
            "route_tables": ["rtb-0123456789abcdef3"]}
SERVED = {"kind": "endpoint-service", **{key: value for key, value in WORDS.items() if key != "external_id"},
          "network": {"existing": {key: value for key, value in EXISTING.items() if key != "route_tables"}}}


def words(**changes):
    """The words of a good installation, with these keys changed; those that are None left out."""
    return {key: value for key, value in {**copy.deepcopy(WORDS), **changes}.items() if value is not None}


def refused(kind, args, spell=copy.deepcopy):
    """The faults of a component by path, after what Pulumi was told of them was held against them."""
    recorder = Recorder()
    stopped = recorder.refused(lambda: kind("acme", spell(args)))
    (component,) = recorder.resources.values()
    assert isinstance(stopped, Refused)
    assert sorted(recorder.errors) == sorted((component.urn, str(fault)) for fault in stopped.faults)
    assert str(stopped).startswith(f"acme: {len(stopped.faults)} fault")
    assert (component.short, component.name) == (kind.__name__, "acme")
    return {fault.path: fault for fault in stopped.faults}


def all_known(value):
    """The same words with an output in place of each text and number."""
    if isinstance(value, dict):
        return {key: all_known(part) for key, part in value.items()}
    return [all_known(part) for part in value] if isinstance(value, list) else pulumi.Output.from_input(value)


def unknown():
    """An output that is not known in a preview."""
    value, known = (asyncio.get_running_loop().create_future() for _ in range(2))
    value.set_result(None)
    known.set_result(False)
    return pulumi.Output(set(), value, known)


@pytest.mark.parametrize("kind", [aws.SharedDeployment, aws.PrivateDeployment, aws.DedicatedDeployment])
def test_all_at_once(kind):
    """Every fault is told at once, each as an error on the component; only the component is registered."""
    found = refused(kind, words(tenant="NOT one", region=None, account=7, cidr="10.0.0.0/8", external_id=None,
                                protect="perhaps"))
    assert set(found) == {"account", "cidr", "external_id", "protect", "region", "tenant"}
    assert found["tenant"].value == "'NOT one'"
    assert found["region"].value == "(missing)"


@pytest.mark.parametrize(("kind", "args"), [
    (aws.InstallerRole, {}), (aws.PredefinedPolicies, {}), (aws.PermissionsBoundary, {}), (aws.DataPlaneNetwork, {}),
    (aws.ControlPlaneNetwork, {}), (aws.EndpointSet, {"ids": {}}), (aws.EndpointService, {"ids": {}}),
    (aws.EndpointConsumer, {"service_name": "s", "vpc_id": "v", "subnet_ids": [], "cidrs": [], "ports": []})])
def test_each_component(kind, args):
    """Each component is such a door of its own."""
    found = refused(kind, {"installation": words(deployment="private", tenant="NOT one", region="here"), **args})
    assert {"tenant", "region"} <= set(found)


def test_plan_faults():
    """What only planning finds is told in the same way."""
    assert list(refused(aws.PrivateDeployment, words(network={"cidr": "10.20.0.0/16", "pod_cidr": "10.20.0.0/18"})))


@pytest.mark.parametrize(("kind", "said", "path"), [
    (aws.SharedDeployment, {"deployment": "private"}, "deployment"),
    (aws.PrivateDeployment, {"deployment": "dedicated"}, "deployment"),
    (aws.SharedDeployment, {"kind": "endpoint-service"}, "kind"),
    (aws.EndpointServiceDeployment, {"kind": "installation", "external_id": None}, "kind")])
def test_contradiction(kind, said, path):
    """A word that says something else than the component does is a fault, whatever else is wrong."""
    assert "this component is of that kind" in refused(kind, words(**said))[path].rule


@pytest.mark.parametrize("said", [{}, {"deployment": "shared"}, {"kind": "installation"}])
def test_no_contradiction(said):
    """What the component says may be left out, or said again."""
    recorder = Recorder().run(lambda: aws.SharedDeployment("acme", words(network={"zones": 2}, **said)) and None)
    assert len(recorder.of("ec2.Vpc")) == len(recorder.of("SharedDeployment")) == 1


@pytest.mark.parametrize(("changes", "path"), [
    ({"tenant": "acme"}, "tenant"), ({"account": "222222222222"}, "account"), ({"deployment": "private"}, "deployment"),
    ({"network": {"cidr": "10.20.0.0/16"}}, "network.cidr"), ({"tags": {"a": "b"}}, "tags.a"),
    ({"network": {"zones": 2}}, "network.zones"), ({"private_link": {"ports": [443]}}, "private_link.ports.0")])
def test_output_where_none_may_be(changes, path):
    """An output where the plan needs a value is a fault at its path, which names where outputs may be."""
    found = refused(aws.PrivateDeployment, changes, lambda changed: words(**all_known(changed)))
    assert list(found) == [path]
    assert found[path].value == "an output"
    assert all(allowed in found[path].way_out for allowed in LATER)


def test_whole_list():
    """Of a list its members may be outputs, never the whole: how many there are must be known."""
    asked = words(network={"existing": {**EXISTING, "endpoint_subnets": None}})

    def spell(asked):
        asked["network"]["existing"]["endpoint_subnets"] = pulumi.Output.from_input(EXISTING["endpoint_subnets"])
        return asked

    assert refused(aws.PrivateDeployment, asked, spell)["network.existing.endpoint_subnets"].value == "an output"


@pytest.mark.parametrize("kind", [aws.SharedDeployment, aws.DataPlaneNetwork])
def test_protect(kind):
    """Whether anything is protected is true or false, and known when the plan is made."""
    asked = words(deployment="shared")
    for value, shown, spell in (("no", "'no'", None), (True, "an output", pulumi.Output.from_input)):
        def spelled(protect, spell=spell):
            protect = spell(protect) if spell else protect
            return ({"installation": asked, "protect": protect} if kind is aws.DataPlaneNetwork
                    else {**asked, "protect": protect})

        assert refused(kind, value, spelled)["protect"].value == shown


@pytest.mark.parametrize("given", [{}, {"installation": "a text"}, {"installation": ["a", "list"]}])
def test_no_words(given):
    """Where the words of the installation are none, or no words at all, that is a fault like any other."""
    assert set(refused(aws.InstallerRole, given)) == {"installation"}


@pytest.mark.parametrize("spell", [copy.deepcopy, pulumi.Output.from_input])
def test_needless_external_id(spell):
    """An endpoint service trusts nobody: an external id there is a fault, in clear or as an output."""
    found = refused(aws.EndpointServiceDeployment, EXTERNAL_ID, lambda text: {**SERVED, "external_id": spell(text)})
    assert {path: fault.value for path, fault in found.items()} == {"external_id": "(hidden)"}


def test_no_external_id():
    """Where a trust policy is written an external id is asked for, as a secret; no other component asks for one."""
    assert "--secret" in refused(aws.SharedDeployment, words(external_id=None))["external_id"].way_out
    asked = words(deployment="shared", external_id=None)
    assert set(refused(aws.InstallerRole, {"installation": asked})) == {"external_id"}
    for kind in (aws.PredefinedPolicies, aws.DataPlaneNetwork):
        assert Recorder().run(lambda kind=kind: kind("acme", {"installation": asked}) and None).customs()


def test_needed_vpc():
    """A boundary alone must be told the VPC of the data perimeter where the installation names none."""
    asked = words(deployment="private")
    assert set(refused(aws.PermissionsBoundary, {"installation": asked})) == {"data_plane_vpc_id"}


@pytest.mark.parametrize(("kind", "deployment", "args", "path"), [
    (aws.ControlPlaneNetwork, "private", {}, "network"),
    (aws.EndpointService, "shared", {"ids": {}}, "private_link")])
def test_not_in_the_plan(kind, deployment, args, path):
    """A component of something that the installation has not is refused."""
    assert set(refused(kind, {"installation": words(deployment=deployment), **args})) == {path}


@pytest.mark.parametrize("kind", [aws.EndpointSet, aws.EndpointService])
@pytest.mark.parametrize(("args", "path"), [({"ids": {}}, "ids.Vpc"), ({"ids": None}, "ids"), ({}, "ids"),
                                            ({"ids": ["vpc"]}, "ids")])
def test_missing_id(kind, args, path):
    """A part of the network whose id is not given is told by its name, before anything is made."""
    assert set(refused(kind, {"installation": words(deployment="private"), **args})) == {path}


@pytest.mark.parametrize("kind", [aws.SharedDeployment, aws.PrivateDeployment, aws.DedicatedDeployment,
                                  aws.EndpointServiceDeployment])
@pytest.mark.parametrize("args", ["nothing", "a list", "an output"])
def test_a_deployment_without_words(kind, args):
    """A deployment that is given no mapping is refused like one without any words."""
    assert {"tenant", "region", "control_plane"} <= set(refused(kind, args, given))


def given(word):
    """What is given in place of a mapping; an output can be made only while a program runs."""
    return {"nothing": None, "a list": ["tenant"]}.get(word) if word != "an output" else pulumi.Output.from_input({})


PARTS = [aws.InstallerRole, aws.PredefinedPolicies, aws.PermissionsBoundary, aws.DataPlaneNetwork,
         aws.ControlPlaneNetwork, aws.EndpointSet, aws.EndpointService, aws.EndpointConsumer]


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("args", ["nothing", "a list", "an output"])
def test_no_arguments(kind, args):
    """A component that is given no mapping is told so, and what it lacks."""
    assert {"args", "installation"} <= set(refused(kind, args, given))


@pytest.mark.parametrize("kind", PARTS)
def test_a_key_that_is_none(kind):
    """A key beside the words that no component has is refused, with what was perhaps meant."""
    fault = refused(kind, {"instalation": words(deployment="private")})["instalation"]
    assert (fault.rule, fault.way_out) == ("no such key", "Perhaps you meant installation")


@pytest.mark.parametrize("name", ["a", "acme", "ACME-2", "sgx", "a" * 29])
def test_a_name_that_fits(name):
    """A component is called as one likes: a letter, then at most 28 letters, digits and hyphens."""
    made = Recorder().run(lambda: aws.PredefinedPolicies(name, {"installation": words(deployment="private")}) and None)
    assert set(made.of("PredefinedPolicies")) == {name}


@pytest.mark.parametrize("kind", [aws.SharedDeployment, aws.InstallerRole, aws.DataPlaneNetwork, aws.EndpointConsumer])
@pytest.mark.parametrize("name", ["a" * 30, "2acme", "-acme", "sg-acme", "ac_me", "ac me", "acmé", "acme\n"])
def test_a_name_that_does_not(name, kind):
    """Another name is a fault beside the others: names in AWS begin with it, which may not be so long or begin so."""
    asked = words(tenant="NOT one") if kind is aws.SharedDeployment else {"installation": words(tenant="NOT one")}
    stopped = (recorder := Recorder()).refused(lambda: kind(name, asked))
    assert isinstance(stopped, Refused)
    faults = {fault.path: fault for fault in stopped.faults}
    assert {"name", "tenant"} <= set(faults)
    assert faults["name"].value == repr(name)
    assert recorder.customs() == []


@pytest.mark.parametrize(("kind", "deployment", "plane", "path"), [
    (aws.EndpointSet, "dedicated", "both", "plane"), (aws.EndpointService, "dedicated", 1, "plane"),
    (aws.EndpointSet, "dedicated", None, "plane"), (aws.EndpointSet, "private", "control", "network"),
    (aws.EndpointService, "shared", "control", "network")])
def test_plane(kind, deployment, plane, path):
    """A plane is data or control, and there is a control plane in a dedicated deployment only."""
    control = {"account": "222222222222", "role": "control"} if deployment == "dedicated" else WORDS["control_plane"]
    asked = {"installation": words(deployment=deployment, control_plane=control), "ids": {}, "plane": plane}
    fault = refused(kind, asked)[path]
    if path == "plane":
        assert (fault.value, fault.rule) == (repr(plane), "one of data, control")


def test_consumer():
    """What an endpoint to somebody's service is told is checked in the same way, every fault at once."""
    found = refused(aws.EndpointConsumer, {
        "installation": words(deployment="private"), "service_name": "s", "vpc_id": "v", "subnet_ids": ["s"],
        "cidrs": ["10.0.0.0/33", 3], "ports": [0, True, "443"], "domain": "-"})
    assert set(found) == {"cidrs.0", "cidrs.1", "ports.0", "ports.1", "ports.2", "domain"}


@pytest.mark.parametrize("value", [443, "10.0.0.0/16", "an output"])
def test_consumer_lists(value):
    """What must be a list that is known is told once, whatever else it is; an output is told as one."""

    def spelled(asked):
        return asked | dict.fromkeys(("cidrs", "ports", "domain"), given(value) if value == "an output" else value)

    found = refused(aws.EndpointConsumer, {"installation": words(deployment="private"), "service_name": "s",
                                           "vpc_id": "v", "subnet_ids": ["s"]}, spelled)
    assert set(found) >= {"cidrs", "ports"}
    assert set(found) <= {"cidrs", "ports", "domain"}
    assert "Output" not in "".join(fault.value for fault in found.values())


def test_a_stand_in_is_no_fault():
    """Where the region is wrong, nothing is told of what stands in for an output."""
    found = refused(aws.SharedDeployment, words(region="nowhere-1"), lambda asked: asked | {
        "iam": {"boundary": pulumi.Output.from_input("arn")}})
    assert "later-" not in "".join(map(str, found.values()))
    assert "region" in found


LATER_ON = {
    "network.existing.vpc": "acme-EndpointSts.vpcId",
    "network.existing.endpoint_subnets[]": "acme-EndpointSts.subnetIds",
    "network.existing.route_tables[]": "acme-EndpointS3.routeTableIds",
    "network.existing.node_subnets[]": None,
    "network.existing.pod_subnets[]": None,
    "iam.data_plane_vpc": "acme-Boundary.policy",
    "iam.boundary": "acme-InstallerRole.permissionsBoundary",
    "private_link.load_balancer": "acme-EndpointService.networkLoadBalancerArns",
    "private_link.topic": "acme-EndpointServiceNotification.connectionNotificationArn",
}
"""Where each word that may be an output arrives: a resource and its input; nowhere, what is only handed over."""


def all_later(value):
    """The words of an installation in which every word that may be an output is one: its value by its path."""
    asked = words(deployment="private", network={"existing": copy.deepcopy(EXISTING)})
    for path in LATER:
        *above, last = path.removesuffix("[]").split(".")
        place = asked
        for key in above:
            place = place.setdefault(key, {})
        place[last] = [value(f"{path}1"), value(f"{path}2")] if path.endswith("[]") else value(path)
    return asked


@pytest.fixture(scope="module")
def made():
    """What a deployment registers whose words are outputs wherever they may be."""
    return Recorder().run(lambda: aws.PrivateDeployment("acme", all_later(pulumi.Output.from_input)) and None)


def test_every_later_word():
    """Of every word that may be an output it is said where it arrives."""
    assert set(LATER_ON) == set(LATER)


@pytest.mark.parametrize("path", [path for path, place in LATER_ON.items() if place])
def test_later(made, path):
    """Each word that may be an output arrives in its resource, each of a list in its order."""
    name, key = LATER_ON[path].split(".")
    found = made.named(name).inputs[key]
    if path.endswith("[]"):
        assert found == [f"{path}1", f"{path}2"]
    else:
        assert path in (found, *found) or f'"{path}"' in found


def test_nothing_stands_in(made):
    """No resource and nothing handed over has what stands in for an output while the plan is made."""
    written = str([(row.inputs, made.outputs.get(row.urn)) for row in made.resources.values()])
    assert "network.existing.vpc" in written
    assert not re.search("0000000|later-", written)


def test_later_in_preview(made):
    """In a preview, where none of them is known, the same resources are registered, with unknowns in those places."""
    before = Recorder(preview=True).run(lambda: aws.PrivateDeployment("acme", all_later(lambda _: unknown())) and None)
    assert set(before.resources) == set(made.resources)
    for name, key in (place.split(".") for place in LATER_ON.values() if place):
        assert UNKNOWN in before.named(name).inputs[key]
