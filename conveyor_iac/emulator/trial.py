"""A trial: one installation really deployed to the embedded AWS, its role used, and everything removed again.

`app` goes through the real CDK CLI, `published` through CloudFormation with the template in a bucket and its
parameters filled in, as a customer does who clicks "Launch Stack".
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conveyor_iac.cdk.assembly import Profile, assemble
from conveyor_iac.emulator import deploying
from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.emulator.site import Site, surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.emulator.usage import Use, landscape, use
from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import parameters_of

PUBLISHED_STACK = "conveyor-installer-role"

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it: resources per stack, every use of the role, and what was left after the removal."""

    profile: Profile
    resources: Mapping[str, int]
    uses: tuple[Use, ...]
    left: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether every use was answered as it must be and nothing was left."""
        return not self.left and all(row.met for row in self.uses)


def attempt(installation: Installation, profile: Profile, tools: Path, say: Say) -> Trial:
    """Starts an embedded AWS, deploys, uses, removes and stops; `say` is told each step.

    Raises `InputError` when a tool is missing or the region is of another partition than aws, which is all the
    embedded AWS knows; `AnswerIsNo` when a deploy fails.
    """
    _triable(installation, profile)
    command = cdk_command(tools) if profile == "app" else []
    with TemporaryDirectory(prefix="conveyor-try-") as folder, _started(installation, say) as aws:
        templates = _synthesized(installation, profile, Path(folder), say)
        external_id = secrets.token_urlsafe(32)
        surroundings(aws, installation)
        if profile == "app":
            say("cdk deploy --all, in an account that was never bootstrapped")
            given = {f"{list(templates)[-1]}:ExternalId": external_id}
            deploying.cdk_deploy(aws, command, tools, folder, given)
        else:
            say("creating the stack from the published template, with its parameters")
            given = {**parameters_of(installation), "ExternalId": external_id}
            deploying.template_deploy(aws, PUBLISHED_STACK, next(iter(templates.values())), given)
        made = deploying.deployed(aws)
        say("using the installer role, rightly and wrongly")
        site = Site(aws=aws, installation=installation, external_id=external_id, outputs=made.outputs)
        landscape(site)
        uses = tuple(use(site))
        say("removing everything")
        _created_roles_first(site)
        if profile == "app":
            deploying.cdk_destroy(aws, command, tools, folder)
        else:
            deploying.template_destroy(aws, PUBLISHED_STACK)
        return Trial(profile=profile, resources=made.resources, uses=uses, left=tuple(_left(site)))


def _triable(installation: Installation, profile: Profile) -> None:
    extras = installation.installer
    if profile == "published" and (extras.tag_session or extras.set_source_identity):
        raise InputError([Fault(path="installer", value="tag_session or set_source_identity",
                                rule="the published template has no parameter for them", way_out="Use --profile app")])
    known = next(row.regions for row in catalogue.partitions() if row.name == "aws")
    if installation.region not in known:
        raise InputError([Fault(path="region", value=repr(installation.region),
                                rule="a region of the partition aws: the embedded AWS knows no other",
                                way_out="Try with another region; plan and synth work with this one")])


def _started(installation: Installation, say: Say) -> LocalAws:
    say("starting the embedded AWS")
    return LocalAws.start(account=installation.account or "", region=installation.region)


def _synthesized(installation: Installation, profile: Profile, folder: Path, say: Say) -> Mapping[str, Path]:
    say(f"synthesizing ({profile})")
    return assemble([] if profile == "published" else [installation], profile, folder)


def _created_roles_first(site: Site) -> None:
    """Removes, as the customer, the roles the installer could not: IAM keeps a boundary that a role still carries."""
    iam = site.aws.client("iam", site.installation.account)
    for role in iam.list_roles(PathPrefix=site.path)["Roles"]:
        name = role["RoleName"]
        if role["Path"] == site.path and name != site.created("bare"):
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
            iam.delete_role(RoleName=name)


def _left(site: Site) -> Iterator[str]:
    """Stacks, policies and roles of ours that are still there, but for those the landscape holds."""
    aws, account = site.aws, site.installation.account
    for stack in aws.client("cloudformation").describe_stacks()["Stacks"]:
        yield f"stack {stack['StackName']}"
    iam = aws.client("iam", account)
    for policy in iam.list_policies(Scope="Local", PathPrefix=site.path)["Policies"]:
        yield f"policy {policy['PolicyName']}"
    for role in iam.list_roles(PathPrefix=site.path)["Roles"]:
        if role["RoleName"] != site.created("bare"):
            yield f"role {role['RoleName']}"
