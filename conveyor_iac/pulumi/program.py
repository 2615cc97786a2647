"""What a Pulumi program says and does: the stack's settings become words, and the words a deployment in their place.

The settings are the keys of an installation file under `conveyor:`, or `conveyor:file`, which names one; each key given
beside the file takes the place of the file's, whole. All faults of the settings are found at once, before anything is
registered. Knows both clouds, and loads the packages of the one that is asked for.
"""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi.runtime.config as pulumi_config

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model.door import perhaps, shown_at
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan
from conveyor_iac.model.settings import EXTERNAL_ID, FILE, NAMESPACE, PROTECT, SET_EXTERNAL_ID, is_left_out, kinds
from conveyor_iac.model.words import words_of
from conveyor_iac.pulumi.door import Refused, missing
from conveyor_iac.pulumi.words import DeploymentArgs

_DEPLOYMENTS: Mapping[str, tuple[str, str]] = {
    "shared": ("aws", "SharedDeployment"),
    "private": ("aws", "PrivateDeployment"),
    "dedicated": ("aws", "DedicatedDeployment"),
    "endpoint-service": ("aws", "EndpointServiceDeployment"),
    "azure-shared": ("azure", "AzureDeployment"),
}
"""The room and the component of each model."""
_EXPORTED = ("installer_role_arn", "session_name", "vpc_id", "service_name", "tenant_id", "subscription_id", "group_id",
             "access_package_link", "machine_client_id", "vnet_id", "outputs", "contract")


def asked() -> DeploymentArgs:
    """The words of this stack: what its settings say, laid over the file they name; the external id is a secret.

    Raises `Refused` with every fault at once: of a key that is none (with what was perhaps meant), of an external id
    that is not encrypted, of the file, of the installation and of its plan.
    """
    given = _given()
    faults = [*_unknown(), *_in_the_open(given)]
    own = {key: given.pop(key) for key in (FILE, PROTECT) if key in given}
    if not isinstance(own.get(PROTECT, True), bool):
        faults.append(_fault(PROTECT, repr(own[PROTECT]), "true or false", "Leave it out: then they are protected"))
    try:
        words = {**_of_file(own.get(FILE)), **given}
        faults += _unfit(words)
    except InputError as unread:
        faults += unread.faults
    if faults:
        raise Refused("the settings of this stack", tuple(sorted(faults, key=lambda fault: fault.path)))
    if EXTERNAL_ID in words:
        words[EXTERNAL_ID] = pulumi.Output.secret(words[EXTERNAL_ID])
    return cast(DeploymentArgs, {**words, **({PROTECT: own[PROTECT]} if PROTECT in own else {})})


def model_of(words: Mapping[str, Any]) -> str:
    """Which deployment the words ask for: shared, private, dedicated, endpoint-service or azure-shared."""
    if words.get("cloud") == "azure":
        return f"azure-{words['deployment']}"
    return str(words["deployment"]) if words.get("kind", "installation") == "installation" else str(words["kind"])


def in_account(words: Mapping[str, Any]) -> pulumi.ResourceOptions:
    """Options for a deployment in the region and account of the words: the provider refuses credentials of another.

    It signs in as the stack's settings say (`aws:profile`, `aws:assumeRoles`), with their `aws:defaultTags` and
    `aws:endpoints`: a provider of one's own reads none of them by itself.
    """
    import pulumi_aws as aws

    account, config = words.get("account"), pulumi.Config("aws")
    settings = {"assume_roles": "assumeRoles", "default_tags": "defaultTags", "endpoints": "endpoints"}
    given: dict[str, Any] = {word: _object(config, key) for word, key in settings.items()}
    return pulumi.ResourceOptions(provider=aws.Provider(
        str(words["tenant"]), region=words["region"], allowed_account_ids=[account] if account else None,
        profile=config.get("profile"), **given))


def in_subscription(words: Mapping[str, Any]) -> pulumi.ResourceOptions:
    """Options for a deployment in the Entra tenant of the words, and in their subscription where it exists.

    Its providers sign in as the stack's settings say (`azure-native:clientId`, `azuread:useOidc` and so on).
    """
    from conveyor_iac.pulumi.azure.providers import for_subscription, for_tenant

    name, azure = str(words["tenant"]), words["azure"]
    return pulumi.ResourceOptions(providers=[
        for_subscription(name, azure.get("subscription_id"), azure["tenant_id"]),
        for_tenant(name, azure["tenant_id"])])


def _object(config: pulumi.Config, key: str) -> Any:
    """A setting as the engine's own provider takes it, whole; a secret one stays a secret."""
    secret = pulumi_config.is_config_secret(f"{config.name}:{key}")
    return config.get_secret_object(key) if secret else config.get_object(key)


def export(deployment: pulumi.ComponentResource) -> None:
    """What the deployment hands out as outputs of the stack, under the same names; what it has not is left out."""
    for name in _EXPORTED:
        if (value := getattr(deployment, name, None)) is not None:
            pulumi.export(name, value)


def deployed(words: DeploymentArgs) -> pulumi.ComponentResource:
    """The deployment that the words ask for, in their place, named as the tenant; its outputs exported."""
    cloud, kind = _DEPLOYMENTS[model_of(words)]
    place = in_subscription if cloud == "azure" else in_account
    deployment: pulumi.ComponentResource = getattr(import_module(f"conveyor_iac.pulumi.{cloud}"), kind)(
        str(words["tenant"]), words, place(words))
    export(deployment)
    return deployment


def _given() -> dict[str, Any]:
    """Every key that the settings give, as the value it stands for."""
    config = pulumi.Config(NAMESPACE)
    said = {key: _value(kind, text) for key, kind in kinds().items() if (text := config.get(key)) is not None}
    return {key: value for key, value in said.items() if not is_left_out(value)}


def _value(kind: str, text: str) -> Any:
    """A setting as a value; a text that is none of its kind stays a text, and the front door says what is needed."""
    if kind == "string":
        return text
    try:
        return json.loads(text) if text else ""
    except (ValueError, RecursionError):
        return text


def _unknown() -> Iterator[Fault]:
    """A fault for every key under `conveyor:` that means nothing here."""
    full = {*pulumi_config.CONFIG.get(), *pulumi_config.get_config_env()}
    for key in sorted(name.removeprefix(f"{NAMESPACE}:") for name in full if name.startswith(f"{NAMESPACE}:")):
        if key not in kinds():
            value = HIDDEN if _is_secret(key) else shown_at([key], pulumi.Config(NAMESPACE).get(key))
            yield _fault(key, value, "no such key", perhaps(key, kinds()))


def _in_the_open(given: Mapping[str, Any]) -> Iterator[Fault]:
    if EXTERNAL_ID in given and not _is_secret(EXTERNAL_ID):
        yield _fault(EXTERNAL_ID, HIDDEN, "a secret, encrypted in the settings", f"Give it anew: {SET_EXTERNAL_ID}")


def _is_secret(key: str) -> bool:
    return pulumi_config.is_config_secret(f"{NAMESPACE}:{key}")


def _of_file(file: str | None) -> Mapping[Any, Any]:
    """The words of a file, from the project's root, or from the working directory of an inline program."""
    if file is None:
        return {}
    try:
        words = words_of(_root() / file)
    except InputError as refused:
        raise InputError(_fault(FILE, repr(file), fault.rule, fault.way_out) for fault in refused.faults) from None
    if not isinstance(words, Mapping):
        raise InputError([_fault(FILE, repr(file), "a mapping of keys to values", "Start from `conveyor-iac init`")])
    return words


def _root() -> Path:
    """Where the project is: inline programs have no such place, and mocks only a word for it."""
    root = Path(pulumi.get_root_directory() or ".")
    return root if root.is_absolute() else Path()


def _unfit(words: Mapping[Any, Any]) -> Iterator[Fault]:
    """The faults of the words, and of what would be made of them."""
    try:
        planned = plan(Installation.read(words))
    except InputError as refused:
        yield from refused.faults
        return
    if planned.installer and EXTERNAL_ID not in words:
        yield missing(EXTERNAL_ID, "the external id that is agreed with the vendor", f"Give it: {SET_EXTERNAL_ID}")


def _fault(key: str, value: str, rule: str, way_out: str) -> Fault:
    return Fault(path=f"{NAMESPACE}:{key}", value=value, rule=rule, way_out=way_out)
