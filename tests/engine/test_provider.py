"""The component provider by the real engine: a program of another language asks for a component by its type."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

from conveyor_iac.pulumi.provider import Provider
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

ROOT = Path(__file__).parents[2]
EXTERNAL_ID = "0d1f7a-never-in-clear-text-77"
WORDS = {"tenant": "acme", "region": "eu-west-1", "account": "222222222222", "deployment": "private",
         "controlPlane": {"account": "111122223333", "role": "conveyor-control-plane"}}


class Remote(pulumi.ComponentResource):
    """An installer role that another process constructs: what a generated kit makes of its type."""

    def __init__(self, name: str, installation: Mapping[str, Any]) -> None:
        outputs = dict.fromkeys(("arn", "session_name"))
        super().__init__("conveyor:index:InstallerRole", name, {"installation": installation, **outputs}, remote=True)

    def translate_output_property(self, prop: str) -> str:
        return {"sessionName": "session_name"}.get(prop, prop)


@pytest.fixture
def make(make_stack: MakeStack, tmp_path: Path) -> MakeStack:
    """Makes a stack; the one program on PATH is the component provider, by the name that the engine looks for."""
    plugin = Path(os.environ["PATH"]) / "pulumi-resource-conveyor"
    plugin.parent.mkdir()
    plugin.write_text(f"#!{sys.executable}\n" + (ROOT / "plugin/__main__.py").read_text(encoding="utf-8"))
    plugin.chmod(0o755)
    return make_stack


def program(**words: Any) -> Any:
    """A program that asks for an installer role; `words` are laid over those above."""

    def run() -> None:
        secret = pulumi.Config("their").require_secret("id")
        made: Any = Remote("acme", {**WORDS, "externalId": secret, **words})
        pulumi.export("arn", made.arn)
        pulumi.export("session", made.session_name)

    return run


def test_a_role_for_another_language(make: MakeStack, recorder: Recorder) -> None:
    """A component of another process lives as one of the program's own: made, unchanged, destroyed; its secret kept."""
    stack = make(program(), secrets={"their:id": EXTERNAL_ID})
    wanted = stack.preview().changes["create"]
    made = stack.up()
    assert made.changes == {"create": wanted}
    assert made.outputs["session"] == "conveyor-acme"
    (role,) = [one for one in recorder.resources.values() if one.type == "aws:iam/role:Role"]
    assert (made.outputs["arn"], role.name) == (role.outputs["arn"], "acme-InstallerRole")
    assert EXTERNAL_ID in role.inputs["assumeRolePolicy"]
    assert stack.up(expect_no_changes=True).changes == {"same": wanted}
    assert EXTERNAL_ID not in stack.state_text()
    stack.destroy()
    assert recorder.resources == {}


def test_faults_as_the_engine_tells_them(make: MakeStack, recorder: Recorder) -> None:
    """The engine shows each fault with its property, no traceback, and never the value of a wrong external id."""
    wrong = {"externalId": "too-short", "network": {"podCidr": "banana"}, "tags": {"env": 3}}
    with pytest.raises(auto.CommandError) as stopped:
        make(program(**wrong), secrets={"their:id": EXTERNAL_ID}).preview()
    said = str(stopped.value)
    assert "acme: 3 faults" in said
    assert "property installation.network.podCidr with value '{banana}' has a problem" in said
    assert "property installation.tags.env" in said
    assert "installation.externalId: (hidden): 16 to" in said
    assert "too-short" not in said
    assert "provider/server.py" not in said
    assert recorder.resources == {}


def test_the_engine_takes_the_schema(engine: Path, tmp_path: Path) -> None:
    """The engine's own check has no complaint about the schema, and complains of one with a broken reference."""
    schema = Provider().schema or ""

    def check(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "schema.json").write_text(text, encoding="utf-8")
        return subprocess.run([engine, "schema", "check", tmp_path / "schema.json"], capture_output=True, text=True,
                              check=False, env={"PULUMI_HOME": str(tmp_path), "PULUMI_SKIP_UPDATE_CHECK": "true"})

    assert json.loads(schema)["resources"]
    assert check(schema).returncode == 0
    broken = check(schema.replace("#/types/conveyor:index:IamArgs", "#/types/conveyor:index:Iam"))
    assert broken.returncode != 0
    assert "conveyor:index:Iam not found" in broken.stdout + broken.stderr
