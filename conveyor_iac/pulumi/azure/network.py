"""The virtual network of a data plane as a component: subnets, security groups, the ways in and out, flow logs."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import managedidentity, resources
from pulumi_azure_native import network as azure

from conveyor_iac.model.azure.egress import PublicAddress
from conveyor_iac.model.azure.network import FlowLog, LoadBalancer, NetworkPlan, Peering, Rule, SecurityGroup, Subnet
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.pulumi.azure import egress
from conveyor_iac.pulumi.azure.access import assign
from conveyor_iac.pulumi.azure.parts import entering
from conveyor_iac.pulumi.azure.providers import of_another
from conveyor_iac.pulumi.azure.services import storage
from conveyor_iac.pulumi.parts import Ids
from conveyor_iac.pulumi.words import InstallationArgs


class AzureNetworkArgs(TypedDict):
    """What a network is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: NotRequired[Ids]
    """What `AzureSubscription` hands out; needed where the subscription is made in the same program."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the storage of the flow logs; left out: it does."""


class AzureNetwork(pulumi.ComponentResource):
    """The virtual network of a data plane, alone or as a spoke of a hub, or one that is brought and left as it is.

    Spells the network of a plan. Subnets are made one after another, because Azure changes one network at a time; none
    has default outbound access. A hub is peered in both directions, by a provider of the hub's subscription: whoever
    runs this needs rights there. It is made in the resource group that `AzureSubscription` makes.

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureNetworkArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation.

    Source: https://learn.microsoft.com/azure/aks/concepts-network and `docs/azure.md`.
    """

    vnet_id: pulumi.Output[str]
    """The id of the virtual network."""
    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan: what `AzureServices` is given."""
    subnet_ids: pulumi.Output[dict[str, str]]
    """The ids of the subnets by kind: Node, Pod, PrivateEndpoint."""

    def __init__(self, name: str, args: AzureNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureNetwork", name, {}, opts)
        self._parts = entering(self, AzureNetworkArgs, args)
        plan = self._parts.scaffolding.network
        if plan.made:
            self._network(plan)
        ids = {kind: self._parts.ref(value) for kind, value in plan.ids.items()}
        self.vnet_id = pulumi.Output.from_input(ids.pop("Vnet"))
        self.made = self._parts.ids() | ({} if plan.made else {"Vnet": self.vnet_id})
        self.subnet_ids = pulumi.Output.from_input(ids)
        self.ids = pulumi.Output.from_input(self.made)
        self.register_outputs({"vnet_id": self.vnet_id, "ids": self.ids, "subnet_ids": self.subnet_ids})

    def _network(self, plan: NetworkPlan) -> None:
        parts = self._parts
        for group in plan.groups:
            self._group(group)
        if plan.egress.nat:
            egress.nat_gateway(parts, plan.egress.nat)
        parts.add("Vnet", azure.VirtualNetwork(
            parts.called("Vnet"), virtual_network_name=plan.azure_name,
            address_space=azure.AddressSpaceArgs(address_prefixes=list(plan.cidrs)), opts=parts.child(),
            **parts.placed()))
        before = self._subnets(plan)
        for peering in plan.peerings:
            self._peering(peering, before)
            before = peering.name
        if plan.flow_log:
            self._flow_log(plan.flow_log)
        if plan.load_balancer:
            self._load_balancer(plan.load_balancer)

    def _group(self, group: SecurityGroup) -> None:
        parts = self._parts
        parts.add(group.name, azure.NetworkSecurityGroup(
            parts.called(group.name), network_security_group_name=group.azure_name,
            security_rules=[_rule(rule) for rule in group.rules], opts=parts.child(), **parts.placed()))

    def _subnets(self, plan: NetworkPlan) -> str:
        """One after another, that of a firewall first: the others are routed to it. Answers which is the last."""
        parts, way, before = self._parts, plan.egress, "Vnet"
        for subnet in sorted(plan.subnets, key=lambda one: one.kind != "Firewall"):
            if subnet.table and subnet.table not in parts.resources and way.table:
                if way.firewall:
                    egress.firewall(parts, way.firewall)
                egress.route_table(parts, way.table)
            self._subnet(subnet, plan.azure_name, before)
            before = subnet.name
        return before

    def _subnet(self, subnet: Subnet, vnet: str, before: str) -> None:
        parts = self._parts

        def found(name: str | None) -> Any:
            return parts.resources[name].id if name else None

        group, table, nat = map(found, (subnet.group, subnet.table, subnet.nat))
        parts.add(subnet.name, azure.Subnet(
            parts.called(subnet.name), subnet_name=subnet.azure_name, virtual_network_name=vnet,
            resource_group_name=parts.group, address_prefix=subnet.cidr, default_outbound_access=False,
            network_security_group=azure.NetworkSecurityGroupArgs(id=group) if group else None,
            route_table=azure.RouteTableArgs(id=table) if table else None,
            nat_gateway=azure.SubResourceArgs(id=nat) if nat else None,
            private_endpoint_network_policies="Enabled" if subnet.kind == "PrivateEndpoint" else None,
            opts=parts.child(before, ignore_changes=["delegations"])))  # the cluster writes one on the subnet of pods

    def _peering(self, peering: Peering, before: str) -> None:
        parts = self._parts
        theirs: dict[str, Any] = {}
        if peering.from_hub and peering.subscription != parts.scaffolding.subscription.id:
            theirs["provider"] = of_another(parts, "HubProvider", peering.subscription)
        parts.add(peering.name, azure.VirtualNetworkPeering(
            parts.called(peering.name), virtual_network_peering_name=peering.azure_name,
            resource_group_name=peering.group, virtual_network_name=peering.vnet,
            remote_virtual_network=azure.SubResourceArgs(id=parts.ref(peering.remote)),
            allow_virtual_network_access=True, allow_forwarded_traffic=True, allow_gateway_transit=False,
            use_remote_gateways=False, opts=parts.child(before, **theirs)))

    def _flow_log(self, log: FlowLog) -> None:
        """The flow log, its storage, and the identity that writes it: a storage account without keys takes no other."""
        parts = self._parts
        group = parts.add(log.group.name, resources.ResourceGroup(
            parts.called(log.group.name), resource_group_name=log.group.azure_name, location=log.group.region,
            tags=parts.tags(), opts=parts.holding()))
        kept = storage(parts, log.storage, group=group.name)
        identity = parts.add(log.identity, managedidentity.UserAssignedIdentity(
            parts.called(log.identity), resource_name_=log.identity_name, opts=parts.child(),
            **parts.placed(resource_group_name=group.name)))
        assign(parts, "FlowLogRole", azure_name=log.assignment, principal=identity.principal_id, scope=kept.id,
               role=catalogue.role("Storage Blob Data Contributor").id, why="The flow log writes into its storage.")
        parts.add(log.name, azure.FlowLog(
            parts.called(log.name), flow_log_name=log.azure_name, resource_group_name=log.watcher_group,
            network_watcher_name=log.watcher, target_resource_id=parts.resources["Vnet"].id, storage_id=kept.id,
            enabled=True, location=parts.scaffolding.region, tags=parts.tags(),
            identity=azure.ManagedServiceIdentityArgs(
                type=azure.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]),
            format=azure.FlowLogFormatParametersArgs(type="JSON", version=2),
            retention_policy=azure.RetentionPolicyParametersArgs(days=log.retention_days, enabled=True),
            opts=parts.child("FlowLogRole")))

    def _load_balancer(self, balancer: LoadBalancer) -> None:
        """The load balancer, without members: whoever runs the data plane registers them."""
        parts, name = self._parts, "control-plane"
        address = egress.address(parts, PublicAddress(name=balancer.address, azure_name=balancer.address_name))
        own = pulumi.Output.concat(parts.ref("/subscriptions/" + parts.scaffolding.subscription.id), "/resourceGroups/",
                                   parts.group, "/providers/Microsoft.Network/loadBalancers/", balancer.azure_name)

        def within(kind: str) -> azure.SubResourceArgs:
            return azure.SubResourceArgs(id=pulumi.Output.concat(own, f"/{kind}/{name}"))

        parts.add(balancer.name, azure.LoadBalancer(
            parts.called(balancer.name), load_balancer_name=balancer.azure_name,
            sku=azure.LoadBalancerSkuArgs(name="Standard", tier="Regional"),
            frontend_ip_configurations=[azure.FrontendIPConfigurationArgs(
                name=name, public_ip_address=azure.PublicIPAddressArgs(id=address.id))],
            backend_address_pools=[azure.BackendAddressPoolArgs(name=name)],
            probes=[azure.ProbeArgs(name=name, protocol="Tcp", port=balancer.node_port, interval_in_seconds=15,
                                    number_of_probes=2)],
            load_balancing_rules=[azure.LoadBalancingRuleArgs(
                name=name, protocol="Tcp", frontend_port=balancer.port, backend_port=balancer.node_port,
                disable_outbound_snat=True, enable_tcp_reset=True, probe=within("probes"),
                frontend_ip_configuration=within("frontendIPConfigurations"),
                backend_address_pool=within("backendAddressPools"))],
            opts=parts.child(ignore_changes=["backendAddressPools"]), **parts.placed()))


def _rule(rule: Rule) -> azure.SecurityRuleArgs:
    """A rule; one address, or port, is said in the singular and several in the plural, as Azure keeps them."""
    return azure.SecurityRuleArgs(
        name=rule.azure_name, priority=rule.priority, direction="Inbound" if rule.inbound else "Outbound",
        access="Allow" if rule.allow else "Deny", protocol=rule.protocol, description=rule.why[:140],
        source_port_range="*", **_spelled("source_address_prefix", rule.sources, "es"),
        **_spelled("destination_address_prefix", rule.destinations, "es"),
        **_spelled("destination_port_range", rule.ports, "s"))


def _spelled(word: str, values: tuple[str, ...], plural: str) -> dict[str, Any]:
    return {word: values[0]} if len(values) == 1 else {f"{word}{plural}": list(values)}
