"""The command of one stack: a change set, its parameters in a file, and the script that makes and shows it.

The external id is asked by the shell. It goes to the AWS CLI through a pipe (a process substitution of bash): it stands
in no file, in no environment of another process and in no list of processes.
"""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from conveyor_iac.publishing.rollout.stacks import VPC, ZONES, Stack

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)
PARAMETERS, CHANGE_SET, DEPLOY = "parameters.json", "change-set.json", "deploy.sh"


def files(stack: Stack, version: str) -> dict[str, bytes]:
    """The files of the command, by name: the request, its parameters, the script."""
    return {CHANGE_SET: spelled(change_set(stack)), PARAMETERS: parameters(stack), DEPLOY: deploy(stack, version)}


def change_set(stack: Stack) -> dict[str, object]:
    """The request of `aws cloudformation create-change-set`, but for its name, its kind and its parameters."""
    return {"StackName": stack.name, "TemplateURL": stack.template.url, "Capabilities": list(CAPABILITIES),
            **({"Tags": tags(stack)} if stack.tags else {})}


def parameters(stack: Stack) -> bytes:
    """The values that are known, as the AWS CLI reads them, in the template's order."""
    return spelled([{"ParameterKey": name, "ParameterValue": stack.values[name]}
                    for name in stack.template.parameters if name in stack.values])


def deploy(stack: Stack, version: str) -> bytes:
    """The script that makes the change set, shows it, and executes it where it is told to."""
    said = (f"Deploys the stack {stack.name} from release {version}: makes a change set and shows it.",
            "With --execute it is executed as well. Without a terminal the external id is taken from EXTERNAL_ID.")
    return script("deploy.sh", said, {
        "STACK": stack.name, "ACCOUNT": stack.account, "REGION": stack.region,
        "CHANGE_SET": f"conveyor-{''.join(sign if sign.isalnum() else '-' for sign in version)}",
        **_asked(stack), "ZONE_COUNT": str(stack.zones) if ZONES in stack.asked else "",
        "ZONE_IDS": " ".join(stack.zone_ids) if ZONES in stack.asked else "",
        "NETWORK": stack.network or "" if VPC in stack.asked else ""})


def _asked(stack: Stack) -> dict[str, str]:
    return {"SECRET": " ".join(stack.secrets)}


def script(name: str, said: tuple[str, ...], settings: Mapping[str, str]) -> bytes:
    """A script of this folder with what is to be said of it and its settings put in front."""
    body = (Path(__file__).parent / name).read_text(encoding="utf-8")
    head = "".join(f"# {line}\n" for line in said)
    values = "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items())
    return f"#!/usr/bin/env bash\n{head}set -euo pipefail\n{values}\n{body}".encode()


def tags(stack: Stack) -> list[dict[str, str]]:
    """The tags of a stack as CloudFormation reads them."""
    return [{"Key": key, "Value": value} for key, value in sorted(stack.tags.items())]


def spelled(value: object) -> bytes:
    """JSON as a file."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
