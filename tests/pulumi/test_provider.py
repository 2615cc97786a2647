"""The component provider, run as Pulumi runs it and spoken to as other languages do: by gRPC, in camel case."""

import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan
from tests.pulumi.monitor import ROOT, SECRET, Session, output, session

TYPED = "conveyor:index:"
COMPONENTS = {"SharedDeployment", "PrivateDeployment", "DedicatedDeployment", "EndpointServiceDeployment",
              "InstallerRole", "PredefinedPolicies", "PermissionsBoundary", "DataPlaneNetwork", "ControlPlaneNetwork",
              "EndpointSet", "EndpointService", "EndpointConsumer", "AzureDeployment", "AzureSubscription",
              "AzureNetwork", "AzureServices", "AzureIdentities", "AzureGuardrails", "AzureVendorAccess"}
SECRET_TEXT = "only-in-this-test-0123456789"
GOOD = {
    "tenant": "acme", "region": "eu-west-1", "account": "222222222222",
    "controlPlane": {"account": "111122223333", "role": "conveyor-control-plane"},
    "externalId": output(SECRET_TEXT, secret=True),
}
"""The words of an installation, as another language gives them."""
NETWORK = {"cidr": "10.40.0.0/16", "podCidr": "100.70.0.0/16", "zones": 2, "zoneIds": ["euw1-az1", "euw1-az2"]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with session(tmp_path_factory.mktemp("elsewhere")) as made:
        yield made


@pytest.fixture
def provider(running: Session) -> Session:
    """The provider, with nothing registered yet."""
    running.monitor.registered.clear()
    running.monitor.said.clear()
    return running


@pytest.fixture(scope="module")
def schema(running: Session) -> dict:
    return json.loads(running.provider.GetSchema(proto.GetSchemaRequest(version=0)).schema)


def test_it_says_who_it_is(provider, schema):
    """The package is called conveyor, and its version is that of the installed package."""
    version = provider.provider.GetPluginInfo(empty_pb2.Empty()).version
    assert (schema["name"], schema["version"]) == ("conveyor", version)
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_schema_has_every_component(schema):
    """The schema has every component of the package, as a component, and nothing else."""
    assert set(schema["resources"]) == {TYPED + name for name in COMPONENTS}
    assert all(row["isComponent"] for row in schema["resources"].values())


def test_every_word_of_the_file_is_an_input(schema):
    """A deployment takes every key of an installation file, in camel case and with its kind; three are needed."""
    deployment = schema["resources"][f"{TYPED}PrivateDeployment"]
    inputs = deployment["inputProperties"]
    assert set(inputs) == {camel(name) for name in Installation.model_fields} | {"protect"}
    assert deployment["requiredInputs"] == ["controlPlane", "region", "tenant"]
    assert inputs["externalId"]["type"] == "string"
    assert inputs["tags"]["additionalProperties"]["type"] == "string"
    assert inputs["outbound"]["items"]["$ref"] == f"#/types/{TYPED}OutboundArgs"
    assert schema["types"][f"{TYPED}NetworkArgs"]["properties"]["zoneIds"]["items"]["type"] == "string"
    assert schema["types"][f"{TYPED}ExistingNetworkArgs"]["required"] == ["vpc"]


def camel(word: str) -> str:
    head, *tail = word.split("_")
    return head + "".join(part.capitalize() for part in tail)


def test_everything_is_explained(schema):
    """Each component, type, input and output says what it means, in the names of other languages."""
    rows = [(name, row, group) for kind in ("resources", "types") for name, row in schema[kind].items()
            for group in ("inputProperties", "properties") if group in row]
    silent = [f"{name}.{key}" for name, row, group in rows for key, told in row[group].items()
              if not told.get("description")]
    assert silent == []
    told = [row.get("description", "") for _, row, _ in rows]
    told += [one["description"] for _, row, group in rows for one in row[group].values()]
    assert all(told)
    assert [text for text in told if "external_id" in text or "Args:" in text or "\n    " in text] == []
    assert "Allowed: per-zone, single." in schema["types"][f"{TYPED}NetworkArgs"]["properties"]["nat"]["description"]


def test_outputs_of_a_deployment(schema):
    """A deployment has its named outputs; those that only some have are not promised."""
    deployment = schema["resources"][f"{TYPED}PrivateDeployment"]
    assert {"installerRoleArn", "sessionName", "vpcId", "serviceName", "outputs", "contract"} <= set(
        deployment["properties"])
    assert {"outputs", "contract"} <= set(deployment["required"])


def test_a_role_from_another_language(provider):
    """An installer role comes to be, its trust policy a secret, and its state answers in camel case."""
    state = provider.construct("InstallerRole", {"installation": {**GOOD, "deployment": "private"}})
    role = provider.monitor.inputs("acme-InstallerRole")
    trust = role["assumeRolePolicy"]
    assert trust.items() >= SECRET.items()
    assert SECRET_TEXT in trust["value"]
    assert state["sessionName"] == "conveyor-acme"
    assert state["arn"].endswith(":acme-InstallerRole")
    del role["assumeRolePolicy"]
    assert SECRET_TEXT not in json.dumps(role) + "".join(provider.monitor.said)


def test_words_reach_the_plan(provider):
    """Camel case, whole numbers and lists at any depth make the plan they would make in a file."""
    words = {**GOOD, "network": NETWORK, "privateLink": {"ports": [443, 8443]}, "resourcesFeature": True}
    provider.construct("PrivateDeployment", words, dryRun=True)
    file = {**{key: value for key, value in GOOD.items() if key not in ("controlPlane", "externalId")},
            "deployment": "private", "control_plane": GOOD["controlPlane"], "resources_feature": True,
            "network": {"cidr": "10.40.0.0/16", "pod_cidr": "100.70.0.0/16", "zones": 2,
                        "zone_ids": ["euw1-az1", "euw1-az2"]}, "private_link": {"ports": [443, 8443]}}
    planned = plan(Installation.read(file))
    subnets = {f"acme-{subnet.name}": str(subnet.cidr) for subnet in planned.networks[0].every_subnet()}
    made = {asked.name for asked in provider.monitor.registered}
    assert {name: provider.monitor.inputs(name)["cidrBlock"] for name in subnets} == subnets
    assert provider.monitor.inputs("acme-LoadBalancerListener8443")["port"] == 8443
    assert {f"acme-Predefined{policy.name}" for policy in planned.predefined} <= made


def test_keys_of_the_customer_stay(provider):
    """Keys that the customer chose (tags, neighbours) are no words of ours: they stay as they were written."""
    tags = {"cost_center": "42", "podCidr": "kept"}
    provider.construct("PredefinedPolicies", {"installation": {**GOOD, "deployment": "private", "tags": tags}})
    made = provider.monitor.inputs("acme-PredefinedEksNodePolicy")
    assert made["tags"].items() >= tags.items()


def test_options_reach_the_component(provider):
    """The parent and the protection that a program asks for are those of the component."""
    provider.construct("PredefinedPolicies", {"installation": {**GOOD, "deployment": "private"}}, name="second",
                       parent="urn:pulumi:test::test::their:index:Platform::platform", protect=True)
    (component,) = [asked for asked in provider.monitor.registered if asked.type == f"{TYPED}PredefinedPolicies"]
    assert (component.name, component.parent) == ("second", "urn:pulumi:test::test::their:index:Platform::platform")
    assert component.protect


def test_every_fault_at_once(provider):
    """Faults come back all at once as properties in camel case with rule and way out, not as a traceback."""
    refusal = provider.refused("PrivateDeployment", {
        **GOOD, "region": "nowhere", "network": {"podCidr": "banana", "zoneIdz": ["a"], "zones": 2.5},
        "controlPlane": {"account": "1"}, "outbound": [{"component": "mailer", "kind": "nam"}], "protect": True})
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reasons.keys() == {
        "region", "network.podCidr", "network.zoneIdz", "network.zones", "controlPlane.account", "controlPlane.role",
        "outbound[0].kind", "outbound[0].destination", "outbound[0].protocol", "outbound[0].port", "outbound[0].data",
        "outbound[0].why"}
    assert "Perhaps you meant zones or zoneIds" in refusal.reasons["network.zoneIdz"]
    assert "Perhaps you meant name" in refusal.reasons["outbound[0].kind"]
    assert "'banana'" in refusal.reasons["network.podCidr"]
    assert "Traceback" not in refusal.text
    assert "File " not in refusal.text
    assert [asked.type for asked in provider.monitor.registered if asked.custom] == []


@pytest.mark.parametrize(("kind", "inputs", "expected"), [
    ("InstallerRole", {"instalation": {}}, {"instalation": "Perhaps you meant installation", "installation": "needed"}),
    ("InstallerRole", {"installation": {**GOOD, "deployment": "shared", "network": {"cidr": "x"}}},
     {"installation.network.cidr": "'x'"}),
    ("DataPlaneNetwork", {"installation": {**GOOD, "deployment": "shared"}, "protect": "yes"},
     {"protect": "true or false"}),
    ("SharedDeployment", {**GOOD, "region": output("eu-west-1")}, {"region": "known when the plan is made"}),
    ("SharedDeployment", {**GOOD, "region": output()}, {"region": "known when the plan is made"}),
    ("SharedDeployment", {**GOOD, "protect": output(True)}, {"protect": "an output"}),
    ("DataPlaneNetwork", {"installation": {**GOOD, "deployment": "shared"}, "protect": output(True)},
     {"protect": "known when the plan is made"}),
    ("SharedDeployment", {**GOOD, "network": output({"cidr": "10.0.0.0/16"})}, {"network": "known when the plan"}),
    ("SharedDeployment", {**GOOD, "deployment": "private"}, {"deployment": "'private'"}),
    ("EndpointSet", {"installation": {**GOOD, "deployment": "private"}}, {"ids": "needed"}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_inputs_of_another_kind(provider, kind, inputs, expected):
    """What a component lacks, does not know or cannot take is told of that property."""
    refusal = provider.refused(kind, inputs)
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reasons.keys() == expected.keys()
    assert [name for name, part in expected.items() if part not in refusal.reasons[name]] == []


@pytest.mark.parametrize(("kind", "inputs"), [
    ("PrivateDeployment", {**GOOD, "externalId": "too-short"}),
    ("PrivateDeployment", {**GOOD, "externalIdd": "too-short"}),
    ("InstallerRole", {"installation": {**GOOD, "deployment": "private", "externalId": "too-short"}}),
    ("InstallerRole", {"installation": output({"tenant": "acme", "externalId": "too-short"})}),
], ids=["of a deployment", "misspelt", "within", "in an output"])
def test_a_secret_is_not_repeated(provider, kind, inputs):
    """A wrong external id is told of without its value, and of no property: the engine would print that property."""
    refusal = provider.refused(kind, inputs)
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "xternalId" in refusal.text or "installation: (hidden)" in refusal.text
    assert refusal.reasons.keys() <= {"tenant"}
    assert "too-short" not in refusal.text + str(refusal.reasons) + "".join(provider.monitor.said)


@pytest.mark.parametrize("kind", ["NoSuch", "index:InstallerRole"])
def test_what_is_no_component(provider, kind):
    """A type that the package does not have is refused by its name."""
    refusal = provider.refused(kind, {})
    assert kind.rpartition(":")[2] in refusal.text


def test_the_plugin_is_one_that_pulumi_can_install():
    """plugin/ says that it is Python and where its environment lies, and asks for this package with both extras."""
    folder = ROOT / "plugin"
    manifest = yaml.safe_load((folder / "PulumiPlugin.yaml").read_text(encoding="utf-8"))
    assert manifest == {"runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}}
    (wanted,) = [line for line in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
                 if not line.startswith("#")]
    place, _, extras = wanted.rstrip("]").partition("[")
    assert (folder / place).resolve() == ROOT
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [\"pulumi>=" in project for extra in extras.split(","))
    assert Path(folder / "__main__.py").is_file()
