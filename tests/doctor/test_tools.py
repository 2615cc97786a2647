"""Checks of this machine: with stand-ins for the tools on a PATH of their own."""

import json
from pathlib import Path

import pytest

from conveyor_iac.cli.findings import tools
from conveyor_iac.emulator.toolchain import CDK
from tests.doctor.conftest import ROOT, look


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a stand-in on a PATH that has nothing else; it says its version."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def tool(name: str, version: str, code: int = 0) -> None:
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\necho '{version}'\nexit {code}\n")
        file.chmod(0o755)

    return tool


@pytest.fixture
def project(tmp_path: Path):
    """A folder with an installed CDK CLI of a version, and a package.json that asks for one."""
    def project(installed: str, wanted: str | None) -> Path:
        package = tmp_path / "node_modules" / "aws-cdk" / "package.json"
        package.parent.mkdir(parents=True)
        package.write_text(json.dumps({"version": installed}))
        (tmp_path / "package.json").write_text(json.dumps({"devDependencies": {"aws-cdk": wanted} if wanted else {}}))
        return tmp_path

    return project


@pytest.mark.parametrize("check", [tools.node, tools.npm, tools.cdk_cli, tools.cdk_pin, tools.python_packages])
def test_this_machine(check):
    """Where these tests run everything is as it must be."""
    assert look(check).state == "ok", look(check)


@pytest.mark.parametrize(("said", "state"), [("v20.0.0", "ok"), ("v24.1.0", "ok"), ("v18.20.1", "fault")])
def test_node_has_a_floor(tool, said, state):
    """Node 20 is the oldest that will do."""
    tool("node", said)
    assert look(tools.node).state == state


def test_node_that_does_not_answer(tool):
    """A Node that fails is none."""
    tool("node", "v24.1.0", code=1)
    assert look(tools.node).state == "fault"


def test_without_node_and_npm(tool):
    """Nothing on PATH: each is a fault with the way out, not a crash."""
    tool("npm", "10.0.0")
    assert (look(tools.node).state, look(tools.npm).state) == ("fault", "fault")
    assert "npx not on PATH" in look(tools.npm).why
    assert "Install Node" in look(tools.node).fix


@pytest.mark.parametrize("installed", ["3.0.0", "2.1000.0"])
def test_another_cdk_cli(project, installed):
    """Another CDK CLI than the pinned one is a fault that says how to install it; 3.0.0 is told as the trap it is."""
    found = look(tools.cdk_cli, tools=project(installed, CDK))
    assert found.state == "fault"
    assert f"npm install --save-dev --save-exact aws-cdk@{CDK}" in found.fix
    assert ("published by accident" in found.why) == (installed == "3.0.0")


def test_no_cdk_cli(tmp_path):
    """Where none is installed, a bare `npx aws-cdk` would fetch one: the trap is told."""
    found = look(tools.cdk_cli, tools=tmp_path)
    assert (found.state, "bare `npx aws-cdk`" in found.why) == ("fault", True)


@pytest.mark.parametrize("wanted", [f"^{CDK}", "latest", None])
def test_a_cdk_cli_that_is_not_pinned(project, wanted):
    """A range, `latest` or nothing in package.json lets the next install bring another CLI."""
    assert look(tools.cdk_pin, tools=project(CDK, wanted)).state == "fault"


def test_an_unreadable_package_json(tmp_path):
    """A package.json that is no JSON is a fault, not a crash."""
    (tmp_path / "package.json").write_text("{")
    assert look(tools.cdk_pin, tools=tmp_path).state == "fault"


@pytest.mark.parametrize(("said", "state"), [(f"{CDK} (build abc)", "ok"), ("3.0.0 (build abc)", "fault")])
def test_a_cdk_on_path(tool, said, state):
    """A `cdk` on PATH is a fault unless it is the pinned one; whoever types `cdk` gets it."""
    assert look(tools.cdk_on_path, tools=ROOT).state == "ok"
    tool("cdk", said)
    assert look(tools.cdk_on_path, tools=ROOT).state == state


@pytest.mark.parametrize("version", ["2.274.9", "3.0.0"])
def test_packages_have_a_floor_and_a_ceiling(monkeypatch, version):
    """Floor and ceiling come from this package's metadata; either side of them is a fault."""
    monkeypatch.setattr(tools.metadata, "version", lambda name: {"constructs": "10.8.1"}.get(name, version))
    found = look(tools.python_packages)
    assert (found.state, found.why.count(version)) == ("fault", 1)
    assert "conveyor-iac[cdk]" in found.fix


def test_packages_that_are_not_installed(monkeypatch):
    """A package that is missing is told by its name."""
    def missing(name):
        raise tools.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(tools.metadata, "version", missing)
    assert "aws-cdk-lib is not installed; constructs is not installed" in look(tools.python_packages).why
