"""The tools a real deploy needs: Node, npm's packages, the pinned CDK CLI. Says what is missing in one line each."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from conveyor_iac.errors import Fault, InputError

NODE = (20, 0)
CDK = "2.1148.1"
"""The CDK CLI this library is made with; a later major cannot read today's assemblies."""

_INSTALL = f"Run `npm install --save-dev aws-cdk@{CDK}` there, or name the folder that has it with --tools"


def cdk_command(folder: Path) -> list[str]:
    """How to start the CDK CLI installed in a folder; `InputError` when it or Node is missing or of another version."""
    faults = [fault for fault in (_node(), _cdk(folder)) if fault]
    if faults:
        raise InputError(faults)
    return ["npx", "--no-install", "cdk"]


def _node() -> Fault | None:
    way_out = f"Install Node {NODE[0]} or newer, with npm"
    if not (shutil.which("node") and shutil.which("npx")):
        return Fault(path="node", value="not found on PATH", rule="Node and npm are needed", way_out=way_out)
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    found = tuple(map(int, re.findall(r"\d+", said)[:2]))
    if found < NODE:
        return Fault(path="node", value=said or "no answer", rule=f"Node {NODE[0]} or newer", way_out=way_out)
    return None


def _cdk(folder: Path) -> Fault | None:
    package = folder / "node_modules" / "aws-cdk" / "package.json"
    found = _version(package) if package.exists() else "not installed"
    if found == CDK:
        return None
    return Fault(path="aws-cdk", value=f"{found} in {folder}", rule=f"exactly {CDK}", way_out=_INSTALL)


def _version(package: Path) -> str:
    try:
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    except (ValueError, TypeError, KeyError):
        return "an unreadable package.json"
