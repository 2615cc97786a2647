"""Quick-create links: CloudFormation's console with a template and its parameters filled in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

from urllib.parse import quote, urlencode

from conveyor_iac.publishing.rollout import facts
from conveyor_iac.publishing.rollout.stacks import VPC, Stack

FILL_IN = "FILL-IN-THE-VPC-ID"
"""Stands for a VPC that is not known yet. No template takes it, so that nobody deploys without the data perimeter."""


def quick_create(stack: Stack) -> str | None:
    """The link for a stack; none where the stack has tags, for which such a link has no words.

    What is NoEcho is not in it: the console asks. Nor are the zones, which it offers for choice.
    """
    if stack.tags:
        return None
    values = {name: stack.values[name] for name in stack.template.parameters if name in stack.values}
    values |= {VPC: FILL_IN} if VPC in stack.asked else {}
    words = {"templateURL": stack.template.url, "stackName": stack.name,
             **{f"param_{name}": value for name, value in values.items()}}
    return f"{facts.console(stack.region)}#/stacks/quickcreate?{urlencode(words, quote_via=quote, safe='')}"


def why_none(stack: Stack) -> str:
    """Why a stack has no link, or nothing."""
    return "the stack has tags, and a quick-create link has no words for tags: use deploy.sh" if stack.tags else ""
