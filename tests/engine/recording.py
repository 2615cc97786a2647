"""A provider of ours that the real engine talks to instead of the cloud's: it records, and keeps what was made.

Knows Pulumi's provider protocol (gRPC), the state of what exists by URN, and how to fail when told to. Refuses to know
a cloud: a package such as `aws.Aws` says what is wrong with inputs, which ids and outputs there are and what needs
replacing, what cannot stand beside what, what is written one after another, and how it is kept. What is checked of
inputs stands in `kinds`, `registry` and `arm`; it is checked when the engine asks, and again of all that is made, for
the engine does not ask of a resource whose provider is not known yet. Not checked is what only the cloud knows: that
an id exists, quotas, permissions, how long things take.

Secrets: like the real AWS provider it does not accept secret values, so the engine hands them over in clear text and
itself marks every output secret that has the name of a secret input. The state then holds them encrypted.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from tests.engine.aws import Aws, Refused
from tests.engine.azure import filled_up
from tests.engine.kinds import Mistake

_ACCEPTS_SECRETS = False
_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Package(Protocol):
    """What a package answers; `aws.Aws` is the example.

    Where a provider works is a value of the package's own, which is handed back to it. `clashes` gets the inputs of
    both with their `id`, and may say what is wrong.
    """

    name: str
    version: str

    def where(self, settings: Mapping[str, Any]) -> Any: ...
    def mistakes(self, token: str, inputs: Mapping[str, Any]) -> list[Mistake]: ...
    def replaces(self, token: str, changed: set[str]) -> list[str]: ...
    def identify(self, token: str, name: str, seed: str, given: Mapping[str, Any], where: Any) -> str: ...
    def computed(self, token: str, name: str, id: str, given: Mapping[str, Any], where: Any) -> dict[str, Any]: ...
    def unknown(self, token: str, given: Mapping[str, Any]) -> list[str]: ...
    def clashes(self, token: str, given: Mapping[str, Any], other: Mapping[str, Any]) -> bool | str: ...
    def goes_with(self, token: str, given: Mapping[str, Any], other: Mapping[str, Any]) -> bool: ...
    def kept(self, token: str, given: Mapping[str, Any]) -> dict[str, Any]: ...
    def invoke(self, token: str, args: Mapping[str, Any], where: Any) -> dict[str, Any]: ...


@runtime_checkable
class Ordered(Protocol):
    """What a package answers besides where its cloud does things one after another.

    `deletes_first`: whether a resource is deleted before the one that replaces it is made. `turn`: the parent of which
    one child is written at a time, and what a second one is told meanwhile; None when there is no such parent.
    """

    deletes_first: bool

    def turn(self, token: str, id: str) -> tuple[str, str] | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A resource that exists now: its inputs as the program gave them, its outputs as the program reads them."""

    urn: str
    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the engine asked for: check, diff, create, update, delete, read or invoke (which has no URN)."""

    what: str
    type: str
    urn: str = ""
    preview: bool = False


class Recorder:
    """The running provider: a context manager.

    Args:
        packages: what it answers for; the package aws in account 222222222222 when left out.

    Attributes:
        ports: where it listens, for each package.
        resources: what exists now, by URN, in the order of creation.
        log: every call, in order.
        fail_at: the n-th create from now on, counting from 1, fails. Counts down with every create; None, which it is
            after the failure, fails none.
        seconds: how long it writes to a child of a parent whose children are written one after another.
        writing: the parents of which a child is being written.
    """

    def __init__(self, *packages: Package) -> None:
        self.packages: dict[str, Package] = {one.name: one for one in packages or (Aws(),)}
        self.resources: dict[str, Recorded] = {}
        self.log: list[Call] = []
        self.fail_at: int | None = None
        self.seconds = 0.03
        self.writing: set[str] = set()
        self.ports: dict[str, int] = {}
        self._lock = threading.Lock()
        self._born: Counter[str] = Counter()
        self._servers: list[grpc.Server] = []

    def __enter__(self) -> "Recorder":
        for name in self.packages:
            server = grpc.server(ThreadPoolExecutor(max_workers=8), options=_ANY_SIZE)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Answers(self, name), server)
            self.ports[name] = server.add_insecure_port("127.0.0.1:0")
            server.start()
            self._servers.append(server)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.stop(None).wait()

    @property
    def providers(self) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS that leads the engine here."""
        return ",".join(f"{name}:{port}" for name, port in self.ports.items())

    def plain(self) -> list[dict[str, Any]]:
        """What exists, as plain data: type, name, inputs, outputs, id and urn of each."""
        return [{"type": one.type, "name": one.name, "inputs": one.inputs, "outputs": one.outputs, "id": one.id,
                 "urn": one.urn} for one in self.resources.values()]

    def calls(self, *what: str) -> list[Call]:
        """The calls of these kinds that were no preview."""
        return [call for call in self.log if call.what in what and not call.preview]

    def package(self, token: str) -> Package:
        """The package of a type or function token."""
        return self.packages[token.partition(":")[0]]

    def create(self, urn: str, given: dict[str, Any], where: Any) -> Recorded:
        """Makes a resource; Refused when it was told to fail here, for its inputs, or for another one that stands."""
        token, name = _type_and_name(urn)
        package = self.package(token)
        with self._lock:
            self._count_down(urn)
        self._right(token, name, given)
        id = package.identify(token, name, f"{urn} {self._born[urn] + 1}", given, where)
        with self._turn(token, name, id), self._lock:
            self._alone(token, name, id, given)
            self._born[urn] += 1
            made = Recorded(urn=urn, type=token, name=name, id=id, inputs=given,
                            outputs=package.kept(token, given) | package.computed(token, name, id, given, where))
            self.resources.pop(urn, None)
            self.resources[urn] = made
        return made

    def update(self, urn: str, id: str, given: dict[str, Any], where: Any) -> Recorded:
        """Changes a resource in place; Refused when there is none of this id, for its inputs, or for another one."""
        token, name = _type_and_name(urn)
        self._right(token, name, given)
        with self._turn(token, name, id), self._lock:
            old = self.find(token, id)
            if not old:
                raise Refused(f"there is no {token} {id} to update")
            self._alone(token, name, id, given, but=old)
            package = self.package(token)
            computed = package.computed(token, name, id, given, where)
            made = replace(old, urn=urn, name=name, inputs=given, outputs=package.kept(token, given) | computed)
            self.resources = {one.urn: one for one in
                              (made if known is old else known for known in self.resources.values())}
        return made

    def delete(self, urn: str, id: str) -> None:
        """Removes a resource and what goes with it; what is gone already, or was replaced under its URN, is fine."""
        token, name = _type_and_name(urn)
        with self._turn(token, name, id), self._lock:
            old = self.find(token, id)
            if old:
                gone = [one.urn for one in self.resources.values() if one is old or (
                    one.type == token and self.package(token).goes_with(token, old.inputs, one.inputs))]
                self.resources = {urn: one for urn, one in self.resources.items() if urn not in gone}

    def find(self, token: str, id: str) -> Recorded | None:
        """The resource of this type and id, if it exists."""
        return next((one for one in self.resources.values() if (one.type, one.id) == (token, id)), None)

    def _right(self, token: str, name: str, given: dict[str, Any]) -> None:
        """Refuses inputs that are wrong now that all of them are known."""
        found = self.package(token).mistakes(token, given)
        if found:
            raise Refused(f"{name}: " + "; ".join(f"{path}: {why}" for path, why in sorted(found)))

    def _alone(self, token: str, name: str, id: str, given: dict[str, Any], *, but: Recorded | None = None) -> None:
        """Refuses what cannot stand beside a resource that is there."""
        clashes = self.package(token).clashes
        for one in self.resources.values():
            said = one is not but and one.type == token and clashes(token, given | {"id": id},
                                                                    one.inputs | {"id": one.id})
            if said:
                raise Refused(f"{name}: {one.name} exists and says the same" if said is True else
                              f"{name}: {said} ({one.name})")

    @contextmanager
    def _turn(self, token: str, name: str, id: str) -> Iterator[None]:
        """The time in which a resource is written; Refused while another child of its parent is."""
        package = self.package(token)
        turn = package.turn(token, id) if isinstance(package, Ordered) else None
        if not turn:
            yield
            return
        with self._lock:
            if turn[0] in self.writing:
                raise Refused(f"{name}: {turn[1]}")
            self.writing.add(turn[0])
        try:
            time.sleep(self.seconds)
            yield
        finally:
            with self._lock:
                self.writing.discard(turn[0])

    def _count_down(self, urn: str) -> None:
        if self.fail_at is not None:
            self.fail_at = self.fail_at - 1 or None
            if self.fail_at is None:
                raise Refused(f"told to fail at the creation of {_type_and_name(urn)[1]}")


class _Answers(provider_pb2_grpc.ResourceProviderServicer):
    """The protocol for one package, whose names are not ours. Each provider of a program has a connection of its own;
    by that one knows where it works.
    """

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder = recorder
        self._name = name
        self._where: dict[str, Any] = {}

    @property
    def _package(self) -> Package:
        """The package as it is now: a test may put another one in its place."""
        return self._recorder.packages[self._name]

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=_ACCEPTS_SECRETS)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        return plugin_pb2.PluginInfo(version=self._package.version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        known = {"name": self._package.name, "version": self._package.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(known))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        changed = _changed(_plain(request.old_inputs), _plain(request.news))
        return _difference(changed, [name for name in ("region",) if name in changed])

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        with _told(context):
            self._where[context.peer()] = self._package.where(_read(_plain(request.args)))
        return provider_pb2.ConfigureResponse(acceptSecrets=_ACCEPTS_SECRETS, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        token = self._logged("check", request.urn)
        found = self._package.mistakes(token, _plain(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=[
            provider_pb2.CheckFailure(property=path, reason=why) for path, why in sorted(found)])

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        token = self._logged("diff", request.urn)
        package, new = self._package, _plain(request.news)
        changed = _changed(package.kept(token, _plain(request.old_inputs)), new) - set(request.ignoreChanges)
        replaces = package.replaces(token, changed)
        kept = [name for name in ("name", "bucket") if name in new and name not in changed]
        first_delete = bool(kept) or (isinstance(package, Ordered) and package.deletes_first and bool(replaces))
        return _difference(changed, replaces, first_delete=first_delete)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        token = self._logged("create", request.urn, request.preview)
        given = _plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=_struct(self._foreseen(token, given)))
        with _told(context):
            made = self._recorder.create(request.urn, given, self._here(context))
        return provider_pb2.CreateResponse(id=made.id, properties=_struct(made.outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        token = self._logged("update", request.urn, request.preview)
        given = _plain(request.news)
        if request.preview:
            olds = _plain(request.olds)
            kept = {name: filled_up(given.get(name), olds.get(name, UNKNOWN))
                    for name in self._package.unknown(token, given)}
            return provider_pb2.UpdateResponse(properties=_struct(given | kept))
        with _told(context):
            made = self._recorder.update(request.urn, request.id, given, self._here(context))
        return provider_pb2.UpdateResponse(properties=_struct(made.outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        self._logged("delete", request.urn)
        with _told(context):
            self._recorder.delete(request.urn, request.id)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        there = self._recorder.find(self._logged("read", request.urn), request.id)
        if not there:
            return provider_pb2.ReadResponse()
        kept = self._package.kept(there.type, there.inputs)
        return provider_pb2.ReadResponse(id=there.id, properties=_struct(there.outputs), inputs=_struct(kept))

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802 (the engine's own name)
        self._recorder.log.append(Call(what="invoke", type=request.tok, preview=request.preview))
        with _told(context):
            answer = self._package.invoke(request.tok, _plain(request.args), self._here(context))
        reply = provider_pb2.InvokeResponse()
        getattr(reply, "return").CopyFrom(_struct(answer))
        return reply

    def _logged(self, what: str, urn: str, preview: bool = False) -> str:
        token, _ = _type_and_name(urn)
        self._recorder.log.append(Call(what=what, type=token, urn=urn, preview=preview))
        return token

    def _here(self, context: Any) -> Any:
        return self._where[context.peer()]

    def _foreseen(self, token: str, given: dict[str, Any]) -> dict[str, Any]:
        return given | dict.fromkeys(self._package.unknown(token, given), UNKNOWN)


@contextmanager
def _told(context: Any) -> Iterator[None]:
    """Turns Refused into the error of a call, which the engine shows with the resource."""
    try:
        yield
    except Refused as why:
        context.abort(grpc.StatusCode.UNKNOWN, str(why))


def _difference(changed: set[str], replaces: list[str], *, first_delete: bool = False) -> Any:
    """What a diff says; a resource that keeps its fixed name is deleted before it is made anew."""
    changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(changes=changes, diffs=sorted(changed), replaces=replaces,
                                     deleteBeforeReplace=bool(replaces) and first_delete)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


def _type_and_name(urn: str) -> tuple[str, str]:
    _, _, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    return types.rsplit("$", 1)[-1], name


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    read: dict[str, Any] = _whole(json_format.MessageToDict(struct))
    return read


def _whole(value: Any) -> Any:
    """A value with its whole numbers as such: the protocol has floating ones only."""
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(values, struct_pb2.Struct())


def _read(settings: dict[str, Any]) -> dict[str, Any]:
    """A provider's settings: those that are no text come as JSON."""
    def one(value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
    return {name: one(value) for name, value in settings.items()}
