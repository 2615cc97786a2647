"""The composition of a deployment on Azure: which components stand together, in which order, and what it hands out.

Guard rails come before the vendor's roles, and go after them. Names of components, parts and outputs are a public
contract: they are decided here and in the plan, once.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from conveyor_iac.model.azure.contract import contract as promised
from conveyor_iac.model.azure.subscription import registering
from conveyor_iac.pulumi.azure.access import AzureVendorAccess
from conveyor_iac.pulumi.azure.guardrails import AzureGuardrails
from conveyor_iac.pulumi.azure.identities import AzureIdentities
from conveyor_iac.pulumi.azure.network import AzureNetwork
from conveyor_iac.pulumi.azure.services import AzureServices
from conveyor_iac.pulumi.azure.subscription import AzureSubscription
from conveyor_iac.pulumi.door import Entered, Words, admitted, entered, unfit
from conveyor_iac.pulumi.words import DeploymentArgs


class AzureDeployment(pulumi.ComponentResource):
    """A data plane on Azure beside the vendor's control plane on AWS: all that a subscription gets beforehand.

    Composes the components of this package from one plan: the subscription, its network, services and identities, the
    guard rails, and last how the vendor comes in.

    Args:
        name: the component's name; the parts of all its components are called `NAME-...`.
        args: `DeploymentArgs`.
        opts: left out: the default providers, no parent.

    Raises:
        Refused: for every fault of the installation, before anything of Azure is registered.

    Source: `docs/azure.md`.
    """

    tenant_id: pulumi.Output[str]
    """The Entra tenant."""
    subscription_id: pulumi.Output[str]
    """The subscription of the data plane."""
    group_id: pulumi.Output[str] | None
    """The object id of the vendor's group, where people come in."""
    access_package_link: pulumi.Output[str] | None
    """The link by which the vendor's team requests access: hand it to the vendor."""
    machine_client_id: pulumi.Output[str] | None
    """The client id of the machine's identity, where there is one: hand it to the vendor."""
    vnet_id: pulumi.Output[str]
    """The id of the virtual network."""
    outputs: pulumi.Output[dict[str, Any]]
    """What is handed over: ids, addresses, and the commands that register the resource providers."""
    contract: pulumi.Output[dict[str, Any]]
    """What `conveyor-iac verify` holds the stack's resources to."""

    def __init__(self, name: str, args: DeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given: Mapping[str, Any] = args if isinstance(args, Mapping) else {}
        protect, words = given.get("protect", True), {key: given[key] for key in given if key != "protect"}
        asked = admitted(name, words, further=unfit(protect), kind="installation", deployment="shared",
                         cloud="azure")
        contract = _contract(name, asked) if isinstance(asked, Entered) else {}
        super().__init__("conveyor:index:AzureDeployment", name, {"contract": contract}, opts)
        self._entered = entered(self, asked)
        self._make(Words(self._entered), bool(protect))
        self.outputs = pulumi.Output.from_input(self._handed())
        self.contract = pulumi.Output.from_input(contract)
        self.register_outputs({
            "tenant_id": self.tenant_id, "subscription_id": self.subscription_id, "group_id": self.group_id,
            "access_package_link": self.access_package_link, "machine_client_id": self.machine_client_id,
            "vnet_id": self.vnet_id, "outputs": self.outputs, "contract": self.contract})

    def _make(self, words: Any, protect: bool) -> None:
        azure = self._entered.installation.azure
        assert azure
        subscription = AzureSubscription(self._name, {"installation": words, "protect": protect},
                                         pulumi.ResourceOptions(parent=self))
        ids: dict[str, Any] = subscription.made

        def within(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, provider=subscription.provider,
                                          depends_on=[subscription, *after])

        network = AzureNetwork(self._name, {"installation": words, "protect": protect, "ids": ids}, within())
        services = AzureServices(self._name, {"installation": words, "protect": protect, "ids": ids | network.made},
                                 within())
        guardrails = AzureGuardrails(self._name, {"installation": words, "protect": protect, "ids": ids}, within())
        ids = ids | network.made | services.made
        identities = AzureIdentities(self._name, {"installation": words, "ids": ids}, within())
        ids = ids | identities.made
        access = AzureVendorAccess(self._name, {"installation": words, "ids": ids}, within(guardrails, identities))
        self.tenant_id = pulumi.Output.from_input(azure.tenant_id)
        self.subscription_id, self.vnet_id = subscription.subscription_id, network.vnet_id
        self.group_id, self.access_package_link = access.group_id, access.access_package_link
        self.machine_client_id = access.machine_client_id
        self._subnets, self._made, self._clients = network.subnet_ids, services.made, identities.client_ids

    def _handed(self) -> dict[str, Any]:
        """What is handed over, under the names of the handover."""
        made = self._entered.plan.azure
        assert made
        store = made.guardrails.store
        lines = (*made.subscription.registering(), *registering(store.subscription, store.providers))
        commands = self.subscription_id.apply(
            lambda known: [line.replace("${SubscriptionId}", known) for line in lines])
        found = {"TenantId": self.tenant_id, "SubscriptionId": self.subscription_id, "GroupId": self.group_id,
                 "AccessPackageLink": self.access_package_link, "MachineClientId": self.machine_client_id,
                 "IdentityClientIds": self._clients, "VnetId": self.vnet_id, "SubnetIds": self._subnets,
                 "Cidrs": list(made.network.cidrs),
                 "ResourceProviders": [row.namespace for row in made.subscription.providers],
                 "RegisterResourceProviders": commands,
                 **{f"{part.name}Id": self._made[part.name] for part in (
                     made.services.key_vault, made.services.registry, made.services.workspace) if part}}
        return {key: value for key, value in found.items() if value is not None}


def _contract(name: str, asked: Entered) -> dict[str, Any]:
    """What the proofs hold the resources of a deployment to, by their names in Pulumi."""
    assert asked.plan.azure
    return promised(asked.plan.azure, lambda part: f"{name}-{part}").spelled()
