"""The real engine and the recording provider together, shown on a small program of plain pulumi_aws resources."""

import contextvars
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
import pulumi_aws as aws
import pytest
from google.protobuf import empty_pb2
from pulumi import automation as auto
from pulumi.runtime import settings as sdk
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

SECRET = "never-in-clear-text-0123456789"
CREATED = ["acme-Attachment", "acme-Policy", "acme-Role", "acme-Subnet", "acme-Vpc"]


def small(*, subnet: str = "10.20.1.0/24", role: str = "acme-role", tag: str = "one") -> Any:
    """A program: a VPC with a subnet, and a role whose trust policy holds a secret, with a policy."""

    def program() -> None:
        vpc = aws.ec2.Vpc("acme-Vpc", cidr_block="10.20.0.0/16", tags={"Name": tag})
        aws.ec2.Subnet("acme-Subnet", vpc_id=vpc.id, cidr_block=subnet, availability_zone_id="euw1-az2")
        trust = pulumi.Output.secret(SECRET).apply(lambda word: json.dumps({"Statement": [{"sts:ExternalId": word}]}))
        made = aws.iam.Role("acme-Role", name=role, path="/conveyor/", assume_role_policy=trust)
        policy = aws.iam.Policy("acme-Policy", name="acme-policy", policy=json.dumps({"Statement": []}))
        aws.iam.RolePolicyAttachment("acme-Attachment", role=made.name, policy_arn=policy.arn)
        pulumi.export("vpc", vpc.id)
        pulumi.export("role", made.arn)
        pulumi.export("trust", made.assume_role_policy)

    return program


def names(recorder: Recorder) -> list[str]:
    return sorted(one.name for one in recorder.resources.values())


def changed(recorder: Recorder) -> list[str]:
    return [call.what for call in recorder.calls("create", "update", "delete")]


def test_preview_of_an_empty_backend_creates_nothing(make_stack: MakeStack, recorder: Recorder) -> None:
    """A preview says what would be made, with ids unknown where others read them, and makes nothing."""
    run = make_stack(small()).preview()
    assert run.changes == {"create": 6}
    assert not recorder.resources
    assert changed(recorder) == []
    assert len([call for call in recorder.log if call.what == "create" and call.preview]) == 5


def test_preview_as_json(make_stack: MakeStack) -> None:
    """The text of a JSON preview is JSON with a step for each resource, and the secret is not in it."""
    text = make_stack(small()).preview(json=True).text
    steps = json.loads(text)["steps"]
    assert [step["op"] for step in steps] == ["create"] * 6
    subnet = next(step for step in steps if step["urn"].endswith("acme-Subnet"))
    assert subnet["newState"]["inputs"]["cidrBlock"] == "10.20.1.0/24"
    assert not subnet["newState"]["inputs"]["vpcId"].startswith("vpc-")
    assert SECRET not in text


def test_up_makes_everything_once(make_stack: MakeStack, recorder: Recorder) -> None:
    """Resources exist after up, refer to each other's ids, and a second up changes nothing."""
    stack = make_stack(small())
    first = stack.up()
    assert names(recorder) == CREATED
    by_name = {one.name: one for one in recorder.resources.values()}
    assert by_name["acme-Subnet"].inputs["vpcId"] == by_name["acme-Vpc"].id == first.outputs["vpc"]
    assert by_name["acme-Subnet"].outputs["availabilityZone"] == "eu-west-1b"
    assert first.outputs["role"] == "arn:aws:iam::222222222222:role/conveyor/acme-role"
    assert stack.up(expect_no_changes=True).changes == {"same": 6}
    assert changed(recorder) == ["create"] * 5


def test_the_same_program_gets_the_same_ids(make_stack: MakeStack, recorder: Recorder) -> None:
    """Ids come from the URN alone, and one made anew under its URN has another."""
    stack = make_stack(small())
    assert stack.up().outputs["vpc"] == "vpc-b226cf7a55024578a"
    stack.destroy()
    assert stack.up().outputs["vpc"] != "vpc-b226cf7a55024578a"


def test_a_change_updates_only_its_resource(make_stack: MakeStack, recorder: Recorder) -> None:
    """A changed tag is one update of one resource, in place."""
    stack = make_stack(small())
    before = stack.up().outputs["vpc"]
    stack.program = small(tag="two")
    assert stack.preview().changes == {"update": 1, "same": 5}
    after = stack.up()
    assert after.changes == {"update": 1, "same": 5}
    assert after.outputs["vpc"] == before
    assert [call.urn.rsplit("::", 1)[1] for call in recorder.calls("update")] == ["acme-Vpc"]
    assert recorder.find("aws:ec2/vpc:Vpc", before).outputs["tagsAll"] == {"Name": "two"}  # type: ignore[union-attr]


@pytest.mark.parametrize(("change", "order"), [
    ({"subnet": "10.20.2.0/24"}, ["create", "delete"]),
    ({"role": "acme-other"}, ["create", "create", "delete", "delete"]),
], ids=["a subnet's block", "a role's name, and what is attached to it"])
def test_what_cannot_change_is_replaced(make_stack: MakeStack, recorder: Recorder, change: dict[str, str],
                                        order: list[str]) -> None:
    """A property that AWS cannot change replaces the resource and what hangs on it; the same names exist after it."""
    stack = make_stack(small())
    stack.up()
    recorder.log.clear()
    stack.program = small(**change)
    assert stack.up().changes["replace"] == len(order) // 2
    assert changed(recorder) == order
    assert names(recorder) == CREATED


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_failed_up_completes_when_run_again(make_stack: MakeStack, recorder: Recorder, number: int) -> None:
    """After a failure at the n-th resource, up makes what is missing and nothing twice."""
    stack = make_stack(small())
    recorder.fail_at = number
    with pytest.raises(auto.CommandError, match="told to fail at the creation of"):
        stack.up()
    assert recorder.fail_at is None
    assert len(recorder.resources) < 5
    assert stack.up().changes["create"] >= 1
    assert names(recorder) == CREATED
    assert stack.up(expect_no_changes=True).changes == {"same": 6}


def test_refresh_sees_what_is_gone_and_what_changed(make_stack: MakeStack, recorder: Recorder) -> None:
    """Refresh changes nothing at first; a resource deleted by hand leaves the state, and up makes it again."""
    stack = make_stack(small())
    stack.up()
    assert stack.refresh(expect_no_changes=True).changes == {"same": 6}
    urn = next(urn for urn in recorder.resources if urn.endswith("acme-Attachment"))
    del recorder.resources[urn]
    assert stack.refresh().changes == {"delete": 1, "same": 5}
    assert urn not in {one["urn"] for one in stack.resources()}
    assert stack.up().changes == {"create": 1, "same": 5}


def test_destroy_leaves_nothing(make_stack: MakeStack, recorder: Recorder) -> None:
    """After destroy neither the provider nor the state holds a resource."""
    stack = make_stack(small())
    stack.up()
    assert stack.destroy().changes == {"delete": 6}
    assert not recorder.resources
    assert stack.resources() == []


def test_a_secret_is_nowhere_in_clear_text(make_stack: MakeStack, recorder: Recorder) -> None:
    """A secret input and the output of its name are encrypted in every file, after up, a refresh and a destroy."""
    stack = make_stack(small(), secrets={"conveyor:external_id": SECRET})
    stack.up()
    role = next(one for one in stack.resources() if one["urn"].endswith("acme-Role"))
    assert "ciphertext" in role["inputs"]["assumeRolePolicy"]
    assert "ciphertext" in role["outputs"]["assumeRolePolicy"]
    assert SECRET in next(one for one in recorder.resources.values() if one.name == "acme-Role").inputs[
        "assumeRolePolicy"]
    stack.refresh()
    assert "acme-role" in stack.state_text()
    assert SECRET not in stack.state_text()
    stack.destroy()
    assert SECRET not in stack.state_text()


def test_protected_resources_stay_until_unprotected(make_stack: MakeStack, recorder: Recorder) -> None:
    """Destroy refuses to remove a protected resource, and removes it once the protection is lifted."""
    stack = make_stack(lambda: aws.kms.Key("acme-Key", opts=pulumi.ResourceOptions(protect=True)))
    stack.up()
    with pytest.raises(auto.CommandError, match="protected"):
        stack.destroy()
    assert names(recorder) == ["acme-Key"]
    stack.unprotect()
    stack.destroy()
    assert not recorder.resources


def test_each_provider_has_its_own_region_and_tags(make_stack: MakeStack, recorder: Recorder) -> None:
    """Resources of an explicit provider are made in its region, with its tags; the others in the stack's."""

    def program() -> None:
        there = aws.Provider("there", region="us-east-2", default_tags={"tags": {"team": "platform"}})
        aws.sns.Topic("acme-There", opts=pulumi.ResourceOptions(provider=there))
        aws.sns.Topic("acme-Here")

    make_stack(program).up()
    topics = {one.name: one.outputs for one in recorder.resources.values()}
    assert topics["acme-There"]["arn"].startswith("arn:aws:sns:us-east-2:222222222222:acme-There-")
    assert topics["acme-There"]["tagsAll"] == {"team": "platform"}
    assert topics["acme-Here"]["arn"].startswith("arn:aws:sns:eu-west-1:222222222222:acme-Here-")
    assert topics["acme-Here"]["tagsAll"] == {}


def test_functions(make_stack: MakeStack) -> None:
    """The four functions that programs need are answered, and the zones of a region are its first three."""
    call: Any = aws

    def program() -> None:
        pulumi.export("zones", call.get_availability_zones_output().zone_ids)
        pulumi.export("account", call.get_caller_identity_output().account_id)
        pulumi.export("region", call.get_region_output().region)
        pulumi.export("partition", call.get_partition_output().partition)

    assert make_stack(program).up().outputs == {
        "zones": ["euw1-az1", "euw1-az2", "euw1-az3"], "account": "222222222222", "region": "eu-west-1",
        "partition": "aws"}


def test_another_function_fails_loudly(make_stack: MakeStack) -> None:
    """A function that the provider has no answer for ends the run and is named."""
    stack = make_stack(lambda: pulumi.export("ids", aws.ec2.get_vpcs_output().ids))
    with pytest.raises(auto.CommandError, match="does not know the function aws:ec2/getVpcs:getVpcs"):
        stack.up()


def test_wrong_inputs_end_a_preview_all_at_once(make_stack: MakeStack) -> None:
    """Every mistake in a resource's inputs is shown, by its path, before anything is made."""
    wrong: Any = {"cidr_block": "banana", "instance_tenancy": "mine", "tags": {"Name": True}}
    stack = make_stack(lambda: aws.ec2.Vpc("acme-Vpc", **wrong))
    with pytest.raises(auto.CommandError) as failed:
        stack.preview()
    said = str(failed.value)
    assert all(part in said for part in ("banana", "instanceTenancy", "mine", "tags.Name"))


def test_an_engine_where_an_earlier_one_listened_is_reached(make_stack: MakeStack) -> None:
    """A run does not share the dead connection of an earlier run whose engine had the same port."""

    class Engine(engine_pb2_grpc.EngineServicer):
        def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
            return empty_pb2.Empty()

    def listening(port: int = 0) -> tuple[grpc.Server, int]:
        server = grpc.server(ThreadPoolExecutor(1))
        engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        return server, port

    def program_side(port: int) -> Any:
        return sdk.Settings(engine=f"127.0.0.1:{port}", stack="dev", project="test").engine

    make_stack(small())
    earlier, port = listening()
    before = contextvars.copy_context().run(program_side, port)
    before.Log(engine_pb2.LogRequest())
    earlier.stop(0).wait()
    for _ in range(3):
        with pytest.raises(grpc.RpcError):
            before.Log(engine_pb2.LogRequest())
        time.sleep(0.5)
    later, _ = listening(port)
    contextvars.copy_context().run(program_side, port).Log(engine_pb2.LogRequest())
    later.stop(0).wait()
