"""Which outputs the sheet needs, told by the plan: what each is called, which stack has it, what it must look like.

What the installation file decides, an output must repeat: another value is of another deployment, and is refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.model import published
from conveyor_iac.model.azure.identities import CLUSTER, KUBELET, WORKLOAD
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.deployment import CONTROL_PLANE
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.network import Output
from conveyor_iac.model.placeholders import Made, every, fill
from conveyor_iac.model.plan import Plan, values_of

_DIGITS = "([0-9a-f]{8}|[0-9a-f]{17})"
_SUBNETS = (f"subnet-{_DIGITS}", "ids of subnets")
_GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RESOURCE = r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^\s,]+"
_FORMS: Mapping[str, tuple[str, str]] = {
    "VpcId": (f"vpc-{_DIGITS}", "the id of a VPC"),
    "NodeSubnetIds": _SUBNETS, "PodSubnetIds": _SUBNETS, "EndpointSubnetIds": _SUBNETS,
    "ZoneIds": ("[a-z]{3,5}[0-9]-az[1-9][0-9]?", "ids of zones, such as euw1-az1"),
    "ClusterTags": (r"[\w:.-]+=[\w-]*", "tags, such as conveyor:tenant=acme"),
    "CognitoNames": (r"[a-z0-9.-]+", "names of Cognito"),
    "ServiceName": (rf"vpce-svc-{_DIGITS}", "the name of an endpoint service"),
    "ServicePorts": ("[0-9]{1,5}", "ports"),
    "ServiceRegion": ("[a-z0-9-]+", "a region"),
    "ServiceAccount": ("[0-9]{12}", "an account"),
}
"""What outputs of networks look like, each of their texts; the others are nothing to the vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An output that the sheet needs.

    stack: the name of the CDK stack that has it; nothing on Azure. template: the published template that has it, or
    nothing.
    form: what each text of it must match. count: how many texts, joined by commas; left out: one.
    names: the keys of one that is a mapping of texts. decided: what the file says it must be.
    late: it may be empty, until somebody accepts.
    """

    key: str
    stack: str | None
    template: str | None
    rule: str
    form: str = ".+"
    count: int | None = None
    names: tuple[str, ...] = ()
    decided: Any = None
    late: bool = False

    def fits(self, value: Any) -> bool:
        """Whether a value looks as it must, whatever the file says."""
        if self.names:
            return isinstance(value, Mapping) and {*value} == {*self.names} and all(map(self._matches, value.values()))
        if self.count is None:
            return self._matches(value) or (self.late and value == "")
        return len(listed(value)) == self.count and all(map(self._matches, listed(value)))

    def agrees(self, value: Any) -> bool:
        """Whether a value is what the file says, where it says it."""
        return self.decided is None or (listed(value) if self.count is not None else value) == self.decided

    def _matches(self, text: Any) -> bool:
        return isinstance(text, str) and re.fullmatch(self.form, text, re.ASCII) is not None


def listed(value: Any) -> tuple[Any, ...]:
    """The texts of an output that holds several: joined by commas, or a list."""
    if isinstance(value, str):
        return tuple(value.split(",")) if value else ()
    return tuple(value) if isinstance(value, list | tuple) else ()


def templates(installation: Installation) -> tuple[str, ...]:
    """The published templates that an installation is made of, by name; none on Azure."""
    return () if installation.cloud == "azure" else published.templates(installation)


def asked(installation: Installation, plan: Plan) -> tuple[Asked, ...]:
    """Every output that the sheet of an installation needs."""
    if plan.azure:
        return tuple(_on_azure(installation, plan.azure))
    return (*_of_role(installation, plan), *_of_networks(installation, plan))


def _of_role(installation: Installation, plan: Plan) -> Iterator[Asked]:
    if not (plan.installer and plan.boundary):
        return
    values, prefix = values_of(installation), f"conveyor-{installation.tenant}"

    def row(key: str, stack: str, decided: str, rule: str) -> Asked:
        return Asked(key=key, stack=f"{prefix}-{stack}", template=published.ROLE, rule=rule, decided=decided,
                     form=r"[\w+=,.@:/-]+")

    yield row("InstallerRoleArn", "installer-role", fill(plan.installer.arn, values), "the ARN of the installer role")
    yield row("SessionName", "installer-role", values["StsSessionName"], "the role session name")
    yield row("BoundaryArn", "policies", plan.arn_of(plan.boundary), "the ARN of the boundary")
    for policy in (policy for part in plan.predefined for policy in every(part)):
        yield row(f"{policy.name}Arn", "policies", plan.arn_of(policy), "the ARN of a predefined policy")


def _of_networks(installation: Installation, plan: Plan) -> Iterator[Asked]:
    values, prefix = values_of(installation), f"conveyor-{installation.tenant}"
    template = published.network_template(installation)
    for place, network in zip(("", "-control-plane"), plan.networks, strict=False):
        for output in network.outputs:
            own = f"{prefix}{place}-{'network' if network.vpc else 'endpoints'}"
            yield from _of_output(output, own, template, values)
        for output in network.service.outputs if network.service else ():
            yield from _of_output(output, f"{prefix}{place}-endpoints", template, values)
    for link in plan.links:
        yield Asked(key=f"{link.name}Dns", stack=f"{prefix}-links", template=template, late=True,
                    form="[a-z0-9.-]+", rule="the name of an endpoint")


def _of_output(output: Output, stack: str, template: str | None, values: Mapping[str, str]) -> Iterator[Asked]:
    """An output of a network, if the vendor needs it; a value that nothing has to be made for is decided."""
    form, rule = _FORMS.get(output.name.removeprefix(CONTROL_PLANE), ("", ""))
    if not form:
        return
    value = output.value
    if isinstance(value, Made) and value.before:
        form = re.escape(fill(value.before, values)) + form
    count = len(value) if isinstance(value, tuple) else None
    if output.name == "ClusterTags":
        count, value = len(listed(value)), listed(value)
    parts = value if isinstance(value, tuple) else (value,)
    decided = None if any(isinstance(part, Made) for part in parts) else tuple(fill(part, values) for part in parts)
    yield Asked(key=output.name, stack=stack, template=template, rule=rule, form=form, count=count,
                decided=decided if decided is None or count is not None else decided[0])


def _on_azure(installation: Installation, made: Scaffolding) -> Iterator[Asked]:
    azure, access = installation.azure, made.access
    assert azure
    providers = tuple(row.namespace for row in made.subscription.providers)
    ids, brought = made.network.ids, not made.network.made
    kinds = tuple(kind for kind in ids if kind != "Vnet")
    package = rf"https://myaccess\.microsoft\.com/@{azure.tenant_id}#/access-packages/{_GUID}"
    found: dict[str, tuple[str, str, dict[str, Any]]] = {
        "TenantId": (_GUID, "the Entra tenant", {"decided": azure.tenant_id}),
        "SubscriptionId": (_GUID, "the subscription", {"decided": azure.subscription_id}),
        "IdentityClientIds": (_GUID, "client ids by identity", {"names": (CLUSTER, KUBELET, WORKLOAD)}),
        "VnetId": (_RESOURCE, "the id of the virtual network", {"decided": ids["Vnet"] if brought else None}),
        "SubnetIds": (_RESOURCE, "ids of subnets by kind", {"names": kinds, "decided": {
            kind: ids[kind] for kind in kinds} if brought else None}),
        "Cidrs": (r"[0-9a-f.:/]+", "CIDRs", {"count": len(made.network.cidrs), "decided": made.network.cidrs}),
        "ResourceProviders": (r"[\w.]+", "resource providers", {"count": len(providers), "decided": providers}),
    }
    if access.group:
        found |= {"GroupId": (_GUID, "an object id", {}), "AccessPackageLink": (package, "the link of the package", {})}
    if access.identity:
        found["MachineClientId"] = (_GUID, "a client id", {})
    services = (made.services.key_vault, made.services.registry, made.services.workspace)
    found |= {f"{part.name}Id": (_RESOURCE, "the id of a resource", {}) for part in services if part}
    for key, (form, rule, more) in found.items():
        yield Asked(key=key, stack=None, template=None, form=form, rule=rule, **more)
