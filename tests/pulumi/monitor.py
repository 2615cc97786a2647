"""What stands in for the engine: a resource monitor that takes every resource, and the provider as its own process.

It answers with the inputs and made-up ids; it checks nothing of AWS.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    errors_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
    status_pb2,
)

ROOT = Path(__file__).parents[2]
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
OUTPUT = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
"""What marks a value on the wire as a secret, and as an output."""
FEATURES = [resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS, resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
            resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS]


def output(value: Any = None, secret: bool = False) -> dict[str, Any]:
    """A value as an output on the wire, as the engine sends it; without one it is not known yet."""
    known = {} if value is None else {"value": value}
    return {**OUTPUT, **known, "secret": secret, "dependencies": []}


@dataclass
class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """What was registered so far, and what was said. Every provider works in `account`."""

    registered: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    account: str = "222222222222"

    def inputs(self, name: str) -> dict[str, Any]:
        """The inputs of the resource with that name, which there is one of."""
        (found,) = [json_format.MessageToDict(asked.object) for asked in self.registered if asked.name == name]
        return found

    def GetDeploymentInfo(self, request, context):  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(self, request, context):  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def Invoke(self, request, context):  # noqa: N802
        assert request.tok == "aws:index/getCallerIdentity:getCallerIdentity"
        answer = json_format.ParseDict({"accountId": self.account}, struct_pb2.Struct())
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})

    def RegisterResource(self, request, context):  # noqa: N802
        self.registered.append(request)
        state = json_format.MessageToDict(request.object)
        made = {"arn": f"arn:aws:made-up::222222222222:{request.name}"} if request.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=f"urn:pulumi:test::test::{request.type}::{request.name}", id=request.name if request.custom else "",
            object=json_format.ParseDict({**state, **made}, struct_pb2.Struct()))

    def RegisterResourceOutputs(self, request, context):  # noqa: N802
        return empty_pb2.Empty()

    def Log(self, request, context):  # noqa: N802
        self.said.append(request.message)
        return empty_pb2.Empty()


@dataclass(frozen=True)
class Refusal:
    """How a component was refused: the status, the whole text, and the reason by property."""

    code: grpc.StatusCode
    text: str
    reasons: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Session:
    """The provider's process, and the monitor that it registers with."""

    provider: provider_pb2_grpc.ResourceProviderStub
    monitor: Monitor
    address: str
    """The monitor's."""

    def construct(self, kind: str, inputs: dict[str, Any], name: str = "acme", **more: Any) -> dict[str, Any]:
        """The state of a component, as another language gets it."""
        asked = proto.ConstructRequest(
            project="test", stack="test", monitorEndpoint=self.address, type=f"conveyor:index:{kind}", name=name,
            inputs=json_format.ParseDict(inputs, struct_pb2.Struct()), **more)
        return json_format.MessageToDict(self.provider.Construct(asked, timeout=60).state)

    def refused(self, kind: str, inputs: dict[str, Any]) -> Refusal:
        """How a component is refused, which it must be."""
        try:
            self.construct(kind, inputs)
        except grpc.RpcError as error:
            return Refusal(error.code(), error.details(), _reasons(error))
        raise AssertionError("nothing was refused")


def _reasons(error: Any) -> dict[str, str]:
    status, told = status_pb2.Status(), errors_pb2.InputPropertiesError()
    packed = dict(error.trailing_metadata()).get("grpc-status-details-bin")
    if packed is None:
        return {}
    status.ParseFromString(packed)
    assert status.details[0].Unpack(told)
    return {row.property_path: row.reason for row in told.errors}


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """The provider, run from `plugin/` as Pulumi runs it, in a working directory of its own and without Node."""
    monitor, server = Monitor(), grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(monitor, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI")} | {"PATH": ""}
    process = subprocess.Popen([sys.executable, ROOT / "plugin", address], cwd=folder, env=environment, text=True,
                               stdout=subprocess.PIPE)
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port.isdigit(), f"no port on stdout: {port!r}"
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Session(provider=provider_pb2_grpc.ResourceProviderStub(channel), monitor=monitor, address=address)
    finally:
        process.kill()
        process.communicate()
        server.stop(None)
