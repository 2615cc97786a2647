"""The Pulumi program: settings become words, all their faults at once, and the words a deployment in their account."""

import json
import runpy
from functools import cache
from pathlib import Path

import pulumi
import pytest
import yaml

from conveyor_iac.model.installation import Installation
from conveyor_iac.model.settings import kinds, project_file
from conveyor_iac.model.words import words_of
from conveyor_iac.pulumi import program
from conveyor_iac.pulumi.door import Refused
from tests.pulumi.aws.recording import Recorder

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(file for file in (ROOT / "examples").glob("*.yaml") if not file.stem.startswith("azure"))
AZURE = "azure-shared"
STACKS = ("shared", "private", "dedicated", "endpoint-service", AZURE)
WITHOUT_ROLE = ("endpoint-service", AZURE)
COMPONENTS = {"shared": "SharedDeployment", "private": "PrivateDeployment", "dedicated": "DedicatedDeployment",
              "endpoint-service": "EndpointServiceDeployment"}
EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"
SET_EXTERNAL_ID = "pulumi config set --secret conveyor:external_id"
PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
DEFAULTS = {key.removeprefix("conveyor:"): row["default"] for key, row in PROJECT["config"].items()}


@pytest.fixture(autouse=True)
def in_root(monkeypatch):
    """A program without a project looks for files in the working directory: here the repository."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "stacks"))


def spelled(value):
    """A setting as Pulumi hands it to a program: a text, JSON where it has parts."""
    return value if isinstance(value, str) else json.dumps(value)


def configure(settings, secret=("external_id",)):
    pulumi.runtime.set_all_config({f"conveyor:{key}": spelled(value) for key, value in settings.items()},
                                  [f"conveyor:{key}" for key in secret])


def outputs():
    """What the program exported."""
    return dict(pulumi.runtime.get_root_resource().outputs)


def asked(settings):
    """The words of a stack with these settings."""

    def program_of_the_test():
        configure(settings)
        return program.asked()

    return Recorder().run(program_of_the_test).result


def refused(settings, secret=("external_id",)):
    """The faults of a stack with these settings by path; nothing may be registered."""

    def program_of_the_test():
        configure(settings, secret)
        runpy.run_path(str(ROOT / "stacks"), run_name="__main__")

    recorder = Recorder()
    error = recorder.refused(program_of_the_test)
    assert recorder.resources == {}
    assert isinstance(error, Refused)
    assert all(str(fault) in str(error) for fault in error.faults)
    return {fault.path: fault for fault in error.faults}


@cache
def ran_as_shown(stack):
    """What `pulumi up` does of stacks/ with the settings of an example."""
    return ran(with_secret(stack))


def ran(settings):
    """What `pulumi up` does of stacks/ with these settings."""

    def program_of_the_test():
        configure(settings)
        runpy.run_path(str(ROOT / "stacks"), run_name="__main__")
        return outputs()

    return Recorder().run(program_of_the_test)


def with_secret(stack, **more):
    """Settings that name the example of a stack, with the external id where it has a role."""
    return {"file": f"examples/{stack}.yaml", **({} if stack in WITHOUT_ROLE else {"external_id": EXTERNAL_ID}),
            **more}


def test_the_block_is_current():
    """Pulumi.yaml is what its generator writes."""
    assert (ROOT / "Pulumi.yaml").read_bytes() == project_file()


def test_the_block_has_every_key():
    """Every key of an installation file is declared with a meaning, and the program's own two; the secret as one."""
    assert set(DEFAULTS) == {*Installation.model_fields, "file", "protect"}
    assert all(row["description"] for row in PROJECT["config"].values())
    assert [key for key, row in PROJECT["config"].items() if row.get("secret")] == ["conveyor:external_id"]


def test_the_project_runs_stacks():
    """The project is called as the settings' namespace, as typed rows demand, and runs stacks/ from our .venv."""
    assert (PROJECT["name"], PROJECT["main"]) == ("conveyor", "stacks/")
    assert PROJECT["runtime"]["options"]["virtualenv"] == ".venv"
    assert (ROOT / PROJECT["main"] / "__main__.py").is_file()


def test_every_kind_is_one_of_pulumi():
    """The kinds of the keys are words of Pulumi's project schema."""
    assert set(kinds().values()) <= {"string", "integer", "boolean", "array", "object"}
    assert {kinds()[key] for key in ("tenant", "guardduty", "outbound", "network")} == {
        "string", "boolean", "array", "object"}


@pytest.mark.parametrize("stack", STACKS)
def test_stack_settings_are_the_example(stack):
    """The settings of an example's stack say what the example says, and hold no external id."""
    settings = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    given = {key.removeprefix("conveyor:"): value for key, value in settings.items()}
    assert "external_id" not in given
    secret = {} if stack in WITHOUT_ROLE else {"external_id": EXTERNAL_ID}
    assert asked({**DEFAULTS, **given, **secret}) == words_of(ROOT / "examples" / f"{stack}.yaml") | secret


def test_both_forms_are_shown():
    """One example's settings name a file, another's say all by themselves."""
    forms = {"conveyor:file" in yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
             for stack in STACKS}
    assert forms == {True, False}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_deployed(file):
    """Each example file makes the component of its model, called as its tenant, and all of it in its own account."""
    words = words_of(file)
    secret = {} if "kind" in words else {"external_id": EXTERNAL_ID}
    done = ran({"file": f"examples/{file.name}", **secret})
    assert list(done.of(COMPONENTS[words.get("kind") or words["deployment"]])) == [words["tenant"]]
    (provider,) = [made for made in done.resources.values() if made.type == "pulumi:providers:aws"]
    assert provider.inputs["region"] == words["region"]
    assert json.loads(provider.inputs["allowedAccountIds"]) == [words["account"]]
    assert {made.provider for made in done.customs()} == {f"{provider.urn}::{provider.name}.id"}


def test_the_example_of_azure_is_deployed():
    """The component of Azure, called as its tenant, works in the subscription and tenant of its words."""
    words = words_of(ROOT / f"examples/{AZURE}.yaml")["azure"]
    done = ran_as_shown(AZURE)
    assert list(done.of("AzureDeployment")) == ["acme"]
    mine = next(made for made in done.resources.values()
                if (made.type, made.name) == ("pulumi:providers:azure-native", "acme"))
    assert {mine.inputs[key] for key in ("subscriptionId", "tenantId")} == {
        words["subscription_id"], words["tenant_id"]}
    others = {made.name: made.inputs["subscriptionId"] for made in done.resources.values()
              if made.type == "pulumi:providers:azure-native" and made is not mine}
    assert others == {"acme-LogProvider": words["guardrails"]["subscription_id"],
                      "acme-HubProvider": words["vnet"]["hub"]["vnet"].split("/")[2]}
    assert not [made for made in done.resources.values() if made.type.startswith(("aws:", "pulumi:providers:aws"))]


@pytest.mark.parametrize(("stack", "missing"), [("shared", {"service_name"}), ("private", set()), ("dedicated", set()),
                                                ("endpoint-service", {"installer_role_arn", "session_name", "vpc_id"})])
def test_what_is_handed_out(stack, missing):
    """The stack's outputs are those of the deployment, without the external id; what it has not is left out."""
    handed = ran_as_shown(stack).result
    assert set(handed) == {"installer_role_arn", "session_name", "vpc_id", "service_name", "outputs",
                           "contract"} - missing
    assert EXTERNAL_ID not in json.dumps(handed)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_is_a_function(stack):
    """Each file of stacks/ offers a function that makes of plain words what the program makes of settings."""
    name = stack.replace("-", "_")
    words = words_of(ROOT / "examples" / f"{stack}.yaml")

    def inline():
        function = runpy.run_path(str(ROOT / "stacks" / f"{name}.py"))[name]
        function(words if stack in WITHOUT_ROLE else words | {"external_id": EXTERNAL_ID})
        return outputs()

    alone, whole = Recorder().run(inline), ran_as_shown(stack)
    assert alone.resources == whole.resources
    assert alone.result == whole.result


def test_the_files_of_a_customer_are_small():
    """No program in stacks/ has more than 20 lines."""
    assert {file.name: lines for file in (ROOT / "stacks").glob("*.py")
            if (lines := len(file.read_text().splitlines())) > 20} == {}


@pytest.mark.parametrize("stack", STACKS)
def test_the_package_offers_the_same(stack):
    """`deployed` picks the component that the words ask for."""

    def whole():
        configure(with_secret(stack))
        return program.deployed(program.asked()) and outputs()

    assert Recorder().run(whole).resources == ran_as_shown(stack).resources


def test_a_default_is_a_key_left_out():
    """The defaults of the block say nothing: over a file they change no word, and alone they miss what is needed."""
    assert asked({**DEFAULTS, **with_secret("private")}) == asked(with_secret("private"))
    assert refused(DEFAULTS).keys() == refused({}).keys() >= {"tenant", "deployment", "region", "account"}


def test_a_key_takes_the_place_of_the_files():
    """A key beside the file takes its place whole, a false one too; the other words stay."""
    plain = asked(with_secret("shared"))
    laid = asked(with_secret("shared", network={"zones": 2, "zone_ids": ["use1-az4", "use1-az5"]},
                             vendor_access="disabled", resources_feature=False))
    assert laid == plain | {"network": {"zones": 2, "zone_ids": ["use1-az4", "use1-az5"]},
                            "vendor_access": "disabled", "resources_feature": False}


def test_the_words_hide_the_external_id():
    """Whoever prints the words of a stack sees no external id: it is a secret output."""

    def words():
        configure(with_secret("private"))
        given = program.asked()
        assert EXTERNAL_ID not in repr(given)
        return given["external_id"].is_secret()

    assert Recorder().run(words).result is True


def test_the_external_id_is_a_secret():
    """The trust of the role, which holds the external id, is a secret for the engine."""
    done = ran_as_shown("private")
    role = done.named("acme-InstallerRole")
    assert EXTERNAL_ID in role.inputs["assumeRolePolicy"]
    assert "assumeRolePolicy" in role.secret
    assert [made.name for made in done.resources.values() if EXTERNAL_ID in json.dumps(made.inputs)] == [role.name]


@pytest.mark.parametrize(("settings", "protected"), [({}, True), ({"protect": False}, False),
                                                     ({"protect": True}, True)])
def test_protect(settings, protected):
    """What holds data is protected unless the settings say otherwise."""
    done = ran(with_secret("shared", **settings))
    assert {made.protect for made in done.of("kms.Key").values()} == {protected}


@pytest.mark.parametrize(("misspelt", "meant"), [("tennant", "tenant"), ("control-plane", "control_plane"),
                                                 ("fil", "file"), ("protected", "protect"), ("Region", "region")])
def test_misspelt_key(misspelt, meant):
    """A key that means nothing is refused with what was perhaps meant."""
    faults = refused(with_secret("private", **{misspelt: "x"}))
    assert list(faults) == [f"conveyor:{misspelt}"]
    assert faults[f"conveyor:{misspelt}"].rule == "no such key"
    assert faults[f"conveyor:{misspelt}"].way_out.startswith("Perhaps you meant")
    assert meant in faults[f"conveyor:{misspelt}"].way_out


def test_keys_of_others():
    """Keys of other namespaces are none of our business."""

    def others():
        configure(with_secret("private"))
        pulumi.runtime.set_config("aws:region", "eu-west-1")
        pulumi.runtime.set_config("conveyors:tennant", "x")
        return program.asked()

    assert Recorder().run(others).result["tenant"] == "acme"


@pytest.mark.parametrize(("key", "secret"), [("extrenal_id", ()), ("anything", ("anything",))])
def test_a_misspelt_secret_is_not_shown(key, secret):
    """The value of a misspelt external id, or of any secret, is not repeated."""
    faults = refused(with_secret("private", **{key: EXTERNAL_ID}), secret=("external_id", *secret))
    assert faults[f"conveyor:{key}"].value == "(hidden)"


@pytest.mark.parametrize(("settings", "secret", "path", "shown", "way_out"), [
    ({"external_id": EXTERNAL_ID}, (), "conveyor:external_id", "(hidden)", SET_EXTERNAL_ID),
    ({}, (), "external_id", "(missing)", SET_EXTERNAL_ID),
    ({"external_id": "short"}, ("external_id",), "external_id", "(hidden)", ""),
])
def test_unfit_external_id(settings, secret, path, shown, way_out):
    """An external id in clear text, none, or one that is too short is refused, and never shown."""
    faults = refused({"file": "examples/private.yaml", **settings}, secret)
    assert list(faults) == [path]
    assert faults[path].value == shown
    assert way_out in faults[path].way_out


def test_an_endpoint_service_has_no_external_id():
    """Where there is no role, an external id is refused rather than ignored."""
    assert list(refused(with_secret("endpoint-service", external_id=EXTERNAL_ID))) == ["external_id"]


def test_every_fault_at_once():
    """Misspelt keys, wrong kinds, an unfit installation and an open secret are told together."""
    faults = refused({"tennant": "x", "guardduty": "yes", "network": "wide", "outbound": "[1", "protect": "maybe",
                      "deployment": "privat", "region": "mars", "account": "1", "external_id": EXTERNAL_ID}, secret=())
    assert faults.keys() == {"conveyor:tennant", "conveyor:external_id", "conveyor:protect", "guardduty", "network",
                             "outbound", "deployment", "region", "account", "tenant", "control_plane"}


@pytest.mark.parametrize(("text", "rule"), [
    (None, "a file that can be read"), ("- a list", "a mapping of keys to values"), ("a: 1\na: 2", "each key once"),
    ("tenant: acme\nprotect: false", ""),
])
def test_unfit_file(tmp_path, text, rule):
    """A file that is missing, no mapping, or has a key twice is the fault of `conveyor:file`; its own are its own."""
    if text is not None:
        (tmp_path / "asked.yaml").write_text(text)
    faults = refused({"file": str(tmp_path / "asked.yaml"), "external_id": EXTERNAL_ID})
    if rule:
        assert list(faults) == ["conveyor:file"]
        assert rule in faults["conveyor:file"].rule
    else:
        assert faults["protect"].rule == "no such key"


def test_file_from_the_projects_root(monkeypatch, tmp_path):
    """Where Pulumi says the project's root, a file is looked for from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(ROOT))
    assert asked(with_secret("private"))["tenant"] == "acme"
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: None)
    assert list(refused(with_secret("private"))) == ["conveyor:file"]


def test_the_other_component():
    """Words of another model are refused by the component, before anything of AWS is registered."""
    words = words_of(ROOT / "examples" / "dedicated.yaml") | {"external_id": EXTERNAL_ID}
    recorder = Recorder()
    error = recorder.refused(lambda: runpy.run_path("stacks/private.py")["private"](words))
    assert recorder.customs() == []
    assert "deployment" in {fault.path for fault in error.faults}
    assert all(any(str(fault) == said for _, said in recorder.errors) for fault in error.faults)

