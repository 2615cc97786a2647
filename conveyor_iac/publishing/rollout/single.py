"""Everything that launches one installation: a folder per stack, the workflow, the sheet and the page that lead to it.

    README.md, rollout.json      what is here and in which order, for people and for programs
    github-workflow.yml          both stacks by GitHub Actions and OIDC
    TEMPLATE/quick-create.txt    the link into CloudFormation's console
    TEMPLATE/deploy.sh           the AWS CLI: change-set.json and parameters.json are what it sends
    TEMPLATE/stack-set/          the same stack in many accounts
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout import commands, links, stack_sets
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import Stack, stacks
from conveyor_iac.publishing.rollout.workflow import SECRET, workflow

SHEET, PAGE, WORKFLOW = "rollout.json", "README.md", "github-workflow.yml"


def rollout(installation: Installation, offer: Offer) -> dict[str, bytes]:
    """The files of a folder, by name; the same of the same installation and release. Raises as `stacks` does."""
    made = stacks(installation, offer)
    files = {SHEET: commands.spelled(sheet(made, offer)), PAGE: _page(made, offer).encode(),
             WORKFLOW: workflow(made, offer.version)}
    for stack in made:
        folder, link = stack.template.name, links.quick_create(stack)
        files |= {f"{folder}/{name}": content for name, content in commands.files(stack, offer.version).items()}
        files |= {f"{folder}/stack-set/{name}": content
                  for name, content in stack_sets.files(stack, offer.version).items()}
        files |= {f"{folder}/quick-create.txt": f"{link}\n".encode()} if link else {}
    return files


def sheet(made: Sequence[Stack], offer: Offer) -> dict[str, Any]:
    """What is rolled out, as rollout.json and `--json` say it."""
    first = made[0]
    return {"schema": 1, "version": offer.version, "release": offer.url,
            "withdrawn": offer.withdrawn.as_json() if offer.withdrawn else None,
            "tenant": first.tenant, "account": first.account, "region": first.region,
            "stacks": [_told(stack) for stack in made]}


def _told(stack: Stack) -> dict[str, Any]:
    return {"template": stack.template.name, "stack": stack.name, "template_url": stack.template.url,
            "sha256": stack.template.sha256, "quick_create_url": links.quick_create(stack),
            "no_quick_create": links.why_none(stack) or None, "parameters": dict(stack.values),
            "asked_when_deploying": dict(stack.asked), "never_written": list(stack.secrets), "tags": dict(stack.tags),
            "stack_set": {"name": stack_sets.called(stack), "each_account_its_own": list(stack.own),
                          "new_accounts_by_themselves": stack_sets.grows(stack)}}


def _page(made: Sequence[Stack], offer: Offer) -> str:
    first = made[0]
    lines = [f"# Rolling out {first.tenant} in account {first.account}, {first.region}", "",
             f"Release {offer.version} at {offer.url}", *_withdrawn(offer), "",
             "Before anything else, hold the release against the vendor's key:", "",
             f"    conveyor-iac verify-release {offer.url}", "",
             "Take one of the ways below, for each stack in this order. None of these files holds the external id."]
    for number, stack in enumerate(made, 1):
        lines += ["", f"## {number}. {stack.name}", "", *_ways(stack)]
    lines += ["", "## All by GitHub Actions", "", f"Copy {WORKFLOW} into .github/workflows/ and commit this folder. The"
              f" external id is the secret {SECRET}; the role to assume is asked at each start. Start it with *execute*"
              " the first time: a stack cannot be shown before the one that it stands on is there."]
    return "\n".join(lines) + "\n"


def _withdrawn(offer: Offer) -> Iterator[str]:
    """Of what the index says only this: which version is the latest, and where it was looked for, changes by itself."""
    if offer.withdrawn:
        yield f"\n**WITHDRAWN on {offer.withdrawn.at}: {' '.join(offer.withdrawn.reason.split())}**"


def _ways(stack: Stack) -> Iterator[str]:
    folder = stack.template.name
    yield f"Template {stack.template.url}, SHA-256 {stack.template.sha256}."
    yield ""
    if link := links.quick_create(stack):
        yield f"- In the console: [quick-create link]({link})."
        for name, what in stack.asked.items():
            yield f"  There fill in {name}: {what}."
    else:
        yield f"- No quick-create link: {links.why_none(stack)}."
    yield f"- With the AWS CLI: `bash {folder}/deploy.sh`, or with `--execute`."
    yield f"- In many accounts: `bash {folder}/stack-set/stack-set.sh`, or the template beside it as a stack."
    if stack.own:
        yield f"  Each account has its own {', '.join(stack.own)}; give it one run of the script."


def shown(told: Mapping[str, Any]) -> str:
    """The sheet as a few lines."""
    lines = [f"{told['tenant']} in {told['account']}, {told['region']}: release {told['version']}"]
    for stack in told["stacks"]:
        lines += ["", stack["stack"], f"  template  {stack['template_url']}",
                  f"  launch    {stack['quick_create_url'] or stack['no_quick_create']}"]
        lines += [f"  asked     {name}: {what}" for name, what in stack["asked_when_deploying"].items()]
        lines += [f"  secret    {name}" for name in stack["never_written"]]
    return "\n".join(lines)
