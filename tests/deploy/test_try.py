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
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.words import words_of

ROOT = Path(__file__).parents[2]
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
def test_both_profiles_are_deployed_used_and_removed() -> None:
    """The real CDK CLI deploys the app stacks and CloudFormation the published template; every use is met."""
    done = subprocess.run([*COMMAND, "--profile", "app", "--profile", "published", "--json"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    app, published = json.loads(done.stdout)
    assert set(app["resources"]) == {"conveyor-acme-policies", "conveyor-acme-installer-role"}
    assert sum(app["resources"].values()) == sum(published["resources"].values()) == 25
    assert [row["id"] for row in app["uses"]] == [row["id"] for row in published["uses"]]
    assert app["met"]
    assert published["met"]
    assert app["left"] == published["left"] == []


@pytest.mark.deploy
@pytest.mark.parametrize("example", sorted(file.name for file in (ROOT / "examples").glob("*.yaml")))
def test_every_example_holds(example: str) -> None:
    """Each example of an installation file fills in the published template, and every use of its role is met."""
    assert attempted(Installation.load(ROOT / "examples" / example), "published") == []


@pytest.mark.deploy
@pytest.mark.parametrize("words", [
    {"vendor_access": "disabled"},
    {"installer": {"irsa": True, "tag_session": True, "set_source_identity": True}},
    {"installer": {"delete_rights": False}},
], ids=str)
def test_what_must_be_allowed_follows_the_file(words: dict[str, Any]) -> None:
    """A trial knows what the file switches: it expects a vendor turned off to be refused, and so on."""
    plain = words_of(ROOT / "examples" / "private.yaml")
    assert isinstance(plain, dict)
    assert attempted(Installation.read(plain | words)) == []


def attempted(installation: Installation, profile: Profile = "app") -> list[str]:
    """What a trial did not meet."""
    trial = attempt(installation, profile, ROOT, lambda _: None)
    assert trial.uses
    return [row.id for row in trial.uses if not row.met]


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
