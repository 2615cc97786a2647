"""Compositions: which constructs stand together in a stack, and what a stack hands out.

Logical ids and output keys are a public contract: they are decided here, once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Environment, JsonNull, LegacyStackSynthesizer, Stack
from constructs import Construct

from conveyor_iac.cdk import privatelink
from conveyor_iac.cdk.boundary import PermissionsBoundary
from conveyor_iac.cdk.endpoints import EndpointSet
from conveyor_iac.cdk.installer import InstallerPolicies, InstallerRole
from conveyor_iac.cdk.network import Network
from conveyor_iac.cdk.parts import Parts
from conveyor_iac.cdk.policies import PredefinedPolicies
from conveyor_iac.cdk.privatelink import EndpointService
from conveyor_iac.cdk.spelling import Spelling, standing
from conveyor_iac.model import catalogue
from conveyor_iac.model.contract import KEY, Contract, of_networks
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.installer import always
from conveyor_iac.model.network import Output
from conveyor_iac.model.placeholders import Made, names
from conveyor_iac.model.plan import Plan
from conveyor_iac.model.privatelink import EndpointConsumer

DESCRIPTIONS = {
    "network-shared": "Conveyor: the network of a data plane with internet egress.",
    "network-private": "Conveyor: the network of a data plane without internet access.",
    "network-dedicated": "Conveyor: the networks of control plane and data plane in one account, without internet.",
    "network-private-existing-vpc": "Conveyor: endpoints and endpoint service in a VPC that exists.",
    "endpoint-service": "Conveyor: your own endpoint service for the connectors of a vendor.",
}
"""What each published network template says of itself."""


class _Stack(Stack):
    """A stack without assets: deployed with the caller's own credentials, in an account never bootstrapped.

    That is the legacy synthesizer's way: the "bootstrapless" one names the roles of a bootstrap in the manifest.

    The stacks of one installation are written without white space and without purposes (`plan` prints them), so
    that each stays under the 51,200 bytes that a template sent in a request may have.
    """

    def __init__(self, scope: Construct, id: str, plan: Plan, description: str) -> None:
        mine = plan.account is not None
        env = Environment(account=plan.account, region=plan.region) if mine else None
        super().__init__(scope, id, env=env, description=description, synthesizer=LegacyStackSynthesizer(),
                         tags=dict(plan.stack_tags) or None, suppress_template_indentation=mine)
        Spelling.of(self).purposes = not mine
        self.tell(Contract())

    def tell(self, contract: Contract, **more: Any) -> None:
        """Writes the contract that the stack is held to into its metadata, rendered whole; an empty one at first."""
        self.template_options.metadata = {**more, KEY: _written(contract.spelled())}


class PoliciesStack(_Stack):
    """The boundary and the predefined policies of one installation; deployed before the installer role.

    `within`: the network of ours whose VPC is the data perimeter, unless the plan names another.
    """

    def __init__(self, scope: Construct, id: str, *, plan: Plan, within: "NetworkStack | None" = None) -> None:
        super().__init__(scope, id, plan, "Conveyor: the boundary and the predefined policies of created roles.")
        if within and plan.perimeter:
            seen = Parts(self, {}, named=True, others=[within.parts])
            Spelling.of(self).given["DataPlaneVpcId"] = seen.ref(plan.perimeter)
        _policies(self, plan)


class InstallerPoliciesStack(_Stack):
    """Those policies of the installer role that no switch takes away; deployed before the role."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:
        super().__init__(scope, id, plan, "Conveyor: the policies of the minimal installation role.")
        InstallerPolicies(self, "InstallerRole", policies=always(plan.installer))


class InstallerRoleStack(_Stack):
    """The installer role of one installation, with the policies that a switch brings. `within` as for the policies."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan, within: "NetworkStack | None" = None) -> None:
        super().__init__(scope, id, plan, "Conveyor: the minimal installation role.")
        role = _role(self, plan, elsewhere={policy.name: plan.arn_of(policy) for policy in always(plan.installer)})
        exported = f"{within.stack_name}-{plan.perimeter.name}" if within and plan.perimeter else None
        self.tell(plan.contract(role, plan.arn_of, exported))


class InstallerRoleTemplate(_Stack):
    """The published template: role, boundary and predefined policies in one file, for whoever fills it in."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:
        super().__init__(scope, id, plan,
                         "Conveyor: the minimal installation role, its boundary and the predefined policies.")
        made = _policies(self, plan)
        contract = plan.contract(_role(self, plan), lambda policy: made[policy.name])
        self.tell(contract, **_interface(Spelling.of(self)))


class NetworkStack(_Stack):
    """The network of one plane of an installation."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan, network: NetworkPlan) -> None:
        super().__init__(scope, id, plan, "Conveyor: the network and its ways out.")
        self.parts = _network(self, network)
        self.tell(of_networks([network], with_endpoints=False))


class EndpointsStack(_Stack):
    """The endpoints of one plane and its endpoint service, in a network of ours or in a VPC that exists."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan, network: NetworkPlan,
                 within: NetworkStack | None = None) -> None:
        super().__init__(scope, id, plan, "Conveyor: endpoints, and the endpoint service.")
        if within:
            self.parts = Parts(self, network.tags, named=True, others=[within.parts])
        else:
            self.parts = _network(self, network)
        _endpoints(self, network, self.parts)


class LinksStack(_Stack):
    """The ways between the two networks of a dedicated deployment: an endpoint in each to the other's service."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan, others: Sequence[EndpointsStack]) -> None:
        super().__init__(scope, id, plan, "Conveyor: the ways between control plane and data plane.")
        seen = [stack.parts for stack in others]
        _links(self, plan.links, Parts(self, plan.networks[0].tags, named=True, others=seen))


class NetworkTemplate(_Stack):
    """A published template of a network, or of both networks of a dedicated deployment, for whoever fills it in."""

    def __init__(self, scope: Construct, id: str, *, description: str, networks: Sequence[NetworkPlan],
                 links: Sequence[EndpointConsumer] = ()) -> None:
        super().__init__(scope, id, Plan(), description)
        made = []
        for number, plan in enumerate(networks, 1):
            made.append(_network(self, plan, number))
            _endpoints(self, plan, made[-1], number)
        _links(self, links, Parts(self, networks[0].tags, named=True, others=made))
        self.tell(of_networks(networks, with_endpoints=True), **_interface(Spelling.of(self)))


def stacks_of(scope: Construct, plan: Plan, prefix: str) -> list[Stack]:
    """The stacks of one installation, in the order in which they are deployed; `prefix` begins their names."""
    made: list[Stack] = []
    for place, network in zip(("", "-control-plane"), plan.networks, strict=False):
        within = NetworkStack(scope, f"{prefix}{place}-network", plan=plan, network=network) if network.vpc else None
        made += [within] if within else []
        made.append(EndpointsStack(scope, f"{prefix}{place}-endpoints", plan=plan, network=network, within=within))
    if plan.links:
        others = [stack for stack in made if isinstance(stack, EndpointsStack)]
        made.append(LinksStack(scope, f"{prefix}-links", plan=plan, others=others))
    if plan.installer:
        ours = next((stack for stack in made if isinstance(stack, NetworkStack)), None)
        policies = PoliciesStack(scope, f"{prefix}-policies", plan=plan, within=ours)
        own = InstallerPoliciesStack(scope, f"{prefix}-installer-policies", plan=plan)
        role = InstallerRoleStack(scope, f"{prefix}-installer-role", plan=plan, within=ours)
        role.add_stack_dependency(policies)
        role.add_stack_dependency(own)
        made += [policies, own, role]
    return made


def _network(stack: Stack, network: NetworkPlan, number: int = 1) -> Parts:
    parts = Network(stack, "Default" if number == 1 else f"Network{number}", plan=network).parts
    _handover(stack, network.outputs, parts)
    return parts


def _endpoints(stack: Stack, network: NetworkPlan, parts: Parts, number: int = 1) -> None:
    EndpointSet(stack, f"Endpoints{number}", group=network.group, endpoints=network.endpoints, vpc_id=network.vpc_id,
                parts=parts)
    if network.service:
        EndpointService(stack, f"Service{number}", service=network.service, vpc_id=network.vpc_id, parts=parts)
        _handover(stack, network.service.outputs, parts)


def _links(stack: Stack, links: Sequence[EndpointConsumer], parts: Parts) -> None:
    for consumer in links:
        privatelink.EndpointConsumer(stack, f"{consumer.name}Way", consumer=consumer, parts=parts)
        CfnOutput(stack, f"{consumer.name}Dns", value=parts.ref(Made(name=consumer.name, attribute="DnsEntries")),
                  description="The name by which one plane reaches the other's endpoint service.")


def _handover(stack: Stack, outputs: Sequence[Output], parts: Parts) -> None:
    for output in outputs:
        CfnOutput(stack, output.name, value=parts.joined(output.value, output.joiner), description=output.why)


def _policies(stack: Stack, plan: Plan) -> dict[str, str]:
    """Makes them; answers their logical ids, by the policies' names."""
    boundary = PermissionsBoundary(stack, "Boundary", policy=plan.boundary)
    made = PredefinedPolicies(stack, "Predefined", policies=plan.predefined)
    CfnOutput(stack, "BoundaryArn", value=boundary.policy.ref,
              description="The permissions boundary every created role must carry.")
    for policy, where in standing(plan.predefined):
        CfnOutput(stack, f"{policy.name}Arn", value=made.policies[policy.name].ref,
                  condition=Spelling.of(stack).holds(where))
    rows = {plan.boundary.name: boundary.policy, **made.policies}
    ids: dict[str, str] = stack.resolve({name: policy.logical_id for name, policy in rows.items()})
    return ids


def _role(stack: Stack, plan: Plan, elsewhere: Mapping[str, str] | None = None) -> str:
    """Makes it; answers its logical id."""
    installer = InstallerRole(stack, "InstallerRole", role=plan.installer, tags=plan.tags, elsewhere=elsewhere)
    CfnOutput(stack, "InstallerRoleArn", value=installer.role.attr_arn,
              description="Hand this to the vendor: the role the control plane assumes.")
    CfnOutput(stack, "SessionName", value=Spelling.of(stack).text(plan.session_name),
              description="The role session name the control plane must use.")
    return str(stack.resolve(installer.role.logical_id))


def _written(value: Any) -> Any:
    """A part of a contract as a template holds it: texts with placeholders under Fn::Sub, and nulls that stay.

    CloudFormation fills nothing in a template's own metadata; linters take a bare placeholder for a forgotten Fn::Sub.
    The CDK leaves out every null but its own.
    """
    if isinstance(value, dict):
        return {key: _written(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_written(part) for part in value]
    if value is None:
        return JsonNull.INSTANCE
    return {"Fn::Sub": value} if isinstance(value, str) and names(value) else value


def _interface(spelling: Spelling) -> dict[str, Any]:
    """The parameters in groups with labels, in the catalogue's order."""
    used = [row for row in catalogue.parameters().values() if row.name in spelling.parameters]
    groups: dict[str, list[str]] = {}
    for row in used:
        groups.setdefault(row.group, []).append(row.name)
    return {"AWS::CloudFormation::Interface": {
        "ParameterGroups": [{"Label": {"default": group}, "Parameters": names} for group, names in groups.items()],
        "ParameterLabels": {row.name: {"default": row.label} for row in used},
    }}
