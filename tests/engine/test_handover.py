"""The handover from what the real engine prints of a stack: as from the CDK's stacks, but for ids that are made up."""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
import yaml

from conveyor_iac.errors import InputError
from conveyor_iac.pulumi import aws
from conveyor_iac.pulumi.azure import AzureDeployment
from conveyor_iac.pulumi.program import export, in_subscription
from tests.engine.aws import Aws
from tests.engine.azure import AzureNative
from tests.engine.azure_variants import SUBSCRIPTION, TENANT
from tests.engine.azuread import AzureAd
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder
from tests.engine.stacks import Program, Stack
from tests.model.handing import BOTH_PLANES, ROOT, alike, cdk, example, sheet
from tests.model.handing import pulumi as handed

EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"
SECRETS = {"conveyor:external_id": EXTERNAL_ID}
COMPONENTS: dict[str, Any] = {"shared": aws.SharedDeployment, "private": aws.PrivateDeployment,
                              "dedicated": aws.DedicatedDeployment, "endpoint-service": aws.EndpointServiceDeployment}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """In this file the provider answers for the packages of both clouds."""
    with Recorder(Aws(), AzureNative(tenant=TENANT, subscription=SUBSCRIPTION), AzureAd(tenant=TENANT)) as running:
        yield running


def program(name: str, **changes: Any) -> Program:
    """A program that makes an example's deployment, with these keys changed, and exports what ours exports."""
    words = yaml.safe_load((ROOT / "examples" / f"{name}.yaml").read_text()) | changes

    def run() -> None:
        if name == "azure-shared":
            export(AzureDeployment("acme", words, in_subscription(words)))
            return
        secret = {} if "kind" in words else {"external_id": pulumi.Config("conveyor").require_secret("external_id")}
        export(COMPONENTS[words.get("kind") or words["deployment"]]("acme", {**words, **secret}))

    return run


def printed(stack: Stack, *words: str) -> Any:
    """What `pulumi stack output --json` prints, or another command of that kind."""
    return json.loads(stack._pulumi("stack", *words))


@pytest.mark.parametrize(("name", "changes"), [("private", BOTH_PLANES), ("endpoint-service", {})],
                         ids=["both planes", "endpoint service"])
def test_on_aws(make_stack: MakeStack, name: str, changes: dict[str, Any]) -> None:
    """The engine's outputs give the sheet that the CDK's outputs give: only ids that a cloud makes up differ.

    So does its one output by itself. The secret is in none of it; the state, which has it, is refused.
    """
    asked = example(name, **changes)
    stack = make_stack(program(name, **changes), secrets=SECRETS)
    stack.up()
    body = printed(stack, "output", "--json", "--show-secrets")
    found = sheet(asked, body).as_json()
    assert alike(found) == alike(sheet(asked, cdk(asked)).as_json())
    assert sheet(asked, body["outputs"]).as_json() == found
    assert EXTERNAL_ID not in json.dumps(found)
    with pytest.raises(InputError, match="the state of a Pulumi stack") as refused:
        sheet(asked, stack.export(secrets=True))
    assert EXTERNAL_ID not in str(refused.value)


def test_on_azure(make_stack: MakeStack, recorder: Recorder) -> None:
    """On Azure the sheet has the ids that were made, and what the file decides is as it is of made-up outputs."""
    asked = example("azure-shared")
    stack = make_stack(program("azure-shared"))
    stack.up()
    found = sheet(asked, printed(stack, "output", "--json")).as_json()
    there, ids = found["azure"], {one.name: one for one in recorder.resources.values()}
    assert there["access"]["group_id"] == ids["acme-VendorGroup"].outputs["objectId"]
    assert there["access"]["link"].endswith(f"/access-packages/{ids['acme-AccessPackage'].id}")
    assert there["machine"]["client_id"] == ids["acme-MachineIdentity"].outputs["clientId"]
    assert there["key_vault"] == ids["acme-KeyVault"].id
    assert [row["id"] for row in found["networks"][0]["subnets"]] == [
        ids[f"acme-{kind}Subnet"].id for kind in ("Node", "Pod", "PrivateEndpoint")]
    made_up = sheet(asked, handed(asked)).as_json()
    assert decided(found) == decided(made_up)


def decided(found: Any) -> Any:
    """A sheet of Azure with every id in the place of one."""
    if isinstance(found, dict):
        return {key: decided(part) for key, part in found.items()}
    if isinstance(found, list):
        return [decided(part) for part in found]
    return "(an id)" if str(found).startswith("/subscriptions/") else alike({"": found})[""]
