"""What `init` asks for a data plane on Azure, and the words it makes of the answers."""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.errors import Fault

_SAMPLE = "0a1b2c3d-0000-4000-8000-00000000000"

QUESTIONS = {
    "tenant": ("Tenant id, from the vendor's sheet", "acme"),
    "region": ("Azure region of the data plane", "westeurope"),
    "entra_tenant": ("Id of your Entra tenant (az account show --query tenantId)", f"{_SAMPLE}1"),
    "subscription": ("Id of the subscription that is handed over (az account list)", f"{_SAMPLE}2"),
    "management_group": ("Name of the management group it is placed in, which holds its policies", "conveyor"),
    "connected_organization": ("Object id of the vendor's connected organisation in your Entra tenant", f"{_SAMPLE}3"),
    "approvers": ("Object id of the Entra group whose members approve access (az ad group show)", f"{_SAMPLE}4"),
    "log_subscription": ("Id of the subscription for logs and alerts, outside the vendor's reach", f"{_SAMPLE}5"),
    "contact": ("E-mail address that alerts are sent to", "cloud-security@acme.example"),
    "control_plane_account": ("The control plane's AWS account: 12 digits", "111122223333"),
    "control_plane_role": ("The control plane's role", "conveyor-control-plane"),
    "control_plane_region": ("The control plane's AWS region", "eu-west-1"),
}
"""What must be asked, and the sample that --yes takes."""

OWN = ("entra_tenant", "subscription", "management_group", "connected_organization", "approvers", "log_subscription",
       "contact", "control_plane_region")
"""What only Azure is asked."""

PLACES = {
    "tenant": "tenant", "region": "region", "entra_tenant": "azure.tenant_id",
    "subscription": "azure.subscription_id", "management_group": "azure.management_group",
    "connected_organization": "azure.connected_organization", "approvers": "azure.access.approval.0.approvers.0",
    "log_subscription": "azure.guardrails.subscription_id", "contact": "azure.guardrails.contacts.0",
    "control_plane_account": "control_plane.account", "control_plane_role": "control_plane.role",
    "control_plane_region": "azure.control_plane.region",
}
"""Where in the file an answer stands."""


def words_of(answers: Mapping[str, str], deployment: str) -> dict[str, Any]:
    """The installation file of these answers."""
    return {
        "tenant": answers["tenant"], "deployment": deployment, "cloud": "azure", "region": answers["region"],
        "control_plane": {"account": answers["control_plane_account"], "role": answers["control_plane_role"]},
        "azure": {
            "tenant_id": answers["entra_tenant"], "subscription_id": answers["subscription"],
            "management_group": answers["management_group"],
            "connected_organization": answers["connected_organization"],
            "control_plane": {"region": answers["control_plane_region"]},
            "access": {"approval": [{"approvers": [answers["approvers"]]}]},
            "guardrails": {"subscription_id": answers["log_subscription"], "contacts": [answers["contact"]]},
        },
    }


def refused(deployment: str | None, engine: str | None, account: str | None) -> list[Fault]:
    """What cannot be asked for together with Azure, before anything is asked."""
    faults = []
    if deployment not in (None, "shared"):
        faults.append(Fault(path="deployment", value=f"{deployment!r} with cloud 'azure'",
                            rule="azure data planes are offered with the shared deployment only: the control plane is"
                            " on AWS", way_out="Write deployment: shared, or cloud: aws"))
    if engine == "cdk":
        faults.append(Fault(path="--engine", value="cdk with cloud azure", rule="the CDK makes AWS only",
                            way_out="Take --engine pulumi"))
    if account is not None:
        faults.append(Fault(path="--account", value=repr(account), rule="azure data planes have no AWS account",
                            way_out="Leave it out; --subscription is the id of the Azure subscription"))
    return faults


def misplaced(given: Mapping[str, str | None]) -> list[Fault]:
    """Options of Azure that were given for another cloud."""
    return [Fault(path=f"--{key.replace('_', '-')}", value=repr(given[key]), rule="only --cloud azure has it",
                  way_out="Leave it out, or write --cloud azure") for key in OWN if given.get(key)]
