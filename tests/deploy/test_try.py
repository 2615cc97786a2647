"""`conveyor-iac try`, as a user runs it: the whole way through, and interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import Profile
from conveyor_iac.emulator.trial import attempt
from conveyor_iac.errors import InputError
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.published import expressible
from conveyor_iac.model.words import words_of

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(file.name for file in (ROOT / "examples").glob("*.yaml")
                  if file.name != "private.yaml" and not file.name.startswith("azure"))
"""All but private.yaml, which the command itself deploys."""
COMMAND = [str(Path(sys.executable).parent / "conveyor-iac"), "try", "-f", "examples/private.yaml"]


def servers(folder: Path) -> list[str]:
    """The embedded AWS's processes whose files lie in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "conveyor_iac.emulator.server" in words and str(folder) in words:
            found.append(words.replace("\0", " "))
    return found


@pytest.mark.deploy
def test_both_profiles_are_deployed_read_back_used_and_removed() -> None:
    """The real CDK CLI deploys the app stacks and CloudFormation the published templates; both come to the same."""
    done = subprocess.run([*COMMAND, "--profile", "app", "--profile", "published", "--json"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    app, published = json.loads(done.stdout)
    assert set(app["resources"]) == {f"conveyor-acme-{name}" for name in (
        "network", "endpoints", "policies", "installer-policies", "installer-role")}
    assert set(published["resources"]) == {"conveyor-network", "conveyor-installer-role"}
    for key in ("emulated", "recorded"):
        assert app[key] == published[key]
    for key in ("uses", "readings"):
        assert [row["id"] for row in app[key]] == [row["id"] for row in published[key]] != []
    for trial in (app, published):
        assert trial["met"]
        assert trial["left"] == trial["lost"] == []
        assert sorted(thing.partition(" ")[0] for thing in trial["kept"]) == ["bucket", "key", "log"]
    endpoints = [row["text"] for row in app["network"] if row["kind"] == "endpoint"]
    assert len([text for text in endpoints if text.startswith("Interface")]) >= 13
    assert len([text for text in endpoints if text.startswith("Gateway")]) == 1


@pytest.mark.deploy
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_holds(example: str) -> None:
    """Each example deploys with the real CDK CLI, every reading and use is met, and nothing is left."""
    assert not_met(Installation.load(ROOT / "examples" / example)) == []


INEXPRESSIBLE = {
    "dedicated.yaml": ("control_plane.network.zones",),
    "endpoint-service.yaml": ("private_link.targets",),
    "existing-vpc.yaml": ("network.existing.endpoints",),
}
"""What of an example no published template can express."""


@pytest.mark.parametrize("example", [name for name in EXAMPLES if name in INEXPRESSIBLE])
def test_what_published_templates_cannot_express_is_refused(example: str) -> None:
    """Nothing of an installation is left out in silence: what no parameter says is named, before anything starts."""
    with pytest.raises(InputError) as refused:
        attempt(Installation.load(ROOT / "examples" / example), "published", ROOT, lambda _: None)
    assert tuple(fault.path for fault in refused.value.faults) == INEXPRESSIBLE[example]


def test_every_fault_is_told_at_once() -> None:
    """Zones, addresses, ports, principals, load balancer and endpoints that no template can express, all together."""
    words = words_of(ROOT / "examples" / "private.yaml")
    assert isinstance(words, dict)
    asked = Installation.read(words | {
        "endpoints": {"add": ["sns"]}, "installer": {"tag_session": True},
        "network": {"zones": 3, "pod_cidr": "100.64.0.0/18", "ipv6": True},
        "private_link": {"ports": [443, 444], "principals": [f"arn:aws:iam::11112222{n}:root" for n in (3333, 4444)],
                         "topic": "arn:aws:sns:eu-west-1:222222222222:told"}})
    with pytest.raises(InputError) as refused:
        expressible(asked)
    assert {fault.path for fault in refused.value.faults} == {
        "endpoints", "installer", "network.pod_cidr", "network.ipv6", "private_link.ports",
        "private_link.principals", "private_link.topic"}


@pytest.mark.deploy
@pytest.mark.parametrize(("example", "changes"), [
    ("shared.yaml", {}),
    ("existing-vpc.yaml", {"network.existing.endpoints": []}),
    ("endpoint-service.yaml", {"private_link.targets": []}),
    ("dedicated.yaml", {"control_plane.network.zones": 3}),
    ("company-rules.yaml", {}),
], ids=str)
def test_every_published_template_holds(example: str, changes: dict[str, Any]) -> None:
    """Each published template, filled in with what an example asks for, holds as the app stacks do."""
    words = words_of(ROOT / "examples" / example)
    for path, value in changes.items():
        *parts, last = path.split(".")
        inner: Any = words
        for part in parts:
            inner = inner[part]
        inner[last] = value
    assert not_met(Installation.read(words), "published") == []


@pytest.mark.deploy
@pytest.mark.parametrize(("profile", "words"), [
    ("published", {"vendor_access": "disabled"}),
    ("published", {"installer": {"delete_rights": False}}),
    ("app", {"deployment": "shared", "cognito_access": None, "installer": {
        "irsa": True, "tag_session": True, "set_source_identity": True}}),
    ("app", {"deployment": "shared", "cognito_access": None, "installer": {"network_rights": True}}),
], ids=str)
def test_what_must_be_allowed_follows_the_file(profile: Profile, words: dict[str, Any]) -> None:
    """A trial knows what the file switches: it expects a vendor turned off to be refused, and so on."""
    plain = words_of(ROOT / "examples" / "private.yaml")
    assert isinstance(plain, dict)
    assert not_met(Installation.read(plain | words), profile) == []


@pytest.mark.deploy
@pytest.mark.parametrize("example", ["private.yaml", "shared.yaml"])
def test_a_network_with_ipv6_holds(example: str) -> None:
    """With IPv6 too, rules mean the block that AWS chose as well, and only a shared deployment has a way out by it."""
    words: Any = words_of(ROOT / "examples" / example)
    words["network"] = words.get("network", {}) | {"ipv6": True}
    assert not_met(Installation.read(words)) == []


@pytest.mark.deploy
def test_what_the_customer_has_is_taken() -> None:
    """A VPC with endpoints, a load balancer and a topic of the customer's own are used, not made, and stay."""
    words: Any = words_of(ROOT / "examples" / "existing-vpc.yaml")
    words["network"]["existing"] |= {"endpoints": ["s3", "sqs", "sts"], "node_subnets": ["subnet-0123456789abcdef5"]}
    balancer = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/mine/0123456789abcdef"
    words["private_link"] = {"load_balancer": balancer, "topic": "arn:aws:sns:eu-west-1:222222222222:told"}
    trial = attempt(Installation.read(words), "app", ROOT, lambda _: None)
    assert trial.met
    assert "AWS::ElasticLoadBalancingV2::LoadBalancer" not in trial.emulated
    assert "AWS::SNS::Topic" not in trial.emulated
    assert {row.name for row in trial.told if row.kind == "endpoint"}.isdisjoint({"s3", "sqs", "sts"})


def test_zones_the_embedded_aws_lacks_are_refused() -> None:
    """A zone id or a fourth zone that the embedded AWS does not have is told, and nothing is deployed."""
    words: Any = words_of(ROOT / "examples" / "shared.yaml")
    words["network"] = {"zones": 4, "zone_ids": ["use1-az1", "use1-az2", "use1-az4", "use1-az6"]}
    with pytest.raises(InputError, match=r"(?s)use1-az4.*network\.zones: 4: the embedded AWS has use1-az1"):
        attempt(Installation.read(words), "app", ROOT, lambda _: None)


def not_met(installation: Installation, profile: Profile = "app") -> list[str]:
    """What a trial did not meet: uses, readings, and what it left or lost."""
    trial = attempt(installation, profile, ROOT, lambda _: None)
    service = installation.kind == "endpoint-service"
    assert service or trial.uses
    assert installation.installer.network_rights or trial.readings
    rows = [f"{row.id}: {row.answer}" for row in trial.uses if not row.met]
    rows += [f"{row.network}: {row.id}: {row.found}" for row in trial.readings if not row.met]
    return [*rows, *trial.left, *trial.lost]


@pytest.mark.deploy
def test_an_interrupt_stops_the_embedded_aws(tmp_path: Path) -> None:
    """Ctrl-C while the stacks are being deployed ends the embedded AWS and removes its files."""
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=os.environ | {"TMPDIR": str(tmp_path)}, start_new_session=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "cdk deploy" in line:
                break
        assert servers(tmp_path)
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in said
    deadline = time.monotonic() + 10
    while servers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert servers(tmp_path) == []
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("conveyor")] == []
