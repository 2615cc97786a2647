"""`conveyor-iac try`, as a user runs it: the whole way through, and interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
    assert app["met"] and published["met"] and app["left"] == published["left"] == []


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
