"""The stacks that an installation is: for each template of its release the values, and what is asked when deploying.

Every value is held against the rules of the release's own template: release and package need not be of one version.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import catalogue, published
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import OWN_VPC, data_plane_vpc, parameters_of
from conveyor_iac.publishing.rollout import facts
from conveyor_iac.publishing.rollout.offer import Offer, Template

ZONES, VPC = "AvailabilityZones", "DataPlaneVpcId"
_APP = "Deploy this one with the CDK (conveyor-iac synth) or with Pulumi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack to be: its template, its name, its values.

    asked: parameters whose values are known only in the account, each with what it is. secrets: those that are NoEcho.
    zones: how many availability zones; zone_ids: which, where the file names them. network: the stack whose VPC is the
    data perimeter, where that is one of ours.
    """

    template: Template
    name: str
    tenant: str
    account: str
    region: str
    values: Mapping[str, str]
    asked: Mapping[str, str]
    secrets: tuple[str, ...]
    tags: Mapping[str, str]
    zones: int
    zone_ids: tuple[str, ...]
    network: str | None

    @property
    def own(self) -> tuple[str, ...]:
        """The parameters whose value is of this account alone, in the template's order."""
        return tuple(name for name in self.template.parameters if name in self.asked or self._is_own(name))

    def _is_own(self, name: str) -> bool:
        value = self.values.get(name, "")
        return bool(value) and (name in facts.own() or self.account in value)


def stacks(installation: Installation, offer: Offer) -> tuple[Stack, ...]:
    """The stacks of an installation, in the order in which they are deployed.

    Raises `InputError` for a data plane on Azure, for everything that published templates cannot express, for what the
    plan is refused for, and for every value that the release's templates do not take.
    """
    if installation.cloud == "azure":
        raise InputError([Fault(path="cloud", value="'azure'", rule="published templates are CloudFormation's, and it"
                                " makes nothing on Azure", way_out="Deploy it with Pulumi: conveyor-iac init --cloud"
                                " azure --engine pulumi DIR")])
    faults = [*_refused(installation), *_elsewhere(installation, offer), *_unknown(installation, offer)]
    if faults:
        raise InputError(faults)
    made = tuple(_stack(installation, offer.templates[name]) for name in published.templates(installation))
    faults = [fault for stack in made for fault in _unfit(stack, offer.version)]
    if faults:
        raise InputError(faults)
    return made


def _refused(installation: Installation) -> Iterator[Fault]:
    """What published templates cannot express, and what the plan is refused for."""
    for check in (partial(published.expressible, way_out=_APP), published.plannable):
        try:
            check(installation)
        except InputError as refused:
            yield from refused.faults


def _stack(installation: Installation, template: Template) -> Stack:
    network, open_names = installation.network, set(template.parameters).difference(template.secrets)
    ours = VPC in template.parameters and data_plane_vpc(installation) == OWN_VPC
    before = called(installation.tenant, published.network_template(installation) or "") if ours else None
    asked = {ZONES: _zones(installation)} if ZONES in template.parameters else {}
    asked |= {VPC: f"the output VpcId of the stack {before}"} if ours else {}
    return Stack(template=template, name=called(installation.tenant, template.name), tenant=installation.tenant,
                 account=installation.account or "", region=installation.region, asked=asked, secrets=template.secrets,
                 values=published.parameters(installation, open_names, {}), tags=installation.tags,
                 zones=network.zones, zone_ids=network.zone_ids, network=before)


def _zones(installation: Installation) -> str:
    ids = installation.network.zone_ids
    which = f", those with the ids {', '.join(ids)} in this order" if ids else ""
    return f"{installation.network.zones} availability zones by name{which}"


def called(tenant: str, template: str) -> str:
    """The name of a stack: the same words as the CDK app's, such as conveyor-acme-network."""
    return f"conveyor-{tenant}-{'network' if template.startswith(published.NETWORK) else template}"


def _elsewhere(installation: Installation, offer: Offer) -> Iterator[Fault]:
    """A release that lies where CloudFormation in the installation's region does not read: in another partition."""
    partition = next(row for row in catalogue.partitions() if installation.region in row.regions)
    if not str(urlsplit(offer.url).hostname).endswith(f".{partition.url_suffix}"):
        yield Fault(path="--url", value=repr(offer.url), rule=f"a bucket in {partition.name}, where"
                    f" {installation.region} is: CloudFormation reads from no other partition",
                    way_out="Copy the release into a bucket there, and name that")


def _unknown(installation: Installation, offer: Offer) -> Iterator[Fault]:
    """What the release has no word for: a template, or a parameter with another value than the one left out means."""
    newer = f"Take a newer release, or the conveyor-iac of {offer.version}"
    for name in published.templates(installation):
        if name not in offer.templates:
            yield Fault(path="--release", value=f"no template {name}", rule=f"{offer.version} has what the installation"
                        " needs", way_out=newer)
    for name, value in parameters_of(installation).items():
        row = catalogue.parameters()[name]
        if name not in offer.names and value and value != row.default:
            yield Fault(path="--release", value=f"no parameter {name}", rule=f"{offer.version} can be told {value!r}",
                        way_out=newer)


def _unfit(stack: Stack, version: str) -> Iterator[Fault]:
    """What the template does not take: values against its rules, and parameters that nobody fills in."""
    for name, row in stack.template.parameters.items():
        value = stack.values.get(name)
        if value is None:
            if "Default" not in row and name not in stack.asked and name not in stack.secrets:
                yield Fault(path=f"{stack.template.name}: {name}", value="(missing)", rule="the release's template"
                            " needs a value", way_out=f"Install the conveyor-iac of {version}")
        elif name not in stack.secrets and not takes(row, value):
            yield Fault(path=f"{stack.template.name}: {name}", value=repr(value), rule="the release's template takes "
                        + str(row.get("ConstraintDescription", "another value")), way_out="Take another value, or a"
                        " newer release")


def takes(row: Mapping[str, object], value: str) -> bool:
    """Whether a template's parameter takes a value, as CloudFormation decides it for texts and numbers."""
    pattern, allowed = row.get("AllowedPattern"), row.get("AllowedValues")
    if row.get("Type") == "Number":
        low, high = row.get("MinValue"), row.get("MaxValue")
        return value.isdecimal() and (low is None or int(str(low)) <= int(value)) and (
            high is None or int(value) <= int(str(high)))
    return (int(str(row.get("MinLength", 0))) <= len(value) <= int(str(row.get("MaxLength", 4096)))
            and (pattern is None or re.fullmatch(str(pattern), value, re.ASCII) is not None)
            and (not isinstance(allowed, list) or value in allowed))
