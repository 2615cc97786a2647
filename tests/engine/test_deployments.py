"""Our deployments by the real engine: preview, up, up again, change, failure, refresh and destroy."""

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import automation as auto

from conveyor_iac.pulumi import aws as conveyor
from tests.engine.aws import Aws
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

ROOT = Path(__file__).parents[2]
EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"
KINDS: Mapping[str, Any] = {"shared": conveyor.SharedDeployment, "private": conveyor.PrivateDeployment,
                            "dedicated": conveyor.DedicatedDeployment}
MODELS = ("shared", "private", "dedicated")
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def program(model: str, **more: Any) -> Callable[[], None]:
    """A program that makes the example of a model; `more` are words laid over it."""
    words = yaml.safe_load((ROOT / "examples" / f"{model}.yaml").read_text()) | {"protect": False} | more

    def run() -> None:
        secret = pulumi.Config("conveyor").require_secret("external_id")
        made = KINDS[model]("acme", {**words, "external_id": secret})
        pulumi.export("outputs", made.outputs)

    return run


@pytest.fixture
def make(make_stack: MakeStack) -> Callable[..., Any]:
    """Makes a stack of a model's example, with the external id among its secrets."""
    return lambda model, **more: make_stack(program(model, **more), secrets={"conveyor:external_id": EXTERNAL_ID})


def names(recorder: Recorder, *calls: str) -> dict[str, list[str]]:
    """The names of the resources that each of these calls was about, in order."""
    return {call: sorted(one.urn.rsplit("::", 1)[1] for one in recorder.calls(call)) for call in calls}


@pytest.mark.parametrize("model", MODELS)
def test_a_deployment_lives(make: Callable[..., Any], recorder: Recorder, model: str) -> None:
    """Previewed on an empty backend, made, unchanged when made again, refreshed, and destroyed without a trace."""
    stack = make(model)
    wanted = stack.preview().changes["create"]
    assert not recorder.resources
    assert stack.up().changes == {"create": wanted}
    assert stack.up(expect_no_changes=True).changes == {"same": wanted}
    assert stack.refresh(expect_no_changes=True).changes == {"same": wanted}
    assert EXTERNAL_ID not in stack.state_text()
    stack.destroy()
    assert stack.resources() == []
    assert EXTERNAL_ID not in stack.state_text()


@pytest.mark.parametrize("model", MODELS)
def test_a_first_preview_has_unknowns(make: Callable[..., Any], model: str) -> None:
    """On an empty backend every id is unknown, and what follows from the words alone is not."""
    steps = {step["urn"].rsplit("::", 1)[1]: step["newState"]["inputs"]
             for step in json.loads(make(model).preview(json=True).text)["steps"] if "$aws:" in step["urn"]}
    assert not steps["acme-NodeSubnet1"]["vpcId"].startswith("vpc-")
    assert ip_network(steps["acme-NodeSubnet1"]["cidrBlock"]).subnet_of(ip_network(steps["acme-Vpc"]["cidrBlock"]))
    assert json.loads(steps["acme-InstallerRoleReadPolicy"]["policy"])["Statement"]


def test_a_change_of_one_endpoint_updates_only_that(make: Callable[..., Any], recorder: Recorder) -> None:
    """An endpoint that is taken out of a zone is one resource changed in place; nothing else is touched."""
    zones = {"zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"]}
    stack = make("private", network=zones)
    stack.up()
    recorder.log.clear()
    stack.program = program("private", network=zones, endpoints={"zones": {"xray": ["euw1-az1", "euw1-az2"]}})
    assert stack.up().changes["update"] == 1
    assert names(recorder, "create", "update", "delete") == {
        "create": [], "update": ["acme-EndpointXray"], "delete": []}


def test_a_further_endpoint_is_made_and_let_through(make: Callable[..., Any], recorder: Recorder) -> None:
    """An endpoint that is added is one resource made, and its name one more on the DNS firewall's list."""
    stack = make("private")
    stack.up()
    recorder.log.clear()
    stack.program = program("private", endpoints={"add": ["guardduty-data"]})
    stack.up()
    stack.program = program("private")
    stack.up()
    assert names(recorder, "create", "update", "delete") == {
        "create": ["acme-EndpointGuardDutyData"], "update": ["acme-DnsFirewallAllowed"] * 2,
        "delete": ["acme-EndpointGuardDutyData"]}


def test_the_vendor_is_turned_off_in_place(make: Callable[..., Any], recorder: Recorder) -> None:
    """vendor_access: disabled changes the trust policy of the role and nothing besides."""
    stack = make("shared")
    stack.up()
    recorder.log.clear()
    stack.program = program("shared", vendor_access="disabled")
    assert stack.up().changes["update"] == 1
    assert names(recorder, "create", "update", "delete") == {
        "create": [], "update": ["acme-InstallerRole"], "delete": []}


@pytest.mark.parametrize(("model", "number"), [("shared", 40), ("private", 1), ("private", 60), ("private", 150),
                                                ("dedicated", 120)])
def test_a_deployment_that_failed_is_completed(make: Callable[..., Any], recorder: Recorder, model: str, number: int
                                               ) -> None:
    """After a failure at the n-th resource another up makes what is missing, and nothing twice."""
    stack = make(model)
    recorder.fail_at = number
    with pytest.raises(auto.CommandError, match="told to fail"):
        stack.up()
    assert recorder.fail_at is None
    stack.up()
    made = names(recorder, "create")["create"]
    assert len(recorder.resources) == len(made) - 1 == len(set(made))
    stack.up(expect_no_changes=True)


def test_what_holds_data_is_protected_and_kept(make: Callable[..., Any], recorder: Recorder) -> None:
    """By default Pulumi refuses to destroy; unprotected, key, bucket and log group leave the state and stay in AWS."""
    stack = make("private", protect=True)
    stack.up()
    with pytest.raises(auto.CommandError, match="protected"):
        stack.destroy()
    stack.unprotect()
    stack.destroy()
    assert stack.resources() == []
    assert sorted(one.name for one in recorder.resources.values()) == [
        "acme-AlertLogGroup", "acme-FlowLogBucket", "acme-FlowLogBucketEncryption", "acme-FlowLogBucketOwnership",
        "acme-FlowLogBucketPolicy", "acme-FlowLogBucketPublicAccess", "acme-FlowLogBucketRetention", "acme-Key"]


def test_wrong_words_are_errors_on_the_component(make: Callable[..., Any], recorder: Recorder) -> None:
    """Every fault is an error on the component, nothing of AWS is registered, and no traceback is shown."""
    stack = make("private", tenant="Acme-1", network={"cidr": "10.20.0.1/16", "zoness": 3})
    with pytest.raises(auto.CommandError) as refused:
        stack.preview()
    told = [event.diagnostic_event for event in stack.events if event.diagnostic_event]
    on_component = [one.message for one in told if one.urn and one.urn.endswith("PrivateDeployment::acme")]
    assert all(any(path in message for message in on_component)
               for path in ("tenant:", "network.cidr:", "network.zoness:"))
    assert "Perhaps you meant zones" in "".join(on_component)
    assert "Traceback" not in str(refused.value)
    assert not recorder.calls("check")


def test_another_account_has_no_role(make: Callable[..., Any], recorder: Recorder) -> None:
    """With credentials of another account a preview and an `up` end with the fault, untraced, before the role."""
    recorder.packages["aws"] = Aws("333333333333")
    stack = make("shared")
    for run in (stack.preview, stack.up):
        with pytest.raises(auto.CommandError) as refused:
            run()
        assert "account: '222222222222': the provider's account, which is 333333333333" in str(refused.value)
        assert "Traceback" not in str(refused.value)
    assert not [call for call in recorder.log if call.type in ("aws:iam/role:Role", _ATTACHMENT)]


def test_an_external_id_that_is_too_short(make_stack: MakeStack, recorder: Recorder) -> None:
    """A secret that is no external id ends a preview, untraced and unshown."""
    stack = make_stack(program("shared"), secrets={"conveyor:external_id": "much-too-short"})
    with pytest.raises(auto.CommandError) as refused:
        stack.preview()
    assert "external_id: (hidden): 16 to 1000 characters" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert "much-too-short" not in str(refused.value) + stack.state_text()
    assert not [call for call in recorder.log if call.type in ("aws:iam/role:Role", _ATTACHMENT)]


def test_children_can_be_changed_by_transforms(make_stack: MakeStack, recorder: Recorder) -> None:
    """A transform of a platform's own program reaches every part, such as a rotation every 90 days for the keys."""

    def rotated(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:kms/key:Key":
            return None
        return pulumi.ResourceTransformResult(props={**args.props, "rotationPeriodInDays": 90}, opts=args.opts)

    def run() -> None:
        pulumi.runtime.register_resource_transform(rotated)
        program("shared")()

    make_stack(run, secrets={"conveyor:external_id": EXTERNAL_ID}).up()
    (key,) = (one for one in recorder.resources.values() if one.type == "aws:kms/key:Key")
    assert key.inputs["rotationPeriodInDays"] == 90
