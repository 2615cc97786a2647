"""The StackSet of one stack: the same template in many accounts of one customer, by CloudFormation's own means.

Service-managed: the accounts are those of organizational units, and no role is made in them by hand. There are no
nested stacks in it. A NoEcho parameter can be given to a StackSet, and CloudFormation keeps it hidden; here it is a
parameter of the template, or asked by the script, and stands in no file.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.publishing.rollout import commands
from conveyor_iac.publishing.rollout.stacks import Stack

PREFERENCES: Mapping[str, Any] = {"RegionConcurrencyType": "SEQUENTIAL", "MaxConcurrentPercentage": 20,
                                  "FailureTolerancePercentage": 5, "ConcurrencyMode": "STRICT_FAILURE_TOLERANCE"}
"""A fifth of the accounts at once; it stops when more than one in twenty failed, below twenty accounts at the first."""
OUS, ACCOUNT = "OrganizationalUnitIds", "Account"
_OU = r"r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}"
_KEPT = ("Description", "AllowedPattern", "AllowedValues", "ConstraintDescription", "MinLength", "MaxLength", "NoEcho")


def files(stack: Stack, version: str) -> dict[str, bytes]:
    """The files of the StackSet, by name: a template of it; and the same as requests, with the script that sends."""
    return {
        "stack-set.template.json": commands.spelled(template(stack, version)),
        "stack-set.json": commands.spelled(request(stack, version)),
        "parameters.json": commands.spelled(_given(stack)),
        "operation-preferences.json": commands.spelled(PREFERENCES),
        "stack-set.sh": script(stack, version),
    }


def called(stack: Stack) -> str:
    """The name of the StackSet."""
    return f"{stack.name}-accounts"


def grows(stack: Stack) -> bool:
    """Whether an account that joins a unit gets its stack by itself: where no value is of one account alone."""
    return not stack.own


def request(stack: Stack, version: str) -> dict[str, Any]:
    """The request of `aws cloudformation create-stack-set`, but for its parameters."""
    return {"StackSetName": called(stack), "Description": _described(stack, version),
            "TemplateURL": stack.template.url, "Capabilities": list(commands.CAPABILITIES),
            "PermissionModel": "SERVICE_MANAGED", "AutoDeployment": _auto(stack), "ManagedExecution": {"Active": True},
            **({"Tags": commands.tags(stack)} if stack.tags else {})}


def template(stack: Stack, version: str) -> dict[str, Any]:
    """A template of the StackSet, for the organisation's management account or a delegated administrator."""
    own = {name: _parameter(stack, name) for name in stack.own}
    secret = {name: _parameter(stack, name) for name in stack.secrets}
    where: dict[str, Any] = {OUS: {"Type": "CommaDelimitedList", "AllowedPattern": _OU, "Description": "The"
                                   " organizational units or roots whose accounts get the stack."}}
    if own:
        where[ACCOUNT] = {"Type": "String", "AllowedPattern": "[0-9]{12}", "Description": "The account that these"
                          " values are of. Add an item to StackInstancesGroup for each further one."}
    properties = {**request(stack, version), "CallAs": "SELF", "OperationPreferences": dict(PREFERENCES),
                  "Parameters": [*_given(stack), *_referred({**own, **secret})],
                  "StackInstancesGroup": [_group(stack, own)]}
    return {"Description": _described(stack, version), "Parameters": where | own | secret,
            "Resources": {"StackSet": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}},
            "Outputs": {"StackSetId": {"Description": "The id of the StackSet.", "Value": {"Ref": "StackSet"}}}}


def script(stack: Stack, version: str) -> bytes:
    """The script that makes the StackSet where there is none, and gives units or one account their stack."""
    words = "OU[,OU...]" + "".join(f" {word}" for word in (
        *(["ACCOUNT"] if stack.own else []), *(f"{name}=VALUE" for name in stack.own)))
    said = (f"Makes the StackSet {called(stack)} of release {version}, from the organisation's management account.",
            f"bash stack-set.sh {words}",
            "CALL_AS=DELEGATED_ADMIN for a delegated administrator; TARGET_REGION for an account in another region.")
    return commands.script("stack-set.sh", said, {
        "STACK_SET": called(stack), "REGION": stack.region, "WORDS": words, "OWN": " ".join(stack.own),
        "SECRET": " ".join(stack.secrets)})


def _described(stack: Stack, version: str) -> str:
    return f"{stack.template.name} {version} of tenant {stack.tenant}"


def _auto(stack: Stack) -> dict[str, bool]:
    """An account that leaves keeps its stack: a data plane is not destroyed by moving an account."""
    return {"Enabled": True, "RetainStacksOnAccountRemoval": True} if grows(stack) else {"Enabled": False}


def _given(stack: Stack) -> list[dict[str, str]]:
    """The values that are the same in every account."""
    return [{"ParameterKey": name, "ParameterValue": stack.values[name]} for name in stack.template.parameters
            if name in stack.values and name not in stack.own]


def _group(stack: Stack, own: Mapping[str, Any]) -> dict[str, Any]:
    targets: dict[str, Any] = {"OrganizationalUnitIds": {"Ref": OUS}}
    if not own:
        return {"DeploymentTargets": targets, "Regions": [stack.region]}
    targets |= {"Accounts": [{"Ref": ACCOUNT}], "AccountFilterType": "INTERSECTION"}
    return {"DeploymentTargets": targets, "Regions": [stack.region], "ParameterOverrides": _referred(own)}


def _referred(names: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"ParameterKey": name, "ParameterValue": {"Ref": name}} for name in names]


def _parameter(stack: Stack, name: str) -> dict[str, Any]:
    """A parameter as a text, without a default: types of AWS's own would be looked up in the wrong account."""
    declared = stack.template.parameters[name]
    return {"Type": "String", **{key: declared[key] for key in _KEPT if key in declared}}
