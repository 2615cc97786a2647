"""Deployments of several tenants one after another under Pulumi's mocks, and what each took; a process of its own.

`under_mocks.py ours FILE OUT TENANT...`: `PrivateDeployment` of the installation file, for each tenant.
`under_mocks.py plain TEXTS OUT TENANT...`: `plain_pulumi.DataPlane` with the policies of that file, likewise.
`--record` after OUT: what was registered is written too, and nothing that was taken means anything.

OUT is JSON: the CPU seconds, all threads, and the peak memory in MB so far at each step. `started` is Python and this
file; `imports` everything that a side imports, pulumi_aws and the packages of it that are used among it (they load when
they are first touched, so they are touched here); `first` reading what is given and deploying the first tenant;
`further` the mean of each tenant after that.

Law: both sides get the same mocks, the same monitor and the same clock; each deployment is awaited to its last output.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXTERNAL_ID = "an-external-id-of-the-benchmark"
PACKAGES = ("cloudwatch", "ec2", "iam", "kms", "lb", "networkfirewall", "route53", "s3", "sns", "vpc")
"""The packages of pulumi_aws that the private model takes something of."""


def id_of(name: str) -> str:
    """What the mocks answer as the id of a resource."""
    return f"{name}-id"


def arn(name: str) -> str:
    """What the mocks answer as the ARN of a resource."""
    return f"arn:aws:mock:::{name}"


LOOKED_UP: dict[str, dict[str, Any]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": [f"zone-{letter}" for letter in "abc"]},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "222222222222"},
}
"""What the mocks answer to each function; the plain side asks for the zones only."""

Deploy = Callable[[str], Any]
"""Makes everything of a tenant; answers its outputs."""


def peak() -> float:
    """The most memory that this process had at once so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def load(side: str) -> Callable[[Path], Deploy]:
    """Imports a side; what answers reads what is given and makes its tenants."""
    if side == "plain":
        import plain_pulumi as plain

        def of_texts(file: Path) -> Deploy:
            texts = plain.texts(file)
            return lambda tenant: plain.DataPlane(tenant, EXTERNAL_ID, texts).outputs()

        given = of_texts
    else:
        from conveyor_iac.model.words import words_of
        from conveyor_iac.pulumi.aws import PrivateDeployment

        def of_file(file: Path) -> Deploy:
            words = dict(words_of(file))
            return lambda tenant: PrivateDeployment(
                tenant, {**words, "tenant": tenant, "external_id": EXTERNAL_ID}).outputs

        given = of_file
    import pulumi_aws

    for package in PACKAGES:
        hasattr(getattr(pulumi_aws, package), package)  # a package loads when something of it is asked for
    return given


def mocked(record: bool) -> list[dict[str, Any]]:
    """Puts mocks in the engine's place; what is recorded is added to the answer."""
    import pulumi
    from pulumi.runtime.mocks import MockMonitor

    seen: list[dict[str, Any]] = []

    class Aws(pulumi.runtime.Mocks):
        """Answers what AWS would: ids, ARNs and names that tell which resource they are of."""

        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            same = args.typ == "aws:sns/topic:Topic"  # its id is its ARN
            return arn(args.name) if same else id_of(args.name), {
                "arn": arn(args.name), "name": f"{args.name}-name", "bucket": f"{args.name.lower()}-bucket",
                "keyId": f"{args.name}-key", "allocationId": f"{args.name}-allocation",
                "serviceName": f"{args.name}-service", "firewallStatuses": [{"syncStates": [{"attachments": [
                    {"endpointId": f"{args.name}-endpoint"}]}]}], **args.inputs}

        def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
            return LOOKED_UP[args.token], []

    class Recording(MockMonitor):
        """Keeps what was asked for, with its options and what it waits for."""

        def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's own name)
            inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
            seen.append({"type": request.type, "name": request.name, "inputs": inputs, "options": {
                "after": sorted({urn.rpartition("::")[2] for urn in request.dependencies}),
                "protect": request.protect, "retain": request.retainOnDelete, "first": request.deleteBeforeReplace,
                "ignore": list(request.ignoreChanges)}})
            return super().RegisterResource(request)

    mocks = Aws()
    pulumi.runtime.set_mocks(mocks, project="benchmark", stack="mocks",
                             monitor=Recording(mocks) if record else MockMonitor(mocks))
    return seen


def main(side: str, given: str, out: str, *words: str) -> None:
    """Deploys and writes what it took."""
    taken: dict[str, tuple[float, float]] = {"started": (time.process_time(), peak())}

    def took(what: str, since: float) -> None:
        taken[what] = (time.process_time() - since, peak())

    record, since = "--record" in words, time.process_time()
    deployment = load(side)
    seen = mocked(record)
    took("imports", since)
    import pulumi

    since = time.process_time()
    deploy = deployment(Path(given))
    resolved: list[Any] = []
    once = pulumi.runtime.test(lambda tenant: deploy(tenant).apply(resolved.append))
    first, *others = [word for word in words if word != "--record"]
    once(first)
    took("first", since)
    since = time.process_time()
    for tenant in others:
        once(tenant)
    if others:
        took("all", since)
        taken["further"] = (taken["all"][0] / len(others), (taken["all"][1] - taken["first"][1]) / len(others))
    if len(resolved) != 1 + len(others):
        sys.exit("a deployment's outputs were not resolved")
    Path(out).write_text(json.dumps({"taken": taken, "outputs": resolved, "seen": seen}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
