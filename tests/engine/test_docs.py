"""docs/pulumi.md, docs/azure.md and examples/platform-program by the real engine: what they show is run, in order.

`pulumi up` and `preview` need Pulumi's Python host on the command line: the same program is run inline. Every other
command is run as it stands.
"""

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation as auto

from conveyor_iac.proofs.claims import IDS
from conveyor_iac.pulumi.provider import Provider
from tests.engine.azure import AzureNative
from tests.engine.azuread import AzureAd
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder
from tests.engine.stacks import Stack, _Running, settings, shut_off

ROOT = Path(__file__).parents[2]
PAGE, AZURE = ((ROOT / "docs" / page).read_text() for page in ("pulumi.md", "azure.md"))
PLATFORM = ROOT / "examples" / "platform-program" / "__main__.py"
AZURE_FILE = ROOT / "examples" / "azure-shared.yaml"
EXTERNAL_ID = "0d1f7a-never-in-clear-text-99"
SECRETS = {"conveyor:external_id": EXTERNAL_ID}
HERE = Path(sys.executable).parent


def blocks(mark: str, kind: str, page: str = PAGE) -> list[str]:
    """The blocks of a page under a mark, in order; marks are joined by `|`, and what follows a colon is a reason."""
    return re.findall(rf"<!-- (?:{mark})(?:: [^>]*)? -->\n```{kind}\n(.*?)```", page, re.DOTALL)


PROGRAMS = blocks("program", "python")
COMMANDS = [line.partition(" #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", PAGE + AZURE, re.DOTALL)
            for line in block.splitlines()]


def inline(text: str) -> Callable[[], None]:
    """A program of a page, as one that is run inline."""
    return lambda: exec(compile(text, "docs", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("program", [*PROGRAMS, PLATFORM.read_text()],
                         ids=[*(f"program-{number}" for number in range(1, len(PROGRAMS) + 1)), "platform-program"])
def test_a_program_lives(make_stack: MakeStack, recorder: Recorder, program: str) -> None:
    """Each program is previewed on an empty backend, made, unchanged when made again, destroyed; no secret is shown."""
    stack = make_stack(inline(program), secrets=SECRETS)
    wanted = stack.preview().changes["create"]
    assert not recorder.resources
    assert stack.up().changes == {"create": wanted}
    assert stack.up(expect_no_changes=True).changes == {"same": wanted}
    stack.unprotect()
    stack.destroy()
    assert stack.resources() == []
    assert EXTERNAL_ID not in stack.state_text()


def test_the_platforms_rules_reach_its_parts(make_stack: MakeStack, recorder: Recorder) -> None:
    """The transform of the platform's program changes our key; its VPC, tags and provider are those of our parts."""
    make_stack(inline(PLATFORM.read_text()), secrets=SECRETS).up()
    made = {one.name: one for one in recorder.resources.values()}
    key, endpoint = made["acme-Key"], made["acme-EndpointSqs"]
    assert (key.inputs["rotationPeriodInDays"], key.inputs["deletionWindowInDays"]) == (90, 30)
    assert endpoint.inputs["vpcId"] == made["platform-vpc"].id
    assert set(endpoint.inputs["subnetIds"]) == {
        one.id for one in recorder.resources.values() if one.type == "aws:ec2/subnet:Subnet"}
    assert made["platform-vpc"].id in made["acme-Boundary"].inputs["policy"]
    assert {one.outputs["tagsAll"]["cost-center"] for one in (key, endpoint)} == {"4711"}


def test_a_refused_program_ends_as_shown(make_stack: MakeStack, recorder: Recorder) -> None:
    """What the page shows is what the engine says of that program, and nothing of AWS was registered."""
    (program,), (said,) = blocks("refused", "python"), blocks("said", "")
    with pytest.raises(auto.CommandError) as refused:
        make_stack(inline(program)).preview()
    told = re.findall(r"^  (conveyor:index:PrivateDeployment \(acme\):\n.*?)\n\n", str(refused.value), re.DOTALL | re.M)
    assert [textwrap.dedent(f"  {one}").strip() for one in told] == [said.strip()]
    assert not recorder.calls("check")


class Life(Stack):
    """The project that the page's first command writes, and the state of what its further ones did."""

    def __init__(self, folder: Path, recorder: Recorder, command: auto.PulumiCommand) -> None:
        self.events, self.folder, self._project, self._recorder = [], folder, folder / "installation", recorder
        self._running = _Running(lambda: runpy.run_path(str(self._project / "__main__.py"), run_name="__main__"))
        self._command, self._inline = command, {"up": self.up, "preview": self.preview}

    def begin(self, environment: pytest.MonkeyPatch, begun: str) -> None:
        """Does a page's first commands, which write the project, and goes there."""
        shut_off(environment, self.folder)
        self.run(begun)
        environment.chdir(self._project)

    def open(self) -> None:
        """Takes the stack that the page's commands made."""
        self._stack = auto.Stack.select("acme", auto.LocalWorkspace(
            work_dir=str(self._project), program=self._running, pulumi_command=self._command, env_vars=self._own))

    @property
    def _own(self) -> dict[str, str]:
        return {**settings(self.folder), "PULUMI_DEBUG_PROVIDERS": self._recorder.providers}

    def follow(self, block: str) -> list[Any]:
        """Does what a block says, line by line; what each of the inline runs did."""
        done = []
        for line in block.splitlines():
            words = line.split()
            if words[0] == "pulumi" and words[1] in self._inline:
                self.open()
                done.append(self._inline[words[1]]())
            else:
                self.run(re.sub("pulumi (destroy|refresh)", r"pulumi \1 --yes", line))
        return done

    def run(self, line: str) -> str:
        """Runs a line as it stands, in the project once there is one; what it writes."""
        ours = self._project if self._project.exists() else self.folder
        path = f"{Path(self._command.command).parent}:{HERE}:/usr/bin:/bin"
        done = subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", line], cwd=ours, text=True, check=False,
                              capture_output=True, env={**self._own, "PATH": path, "EXTERNAL_ID": EXTERNAL_ID})
        assert done.returncode == 0, done.stdout + done.stderr
        assert EXTERNAL_ID not in done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def life(recorder: Recorder, pulumi_command: auto.PulumiCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
         ) -> Life:
    """The project of the page's first commands, in a folder of the test's."""
    life = Life(tmp_path, recorder, pulumi_command)
    life.begin(monkeypatch, *blocks("run", "sh"))
    return life


def test_from_nothing_to_up_and_back(life: Life, recorder: Recorder) -> None:
    """Deploying, proving, changing, finding drift and removing go as the page says, and make what its picture shows."""
    deployed, proved, changed, drift, removed = blocks("life", "sh")
    foreseen, made = life.follow(deployed)
    assert made.changes == foreseen.changes
    assert made.outputs["session_name"] == "conveyor-acme"
    assert tree(life.resources(), "PrivateDeployment") == pictured()
    assert set(re.findall(r"\bacme-\w+", drawing())) <= {one.name for one in recorder.resources.values()}
    life.follow(proved)
    hidden = blocks("life", "sh")[1].replace(" --show-secrets", "").strip()
    assert "undecided" in life.run(f"{hidden} --claim trust.principal || :")
    assert life.follow(changed)[0].changes["update"] == 1
    endpoint = next(one for one in recorder.resources.values() if one.name == "acme-EndpointSqs")
    ours = endpoint.inputs["policy"]
    endpoint.inputs["policy"] = endpoint.outputs["policy"] = '{"Version": "2012-10-17", "Statement": []}'
    assert life.follow(drift)[0].changes["update"] == 1
    assert recorder.find(endpoint.type, endpoint.id).inputs["policy"] == ours  # type: ignore[union-attr]
    with pytest.raises(auto.CommandError, match="protected"):
        life.destroy()
    life.follow(removed)
    assert life.resources() == []
    assert {one.type for one in recorder.resources.values()} >= {
        "aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:cloudwatch/logGroup:LogGroup"}
    assert EXTERNAL_ID not in life.state_text()


@pytest.fixture
def in_azure() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to the tenant and subscription of the page's file."""
    azure = yaml.safe_load(AZURE_FILE.read_text())["azure"]
    with Recorder(AzureNative(tenant=azure["tenant_id"], subscription=azure["subscription_id"]),
                  AzureAd(tenant=azure["tenant_id"])) as running:
        yield running


@pytest.fixture
def azure_life(in_azure: Recorder, pulumi_command: auto.PulumiCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
               ) -> Life:
    """The project of the page's first commands, with the file that the page explains in place of the samples."""
    life = Life(tmp_path, in_azure, pulumi_command)
    life.begin(monkeypatch, *blocks("run", "sh", AZURE))
    shutil.copy(AZURE_FILE, tmp_path / "installation" / "installation.yaml")
    return life


def test_a_data_plane_on_azure_lives_as_the_page_says(azure_life: Life, in_azure: Recorder) -> None:
    """Deployed, turned off, proved and removed; picture, handover, and what is protected are those of the page."""
    deployed, off, proved, removed = blocks("life", "sh", AZURE)
    (made,) = azure_life.follow(deployed)
    assert tree(azure_life.resources(), "AzureDeployment") == pictured(AZURE)
    before = {one.name for one in in_azure.resources.values()}
    assert set(re.findall(r"\bacme-\w+", drawing(AZURE))) - before == {"acme-Subscription", "acme-Placement"}
    (handed,) = re.findall(r"<!-- handover -->\n((?:\|.*\n)+)", AZURE)
    named = {name for row in handed.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(made.outputs["outputs"])
    azure_life.follow(off)
    assert before - {one.name for one in in_azure.resources.values()} == {
        "acme-VendorRole", "acme-MachineRole", "acme-MachineClusterRole", "acme-MachineKubeletRole"}
    claimed = {(name, "proved") for name in IDS if name.startswith("azure.")}
    assert told(azure_life.run(f"{proved.strip()} --json")) == claimed
    azure_life.follow(removed)
    assert azure_life.resources() == []
    assert {one.name for one in in_azure.resources.values()} == {
        "acme-KeyVault", "acme-Registry", "acme-Workspace", "acme-ActivityWorkspace", "acme-ActivityLogStorage",
        "acme-FlowLogStorage", "acme-ResourceGroup", "acme-GuardrailGroup", "acme-FlowLogGroup"}


def told(said: str) -> set[tuple[str, str]]:
    """What `verify --json` says of each claim."""
    return {(row["id"], row["verdict"]) for report in json.loads(said) for row in report["claims"]}


def test_the_program_for_azure_runs(in_azure: Recorder, pulumi_command: auto.PulumiCommand, tmp_path: Path,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's program is made on an empty backend, by its own providers, and hands out what it exports."""
    shut_off(monkeypatch, tmp_path)
    (program,) = blocks("program", "python", AZURE)
    made = Stack(inline(program), recorder=in_azure, command=pulumi_command, folder=tmp_path).up()
    assert made.outputs["access_package_link"].startswith("https://myaccess.microsoft.com/@")
    assert made.outputs["access_package_link"] == made.outputs["outputs"]["AccessPackageLink"]
    assert "acme-Firewall" in {one.name for one in in_azure.resources.values()}


def tree(resources: list[dict[str, Any]], root: str) -> list[tuple[int, str]]:
    """The components of a state below a root, each with its depth, as their types' names."""
    rows = [row for row in resources if row["type"].startswith("conveyor:index:")]

    def below(row: dict[str, Any], depth: int) -> list[tuple[int, str]]:
        children = sorted((one for one in rows if one.get("parent") == row["urn"]), key=lambda one: str(one["type"]))
        return [(depth, row["type"].rpartition(":")[2]), *(one for row in children for one in below(row, depth + 1))]

    (top,) = (row for row in rows if row["type"].endswith(root))
    return below(top, 0)


def drawing(page: str = PAGE) -> str:
    """The picture of what stands in what."""
    (found,) = re.findall(r"```\n(\w+Deployment .*?)```", page, re.DOTALL)
    return str(found)


def pictured(page: str = PAGE) -> list[tuple[int, str]]:
    """The tree that a page draws, in the same form; the children of each node in order of their names."""
    path: list[str] = []
    rows = []
    for line in drawing(page).splitlines():
        marks, name = re.findall(r"^([│├└─ ]*)(\w[\w-]*)", line)[0]
        if "─" not in marks and path:
            continue  # the parts of the line above, further ones
        path = [*path[:len(marks) // 3], name]
        rows.append(path)
    return [(len(path) - 1, path[-1]) for path in sorted(rows)]


@pytest.mark.parametrize("line", [line for line in dict.fromkeys(COMMANDS) if line.startswith("pulumi ")])
def test_commands_of_pulumi_exist(line: str, engine: Path, tmp_path: Path) -> None:
    """The engine knows each command of the page with its options, those too that are not run here."""
    words = shlex.split(line, comments=True)
    words = words[:next((place for place, word in enumerate(words) if word in {"|", "&&", ">"}), len(words))]
    named = [word for word in words[1:] if word.isalpha()]
    said = subprocess.run([engine, *named, "--help"], capture_output=True, text=True, check=True,
                          env=settings(tmp_path)).stdout
    assert re.search(rf"Usage:\n  pulumi {named[0]}", said)
    assert "[command]" not in said
    assert [word for word in words if word.startswith("--") and f"{word} " not in said] == []


def test_other_languages_have_these_names() -> None:
    """The program in another language names a package, a component and inputs that the component package has."""
    (program,) = re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)
    schema = json.loads(Provider().schema or "")
    inputs = schema["resources"]["conveyor:index:PrivateDeployment"]["inputProperties"]
    within = schema["types"]["conveyor:index:ControlPlaneArgs"]["properties"]
    assert f'"@{schema["namespace"]}/{schema["name"]}"' in program
    assert {"controlPlane", "externalId"} <= set(re.findall(r"(\w+):", program)) <= {*inputs, *within}


def test_every_command_is_run_or_marked() -> None:
    """No block of commands or Python stands on the page without a mark, and what is not run says why."""
    fences = re.findall(r"(?:<!-- (.*?) -->\n)?```(?:sh|python)\n", PAGE)
    assert fences
    assert [mark for mark in fences if not re.match(r"run$|life$|program$|refused$|not run: \w", mark)] == []


def test_the_versions_are_those_of_the_tests() -> None:
    """The page names the engine's version that the tests build."""
    (built,) = re.findall(r"pulumi/pkg/v3 (v\S+)", (ROOT / "tests" / "engine" / "go.mod").read_text())
    assert f"`pulumi` {built} built" in PAGE
