"""The project of the repository and the one that `init` writes, by the real engine, with their own Pulumi.yaml."""

import json
import runpy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation as auto

from conveyor_iac.cli import project as written
from tests.engine.aws import Aws
from tests.engine.azure import AzureNative
from tests.engine.azure_variants import EXAMPLE, SUBSCRIPTION, TENANT, VNET, roles
from tests.engine.azuread import AzureAd
from tests.engine.recording import Recorder
from tests.engine.stacks import Stack, _Running, settings, shut_off

ROOT = Path(__file__).parents[2]
EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"
SECRET = "conveyor:external_id"
WORDS: Any = {"tenant": "globex", "deployment": "shared", "region": "eu-central-1", "account": "333333333333",
         "control_plane": {"account": "444455556666", "role": "theirs"},
         "network": {"zones": 2, "zone_ids": ["euc1-az1", "euc1-az2"]}}


class InProject(Stack):
    """A stack of the project in `folder/project`, whose files are what a user has; its program is run inline."""

    def __init__(self, name: str, folder: Path, program: Path, recorder: Recorder, command: auto.PulumiCommand) -> None:
        self.events, self.folder, self._project = [], folder, folder / "project"
        self._running = _Running(lambda: runpy.run_path(str(program), run_name="__main__") and None)
        self._stack = auto.Stack.create(name, auto.LocalWorkspace(
            work_dir=str(self._project), program=self._running, pulumi_command=command,
            env_vars={**settings(folder), "PULUMI_DEBUG_PROVIDERS": recorder.providers}))

    def set(self, key: str, value: str, *, secret: bool = False) -> None:
        """What `pulumi config set` does, with --secret or without."""
        self._stack.set_config(key, auto.ConfigValue(value, secret=secret))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """In this file the provider answers for the packages of both clouds."""
    with Recorder(Aws(), AzureNative(tenant=TENANT, subscription=SUBSCRIPTION), AzureAd(tenant=TENANT)) as running:
        yield running


@pytest.fixture
def make(recorder: Recorder, pulumi_command: auto.PulumiCommand, tmp_path: Path,
         monkeypatch: pytest.MonkeyPatch) -> Callable[..., InProject]:
    """Makes a stack of the project in `project/`, which is also the working directory."""
    shut_off(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path / "project")

    def make(name: str, program: str = "stacks") -> InProject:
        return InProject(name, tmp_path, tmp_path / "project" / program, recorder, pulumi_command)

    return make


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Pulumi project of the repository, with its examples."""
    for folder in ("stacks", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path / "project")
    monkeypatch.syspath_prepend(str(tmp_path / "project" / "stacks"))


@pytest.fixture
def theirs(tmp_path: Path) -> None:
    """The project that `init --engine pulumi` writes."""
    (tmp_path / "project").mkdir()
    for name, content in written.files("pulumi", WORDS).items():
        (tmp_path / "project" / name).write_bytes(content)


@pytest.mark.parametrize("stack", ["shared", "private", "dedicated", "endpoint-service"])
def test_an_example_stack_lives(ours: None, make: Callable[..., InProject], recorder: Recorder, stack: str) -> None:
    """With its settings as they are and the secret set, a stack is previewed and made; the secret is never in clear."""
    it = make(stack)
    if stack != "endpoint-service":
        it.set(SECRET, EXTERNAL_ID, secret=True)
    wanted = it.preview().changes["create"]
    done = it.up()
    assert done.changes == {"create": wanted}
    assert done.outputs["outputs"]
    assert len(recorder.resources) > 5
    assert EXTERNAL_ID not in it.state_text() + done.text


def test_azure_shared_lives(ours: None, make: Callable[..., InProject], recorder: Recorder) -> None:
    """The stack on Azure is made as its settings say, hands out what is handed over, and takes settings over its file.
    """
    it = make("azure-shared")
    wanted = it.preview().changes["create"]
    done = it.up()
    assert done.changes == {"create": wanted}
    out, handed = done.outputs, done.outputs["outputs"]
    vnet = VNET.replace("theirs", "conveyor-acme")
    assert (out["tenant_id"], out["subscription_id"], out["vnet_id"]) == (TENANT, SUBSCRIPTION, vnet)
    assert (handed["TenantId"], handed["SubscriptionId"], handed["VnetId"]) == (TENANT, SUBSCRIPTION, vnet)
    group = next(one for one in recorder.resources.values() if one.name == "acme-VendorGroup")
    package = next(one for one in recorder.resources.values() if one.name == "acme-AccessPackage")
    assert out["group_id"] == handed["GroupId"] == group.outputs["objectId"]
    assert out["access_package_link"] == handed["AccessPackageLink"] == (
        f"https://myaccess.microsoft.com/@{TENANT}#/access-packages/{package.id}")
    assert handed["SubnetIds"] == {"Node": f"{vnet}/subnets/node", "Pod": f"{vnet}/subnets/pod",
                                   "PrivateEndpoint": f"{vnet}/subnets/private-endpoint"}
    assert handed["Cidrs"] == ["10.40.0.0/16", "100.64.0.0/16"]
    assert {"Microsoft.ContainerService", "Microsoft.KeyVault", "Microsoft.Network"} <= {*handed["ResourceProviders"]}
    assert {f"az provider register --subscription {SUBSCRIPTION} --namespace {space}" for space in handed[
        "ResourceProviders"]} <= {*handed["RegisterResourceProviders"]}
    assert out["contract"]["azure"]["subscription"] == SUBSCRIPTION
    it.set("conveyor:vendor_access", "disabled")
    assert it.up().changes["delete"] == len(roles(EXAMPLE))


def test_the_provider_signs_in_as_the_settings_say(ours: None, make: Callable[..., InProject], recorder: Recorder
                                                   ) -> None:
    """The settings of aws go to the provider that the program makes: tags on everything, a secret only encrypted."""
    it = make("endpoint-service")
    theirs = "an-external-id-of-their-own"
    it.set("aws:assumeRoles", json.dumps([{"roleArn": "arn:aws:iam::222222222222:role/them", "externalId": theirs}]),
           secret=True)
    it.set("aws:defaultTags", json.dumps({"tags": {"team": "platform"}}))
    it.up()
    (key,) = (one for one in recorder.resources.values() if one.type == "aws:kms/key:Key")
    assert key.outputs["tagsAll"]["team"] == "platform"
    assert "arn:aws:iam::222222222222:role/them" not in it.state_text()
    assert theirs not in it.state_text()


@pytest.mark.parametrize(("key", "value", "told"), [
    ("conveyor:tennant", "acme", "conveyor:tennant: 'acme': no such key. Perhaps you meant tenant"),
    ("conveyor:external_id", EXTERNAL_ID, "conveyor:external_id: (hidden): a secret, encrypted in the settings"),
    ("conveyor:guardduty", "maybe", "guardduty: 'maybe': true or false"),
    ("conveyor:region", "mars", "region: 'mars': a region of a partition that is served"),
])
def test_settings_are_refused(ours: None, make: Callable[..., InProject], recorder: Recorder, key: str, value: str,
                              told: str) -> None:
    """A fault of the settings is one error of the engine, without a traceback, and nothing is made."""
    it = make("private")
    it.set(SECRET, EXTERNAL_ID, secret=True)
    it.set(key, value)
    with pytest.raises(auto.CommandError) as refused:
        it.up()
    text = " ".join(str(refused.value).split())
    assert told in text
    assert "Traceback" not in text
    assert EXTERNAL_ID not in text
    assert not recorder.resources


def test_without_the_secret(ours: None, make: Callable[..., InProject], recorder: Recorder) -> None:
    """Before the external id is set, `pulumi up` says how to set it."""
    with pytest.raises(auto.CommandError, match="pulumi config set --secret conveyor:external_id"):
        make("private").up()
    assert not recorder.resources


def test_declared_types_are_held(ours: None, make: Callable[..., InProject]) -> None:
    """The engine itself holds a setting to the type that Pulumi.yaml declares."""
    it = make("private")
    it.set("conveyor:network", "wide")
    with pytest.raises(auto.CommandError, match="'conveyor:network' must be of type 'object'"):
        it.preview()


def test_a_written_project_lives(theirs: None, make: Callable[..., InProject], recorder: Recorder,
                                 tmp_path: Path) -> None:
    """The written project is made as its README says, changed by a setting over its file, and removed wholly."""
    recorder.packages["aws"] = Aws(WORDS["account"])
    it = make("globex", "__main__.py")
    it.set(SECRET, EXTERNAL_ID, secret=True)
    assert it.up().outputs["session_name"] == "conveyor-globex"
    assert any(made.name == "globex-Vpc" for made in recorder.resources.values())
    it.set("conveyor:vendor_access", "disabled")
    assert it.up().changes["update"] == 1
    with pytest.raises(auto.CommandError, match="protect"):
        it.destroy()
    it.set("conveyor:protect", "false")
    it.up()
    it.destroy()
    assert it.resources() == []
    assert yaml.safe_load((tmp_path / "project" / "Pulumi.globex.yaml").read_text())["config"][SECRET]["secure"]
    assert EXTERNAL_ID not in it.state_text()
