"""docs/releases.md is run: its blocks, one after the other, where the repository is copied to, by the embedded AWS."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from conveyor_iac.emulator import LocalAws
from conveyor_iac.emulator.site import make_bucket

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- release -->\n```sh\n(.*?)```", re.DOTALL)
BUCKET = "documented-releases"


def test_the_page_of_releases_is_run(running: LocalAws, tmp_path: Path) -> None:
    """Every block runs to its end; the release is signed, the stack is made, the version is withdrawn."""
    for folder in ("templates", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    running.reset()
    make_bucket(running, BUCKET)
    here = Path(sys.executable).parent
    said = []
    for block in BLOCK.findall((ROOT / "docs" / "releases.md").read_text()):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False,
            env=running.env() | {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "BUCKET": BUCKET,
                                 "BUCKET_URL": f"{running.endpoint}/{BUCKET}", "HOME": str(tmp_path)})
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        said.append(done.stdout + done.stderr)
    _key, published, verified, by_hand, created, compared, withdrawn = said
    assert "1.0.0 is published, with none before it" in published
    assert "Nothing was written" in published
    assert "verified: " in verified
    assert "Trusted comment: conveyor-iac release 1.0.0" in by_hand
    assert "conveyor-network" in created
    assert running.client("cloudformation").describe_stacks(StackName="conveyor-network")["Stacks"][0][
        "StackStatus"] == "CREATE_COMPLETE"
    assert "equal" in compared
    assert "1.0.0 is withdrawn" in withdrawn
