"""A recorder in the engine's place: it keeps what a program registers, and answers as AWS would.

It speaks the engine's own messages, so that a test sees what only the engine sees: URNs, providers, protection,
secrets. In a preview nothing is known but what the program itself said.
"""

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi import Output, RunError
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, engine_pb2, resource_pb2
from pulumi.runtime.stack import run_pulumi_func

UNKNOWN = rpc.UNKNOWN
ZONES = ("zone-a", "zone-b", "zone-c", "zone-d")
"""What the region lists when it is asked for its zones."""
ACCOUNT = "222222222222"
"""The account that every provider works in."""
AZURE = "0a1b2c3d-0000-4000-8000-00000000000"
"""What the ids of the example of Azure begin with: every provider works in its subscription."""
LOOKED_UP: dict[str, dict[str, Any]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": list(ZONES)},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "azure-native:authorization:getClientConfig": {"subscriptionId": AZURE + "2", "tenantId": AZURE + "1"},
}
"""What the cloud answers to each function that a program may ask."""
_STACK = "pulumi:pulumi:Stack"
_COMPUTED: dict[str, dict[str, Any]] = {
    "cloudwatch.LogGroup": {"name": "{}.name"},
    "ec2.Eip": {"allocationId": "{}.allocation"},
    "ec2.Subnet": {"availabilityZone": "{}.zone", "availabilityZoneId": "{}.zone-id"},
    "ec2.Vpc": {"ipv6CidrBlock": "2600:1f14:aa:bb00::/56"},
    "ec2.VpcEndpoint": {"dnsEntries": [{"dnsName": "{}.dns", "hostedZoneId": "{}.hosted"}]},
    "ec2.VpcEndpointService": {"serviceName": "{}.service"},
    "kms.Key": {"keyId": "{}.key"},
    "networkfirewall.Firewall": {"firewallStatuses": [{"syncStates": [{"attachments": [
        {"endpointId": "{}.endpoint"}]}]}]},
    "route53.Zone": {"zoneId": "{}.zone"},
    "s3.Bucket": {"bucket": "{}.bucket"},
}
"""What AWS says of a resource beside its ARN once it is made, by short type; {} stands for its name."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A resource as it was registered; `secret` are the keys of its inputs that hold a secret."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    secret: frozenset[str]
    custom: bool
    provider: str
    protect: bool
    retained: bool
    replaced_first: bool
    ignored: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def short(self) -> str:
        """`ec2.Vpc` for `aws:ec2/vpc:Vpc`, `DataPlaneNetwork` for a component of ours."""
        return short(self.type)


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Something that the program asked the cloud for, and by which provider."""

    token: str
    asked: dict[str, Any]
    provider: str


class Recorder:
    """The engine of one program: first `run` it, then look at what was registered, looked up, handed out and said."""

    def __init__(self, *, preview: bool = False) -> None:
        self.preview = preview
        self.resources: dict[str, Recorded] = {}
        self.outputs: dict[str, dict[str, Any]] = {}
        self.secret_outputs: dict[str, frozenset[str]] = {}
        self.lookups: list[Lookup] = []
        self.errors: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.result: Any = None
        self._transforms: dict[str, list[callback_pb2.Callback]] = {}

    def run(self, program: Callable[[], Any]) -> "Recorder":
        """Runs the program as the language host does; what it returns is the `result`, with outputs resolved."""
        contextvars.copy_context().run(self._run, program)
        return self

    def refused(self, program: Callable[[], Any]) -> RunError:
        """What stops the program: an error that the language host shows without a traceback."""
        try:
            self.run(program)
        except RunError as refused:
            return refused
        raise AssertionError("nothing stopped the program")

    def of(self, kind: str) -> dict[str, Recorded]:
        """The resources of a short type, by name."""
        return {made.name: made for made in self.resources.values() if made.short == kind}

    def named(self, name: str) -> Recorded:
        """The one resource of AWS that has a name."""
        (found,) = (made for made in self.resources.values() if made.name == name and made.custom)
        return found

    def component(self, kind: str) -> dict[str, Any]:
        """What the one component of a type registered as its outputs."""
        (made,) = self.of(kind).values()
        return self.outputs[made.urn]

    def customs(self) -> list[Recorded]:
        """Everything of AWS, without components and providers."""
        return [made for made in self.resources.values() if made.type.startswith("aws:")]

    def _run(self, program: Callable[[], Any]) -> None:
        loop, set_mocks = asyncio.new_event_loop(), cast(Any, mocks.set_mocks)
        asyncio.set_event_loop(loop)

        async def whole() -> None:
            self.result = await Output.from_input(program()).future()

        try:
            set_mocks(None, "project", "stack", self.preview, monitor=self)
            settings.SETTINGS.engine = self
            settings.SETTINGS.outputs.clear()  # what a program before this one, stopped midway, left behind
            loop.run_until_complete(run_pulumi_func(whole))
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left) if left else asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        urn = _urn(request)
        if urn in self.resources:
            raise ValueError(f"registered twice: {urn}")
        if request.type == _STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        request.object.CopyFrom(self._transformed(urn, request))
        self.resources[urn] = _recorded(urn, request)
        if not request.custom or self.preview:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        made = struct_pb2.Struct()
        made.update({"arn": f"{request.name}.arn", **_spelled(_COMPUTED.get(short(request.type), {}), request.name)})
        made.MergeFrom(request.object)
        if request.type.startswith("azure-native:") and "identity" in made:
            made.update({"identity": {"type": "UserAssigned"}})  # the list of identities comes back as an object
        return resource_pb2.RegisterResourceResponse(urn=urn, id=f"{request.name}.id", object=made)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        given = MessageToDict(request.outputs)
        self.outputs[request.urn] = _plain(given)
        self.secret_outputs[request.urn] = _secrets(given)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        self.lookups.append(Lookup(token=request.tok, asked=_plain(MessageToDict(request.args)),
                                   provider=request.provider))
        answer = struct_pb2.Struct()
        answer.update(LOOKED_UP[request.tok])
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})

    def Log(self, request: Any) -> None:  # noqa: N802
        self.said.append(request.message)
        if request.severity == engine_pb2.ERROR:
            self.errors.append((request.urn, request.message))

    def SupportsFeature(self, request: Any) -> Any:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id != "outputValues")

    def GetDeploymentInfo(self, _: Any) -> Any:  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=[
            resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS, resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
            resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH, resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS])

    def SignalAndWaitForShutdown(self, _: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def _transformed(self, urn: str, request: Any) -> Any:
        """The inputs after the resource's own transforms and those of its parents."""
        self._transforms[urn] = [*request.transforms, *self._transforms.get(request.parent, ())]
        given = request.object
        for callback in self._transforms[urn]:
            asked = resource_pb2.TransformRequest(type=request.type, name=request.name, custom=request.custom,
                                                  parent=request.parent, properties=given)
            with grpc.insecure_channel(callback.target) as channel:
                answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(callback_pb2.CallbackInvokeRequest(
                    token=callback.token, request=asked.SerializeToString()))
            given = resource_pb2.TransformResponse.FromString(answer.response).properties
        return given


def short(token: str) -> str:
    """`ec2.Vpc` for `aws:ec2/vpc:Vpc`, `DataPlaneNetwork` for `conveyor:index:DataPlaneNetwork`."""
    package, module, name = token.split(":")
    return f"{module.split('/')[0]}.{name}" if package == "aws" else name


def _urn(request: Any) -> str:
    """The engine's name for a resource: the types of its parents, the stack's left out, its own and its name."""
    above = request.parent.split("::")[2] if request.parent else _STACK
    chain = request.type if above == _STACK else f"{above}${request.type}"
    return f"urn:pulumi:stack::project::{chain}::{request.name}"


def _recorded(urn: str, request: Any) -> Recorded:
    given = MessageToDict(request.object)
    return Recorded(
        urn=urn, type=request.type, name=request.name, inputs=_plain(given), secret=_secrets(given),
        custom=request.custom, provider=request.provider, protect=request.protect, retained=request.retainOnDelete,
        replaced_first=request.deleteBeforeReplace, ignored=tuple(request.ignoreChanges),
        after=tuple(sorted(request.dependencies)))


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def _plain(value: Any) -> Any:
    """The value with its secrets in clear."""
    if _is_secret(value):
        return _plain(value["value"])
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _holds_secret(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return _is_secret(value) or any(map(_holds_secret, parts))


def _secrets(given: dict[str, Any]) -> frozenset[str]:
    return frozenset(key for key, value in given.items() if _holds_secret(value))


def _spelled(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _spelled(part, name) for key, part in value.items()}
    return [_spelled(part, name) for part in value] if isinstance(value, list) else value.format(name)
