"""A trial: one installation really deployed to the embedded AWS, read back, its role used, and everything removed.

`app` goes through the real CDK CLI, `published` through CloudFormation with the templates in a bucket and their
parameters filled in, as a customer does who clicks "Launch Stack".
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from conveyor_iac.cdk.assembly import Profile, assemble
from conveyor_iac.emulator import deploying
from conveyor_iac.emulator.brought import bring, names_ids
from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.emulator.readings import Reading, look, readings
from conveyor_iac.emulator.readings.told import Told, told
from conveyor_iac.emulator.removal import Removal, Things, standing
from conveyor_iac.emulator.site import Site, surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.emulator.usage import Use, landscape, use
from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import catalogue, published
from conveyor_iac.model.installation import Installation

PUBLISHED_STACK = "conveyor-installer-role"
PUBLISHED_NETWORK = "conveyor-network"

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it: what was made, read back, used, kept on purpose and left behind.

    `emulated` and `recorded` count what was made by type; `lost` is what should have been kept and is gone.
    """

    profile: Profile
    resources: Mapping[str, int]
    uses: tuple[Use, ...] = ()
    readings: tuple[Reading, ...] = ()
    told: tuple[Told, ...] = ()
    emulated: Mapping[str, int] = field(default_factory=dict)
    recorded: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        """Whether every reading and every use is as it must be, nothing was left and nothing was lost."""
        return not self.left and not self.lost and all(
            (*(row.met for row in self.uses), *(row.met for row in self.readings)))


def attempt(installation: Installation, profile: Profile, tools: Path, say: Say) -> Trial:
    """Starts an embedded AWS, deploys, reads back, uses, removes and stops; `say` is told each step.

    Raises `InputError` when a tool is missing, when the published templates cannot express the installation, or when
    the embedded AWS lacks its region or zones; `AnswerIsNo` when a deploy fails.
    """
    _triable(installation, profile)
    command = cdk_command(tools) if profile == "app" else []
    with TemporaryDirectory(prefix="conveyor-try-") as folder, _started(installation, say) as aws:
        way = _Way(profile=profile, folder=Path(folder), tools=tools, command=command, say=say)
        return _tried(aws, _settled(aws, installation, say), way)


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How stacks are deployed and removed."""

    profile: Profile
    folder: Path
    tools: Path
    command: list[str]
    say: Say

    def deploy(self, site: Site) -> None:
        self.say(f"synthesizing ({self.profile})")
        app = self.profile == "app"
        templates = assemble([site.installation] if app else [], self.profile, self.folder)
        if app:
            self._by_cdk(site, list(templates))
        else:
            self._by_templates(site, templates)

    def destroy(self, aws: LocalAws) -> None:
        self.say("removing everything")
        if self.profile == "app":
            deploying.cdk_destroy(aws, self.command, self.tools, str(self.folder))
            return
        stacks = {row["StackName"] for row in aws.client("cloudformation").describe_stacks()["Stacks"]}
        for stack in (PUBLISHED_STACK, PUBLISHED_NETWORK):
            if stack in stacks:
                deploying.template_destroy(aws, stack)

    def _by_cdk(self, site: Site, stacks: list[str]) -> None:
        self.say(f"cdk deploy --all: {len(stacks)} stacks, in an account that was never bootstrapped")
        role = [stack for stack in stacks if stack.endswith("-installer-role")]
        given = {f"{stack}:ExternalId": site.external_id for stack in role}
        deploying.cdk_deploy(site.aws, self.command, self.tools, str(self.folder), given)

    def _by_templates(self, site: Site, templates: Mapping[str, Path]) -> None:
        aws, installation = site.aws, site.installation
        zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
        more = {"AvailabilityZones": published.zones(installation, zones), "ExternalId": site.external_id}
        network = published.network_template(installation)
        if network:
            self.say(f"creating a stack from the published template {network}")
            given = published.parameters(installation, _asked(templates[network]), more)
            deploying.template_deploy(aws, PUBLISHED_NETWORK, templates[network], given, installation.tags)
            made = deploying.deployed(aws).outputs
            more |= {"DataPlaneVpcId": made["VpcId"]} if "VpcId" in made and not installation.iam.data_plane_vpc else {}
        if installation.kind == "installation":
            self.say(f"creating a stack from the published template {published.ROLE}")
            given = published.parameters(installation, _asked(templates[published.ROLE]), more)
            deploying.template_deploy(aws, PUBLISHED_STACK, templates[published.ROLE], given, installation.tags)


def _asked(template: Path) -> Mapping[str, object]:
    """The parameters of a template."""
    return dict(json.loads(template.read_text())["Parameters"])


def _tried(aws: LocalAws, installation: Installation, way: _Way) -> Trial:
    site = Site(aws=aws, installation=installation, external_id=secrets.token_urlsafe(32), outputs={})
    has_role = installation.kind == "installation"
    landscape(site)
    before = _standing(site)
    way.deploy(site)
    made = deploying.deployed(aws)
    site = replace(site, outputs=made.outputs)
    way.say("reading back what was deployed")
    seen = look(aws, installation, made.outputs)
    rows = readings(seen)
    if has_role:
        way.say("using the installer role, rightly and wrongly")
    uses = tuple(use(site)) if has_role else ()
    _created_roles_first(site)
    way.destroy(aws)
    removal = Removal(before=before, keep=frozenset(made.kept), after=_standing(site))
    return Trial(
        profile=way.profile, resources=made.resources, uses=uses, readings=rows, told=tuple(told(seen)),
        emulated={name: count for name, count in made.types.items() if name not in aws.recorded},
        recorded={name: count for name, count in made.types.items() if name in aws.recorded},
        kept=_words(removal.kept), lost=_words(removal.lost), left=_words(removal.left))


def _triable(installation: Installation, profile: Profile) -> None:
    if profile == "published":
        published.expressible(installation)
    known = next(row.regions for row in catalogue.partitions() if row.name == "aws")
    if installation.region not in known:
        raise InputError([Fault(path="region", value=repr(installation.region),
                                rule="a region of the partition aws: the embedded AWS knows no other",
                                way_out="Try with another region; plan and synth work with this one")])


def _started(installation: Installation, say: Say) -> LocalAws:
    say("starting the embedded AWS")
    return LocalAws.start(account=installation.account or "", region=installation.region)


def _settled(aws: LocalAws, installation: Installation, say: Say) -> Installation:
    """Who and what is there before a deploy; the installation with the ids of what it names."""
    _within_zones(installation, aws.client("ec2").describe_availability_zones()["AvailabilityZones"])
    surroundings(aws, installation)
    if not names_ids(installation):
        return installation
    say("making what the file names by id as its owner would; ids cannot be chosen, so the real ones take their place")
    return bring(aws, installation)


def _within_zones(installation: Installation, rows: list[Mapping[str, str]]) -> None:
    network, ids = installation.network, {row["ZoneId"] for row in rows}
    if network.existing:
        return
    rule, way_out = f"the embedded AWS has {', '.join(sorted(ids))}", "Try with these; plan and synth take every zone"
    faults = [Fault(path="network.zone_ids", value=repr(zone), rule=rule, way_out=way_out)
              for zone in network.zone_ids if zone not in ids]
    control = installation.control_plane.network
    counts = {"network.zones": network.zones, "control_plane.network.zones": control.zones if control else 0}
    faults += [Fault(path=path, value=str(count), rule=rule, way_out=way_out) for path, count in counts.items()
               if count > len(rows)]
    if faults:
        raise InputError(faults)


def _created_roles_first(site: Site) -> None:
    """Removes, as the customer, the roles the installer could not: IAM keeps a boundary that a role still carries."""
    iam = site.aws.client("iam", site.installation.account)
    for role in iam.list_roles(PathPrefix=site.path)["Roles"]:
        name = role["RoleName"]
        if role["Path"] == site.path and name != site.created("bare"):
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
            iam.delete_role(RoleName=name)


def _standing(site: Site) -> Things:
    return standing(site.aws, site.installation.account or "", site.path)


def _words(things: Things) -> tuple[str, ...]:
    return tuple(f"{kind} {id}" for kind, id in sorted(things))
