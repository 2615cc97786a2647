"""Compositions: which components stand together in a deployment, and what it hands out.

Names of components, parts and outputs are a public contract: they are decided here and in the plan, once.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pulumi

from conveyor_iac.model.contract import of_installer, of_networks
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.privatelink import EndpointConsumer as ConsumerPlan
from conveyor_iac.pulumi.aws.boundary import PermissionsBoundary, PermissionsBoundaryArgs
from conveyor_iac.pulumi.aws.endpoints import PLANES, EndpointSet
from conveyor_iac.pulumi.aws.installer import ROLE, InstallerRole
from conveyor_iac.pulumi.aws.network import ControlPlaneNetwork, DataPlaneNetwork
from conveyor_iac.pulumi.aws.policies import PredefinedPolicies
from conveyor_iac.pulumi.aws.privatelink import EndpointConsumer, EndpointService, Link
from conveyor_iac.pulumi.door import Entered, Words, admitted, entered, unfit
from conveyor_iac.pulumi.words import DeploymentArgs

Network = DataPlaneNetwork | ControlPlaneNetwork


class _Deployment(pulumi.ComponentResource):
    """Everything of one installation, as its model has it; `_says` are the words that the class itself says."""

    installer_role_arn: pulumi.Output[str] | None
    """The ARN of the installer role, where there is one: hand it to the vendor."""
    session_name: pulumi.Output[str] | None
    """The role session name the control plane must use."""
    vpc_id: pulumi.Output[str] | None
    """The VPC of the data plane, where the installer does not make it."""
    service_name: pulumi.Output[str] | None
    """The name of the data plane's endpoint service, where there is one: hand it to whoever connects."""
    outputs: pulumi.Output[dict[str, str]]
    """What is handed over, by the keys of the CloudFormation stacks' outputs."""
    contract: pulumi.Output[dict[str, Any]]
    """What `conveyor-iac verify` holds the stack's resources to."""

    _says: ClassVar[Mapping[str, str]]

    def __init__(self, name: str, args: DeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given: Mapping[str, Any] = args if isinstance(args, Mapping) else {}
        protect, words = given.get("protect", True), {key: given[key] for key in given if key != "protect"}
        trusting = self._says["kind"] == "installation"
        asked = admitted(name, words, further=unfit(protect), trusting=trusting, **self._says)
        contract = _contract(name, asked) if isinstance(asked, Entered) else {}
        super().__init__(f"conveyor:index:{type(self).__name__}", name, {"contract": contract}, opts)
        self._entered = entered(self, asked)
        self._words: Any = Words(self._entered)
        self._handed: dict[str, Any] = {}
        self._within: dict[str, Any] = {}
        self._networks(bool(protect))
        self._installer()
        self.installer_role_arn, self.session_name, self.vpc_id, self.service_name = map(
            self._handed.get, ("InstallerRoleArn", "SessionName", "VpcId", "ServiceName"))
        self.outputs = pulumi.Output.from_input(self._handed)
        self.contract = pulumi.Output.from_input(contract)
        self.register_outputs({
            "installer_role_arn": self.installer_role_arn, "session_name": self.session_name, "vpc_id": self.vpc_id,
            "service_name": self.service_name, "outputs": self.outputs, "contract": self.contract})

    def _networks(self, protect: bool) -> None:
        """The networks with what stands in each, and the ways between them."""
        made: dict[Any, Network] = {}
        kinds: tuple[type[Network], ...] = (DataPlaneNetwork, ControlPlaneNetwork)
        for plane, kind, plan in zip(PLANES, kinds, self._entered.plan.networks, strict=False):
            network = kind(self._name, {"installation": self._words, "protect": protect}, self._child())
            self._handed |= network.handed
            self._within |= network.made
            self._endpoints(network, plan, plane)
            made[plan.vpc_id] = network
        for consumer in self._entered.plan.links:
            self._link(consumer, made[consumer.vpc_id])

    def _endpoints(self, network: Network, plan: NetworkPlan, plane: str) -> None:
        words: Any = {"installation": self._words, "ids": network.made, "plane": plane}
        if plan.group or plan.endpoints:
            EndpointSet(self._name, words, pulumi.ResourceOptions(parent=network))
        if plan.service:
            service = EndpointService(self._name, words, pulumi.ResourceOptions(parent=network))
            self._within[plan.service.name] = service.service_id
            self._handed |= service.handed

    def _link(self, consumer: ConsumerPlan, within: Network) -> None:
        words: Any = Link(consumer, self._entered.plan.networks[0].tags, installation=self._words, ids=self._within)
        made = EndpointConsumer(self._name, words, pulumi.ResourceOptions(parent=within))
        self._handed[f"{consumer.name}Dns"] = made.dns_name

    def _installer(self) -> None:
        """The boundary, the predefined policies and the installer role."""
        if not self._entered.plan.installer:
            return
        perimeter = self._entered.plan.perimeter
        held: PermissionsBoundaryArgs = {"installation": self._words}
        if perimeter:
            held["data_plane_vpc_id"] = self._within[perimeter.name]
        boundary = PermissionsBoundary(self._name, held, self._child())
        policies = PredefinedPolicies(self._name, {"installation": self._words}, self._child())
        role = InstallerRole(self._name, {"installation": self._words}, self._child())
        self._handed |= {"BoundaryArn": boundary.arn, **policies.handed, "InstallerRoleArn": role.arn,
                         "SessionName": role.session_name}

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)


def _contract(name: str, entered: Entered) -> dict[str, Any]:
    """What the proofs hold the resources of a deployment to, by their names in Pulumi."""
    plan, contract = entered.plan, of_networks(entered.plan.networks, with_endpoints=True)
    if contract.network:
        subnets, isolated = (tuple(f"{name}-{glob}" for glob in globs)
                             for globs in (contract.network.subnets, contract.network.isolated))
        contract = replace(contract, network=replace(contract.network, subnets=subnets, isolated=isolated))
    if plan.installer and plan.boundary:
        ours = plan.perimeter if plan.terms.vpc else None  # read from the VPC of our own network only
        terms = replace(plan.terms, vpc=f"{name}-{ours.name}") if ours else plan.terms
        role = of_installer(terms, plan.installer, called=f"{name}-{ROLE}", boundary=f"{name}-Boundary",
                            predefined=plan.predefined, name_of=lambda policy: f"{name}-Predefined{policy.name}")
        contract = replace(role, network=contract.network)
    spelled: dict[str, Any] = entered.made(contract.spelled())
    return spelled


def _installed(says: str) -> Mapping[str, str]:
    return {"kind": "installation", "deployment": says}


class SharedDeployment(_Deployment):
    """A data plane with internet access: its network, the boundary, the predefined policies and the installer role.

    Composes the components of this package from one plan.

    Args:
        name: the component's name; the parts of all its components are called `NAME-...`.
        args: `DeploymentArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, before anything of AWS is registered.

    Source: `docs/pulumi.md`.
    """

    _says = _installed("shared")


class PrivateDeployment(_Deployment):
    """A data plane without internet access: as `SharedDeployment`, with endpoints and an endpoint service.

    Args:
        name: the component's name; the parts of all its components are called `NAME-...`.
        args: `DeploymentArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, before anything of AWS is registered.

    Source: `docs/pulumi.md`.
    """

    _says = _installed("private")


class DedicatedDeployment(_Deployment):
    """Control plane and data plane in the customer's account, without internet access, each in a VPC of its own.

    As `PrivateDeployment`, twice, with an endpoint in each network to the other's endpoint service.

    Args:
        name: the component's name; the parts of all its components are called `NAME-...`.
        args: `DeploymentArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, before anything of AWS is registered.

    Source: `docs/pulumi.md`.
    """

    _says = _installed("dedicated")


class EndpointServiceDeployment(_Deployment):
    """A customer's own endpoint service for the connectors of a vendor, in a VPC that exists.

    Args:
        name: the component's name; the parts of all its components are called `NAME-...`.
        args: `DeploymentArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, before anything of AWS is registered.

    Source: `docs/pulumi.md`.
    """

    _says: ClassVar[Mapping[str, str]] = {"kind": "endpoint-service"}
