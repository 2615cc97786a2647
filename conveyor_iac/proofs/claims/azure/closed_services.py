"""azure.closed-services: key vaults, registries and storage accounts are closed to the public, and open to no key."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.azure.contract import SERVICES
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import at, has, is_on, judged, known, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_VAULT, _REGISTRY, _STORAGE = SERVICES


def _asked(case: Case) -> bool:
    return has(case, *(type_.partition(":")[2] for type_ in SERVICES), "keyvault:AccessPolicy")


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    yield from stack.strangers("closed-services")
    agreed = stack.contract.closed if stack.contract else ()
    for one in stack.of(*(type_.partition(":")[2] for type_ in SERVICES), read=True):
        if not one.elsewhere or one.name in agreed:
            yield from judged(one.name, partial(_CHECKS[one.type], one))
    for one in stack.of("storage:BlobServiceProperties"):
        if known(one.values.get("staticWebsite"), f"staticWebsite of {one.name}"):
            yield undecided(f"what the website of {one.name} shows, and to whom")
    for one in stack.of("keyvault:AccessPolicy"):
        yield _wrong(one, "type", "keyvault:AccessPolicy", "an access policy stands beside the roles that were agreed")
    yield proved()


def _wrong(one: Resource, key: str, value: Any, because: str) -> Answer:
    return refuted({"resource": one.name, key: value, "because": because})


def _shut(one: Resource, path: str) -> Iterator[Answer]:
    """Public access is turned off as a whole."""
    found = at(one, path)
    if str(found).lower() == "securedbyperimeter":
        yield undecided(f"what the perimeter around {one.name} lets in")
    elif str(found).lower() != "disabled":
        yield _wrong(one, path, found, "it is reached from any network: the way in is not Disabled")


def _vault(one: Resource) -> Iterator[Answer]:
    yield from _shut(one, "properties.publicNetworkAccess")
    for key, because in (("enableRbacAuthorization", "access policies decide in it, and no roles"),
                         ("enablePurgeProtection", "what is deleted can be purged at once")):
        if not is_on(found := at(one, f"properties.{key}")):
            yield _wrong(one, f"properties.{key}", found, because)
    soft = at(one, "properties.enableSoftDelete")
    if soft is not None and not is_on(soft):
        yield _wrong(one, "properties.enableSoftDelete", soft, "what is deleted is gone at once")
    if policies := rows(one, "properties.accessPolicies"):
        yield _wrong(one, "properties.accessPolicies", len(policies), "access policies stand beside the agreed roles")


def _registry(one: Resource) -> Iterator[Answer]:
    yield from _shut(one, "publicNetworkAccess")
    for key, because in (("adminUserEnabled", "whoever has the admin's password is let in"),
                         ("anonymousPullEnabled", "whoever reaches it may pull")):
        if is_on(found := at(one, key)):
            yield _wrong(one, key, found, because)


def _storage(one: Resource) -> Iterator[Answer]:
    access = str(at(one, "publicNetworkAccess") or "Enabled").lower()
    if access == "securedbyperimeter":
        yield undecided(f"what the perimeter around {one.name} lets in")
    elif access != "disabled":
        yield from _ruled(one)
    blobs = at(one, "allowBlobPublicAccess")
    if blobs is None:
        yield undecided(f"whether containers of {one.name} may be public: allowBlobPublicAccess is not said")
    elif is_on(blobs):
        yield _wrong(one, "allowBlobPublicAccess", blobs, "a container may be made public")
    keys = at(one, "allowSharedKeyAccess")
    if keys is None or is_on(keys):
        yield _wrong(one, "allowSharedKeyAccess", keys, "whoever has a key of the account is let in")
    version = str(at(one, "minimumTlsVersion") or "TLS1_0").upper()
    if version not in ("TLS1_2", "TLS1_3"):
        yield _wrong(one, "minimumTlsVersion", version, "older versions of TLS are taken")
    plain = at(one, "enableHttpsTrafficOnly")
    if plain is not None and not is_on(plain):
        yield _wrong(one, "enableHttpsTrafficOnly", plain, "requests in clear are taken")
    for key in ("isSftpEnabled", "enableNfsV3"):
        if is_on(found := at(one, key)):
            yield _wrong(one, key, found, "it is reached by another protocol, past Entra's tokens")


def _ruled(one: Resource) -> Iterator[Answer]:
    """Where the way in is not shut as a whole, nobody is let in by its rules but Azure's trusted services."""
    action = str(at(one, "networkRuleSet.defaultAction") or "Allow").lower()
    if action != "deny":
        yield _wrong(one, "networkRuleSet.defaultAction", action, "it is reached from any network")
    for key in ("ipRules", "ipv6Rules", "virtualNetworkRules", "resourceAccessRules"):
        if found := rows(one, f"networkRuleSet.{key}"):
            yield _wrong(one, f"networkRuleSet.{key}", len(found), "a rule lets others in")
    bypass = str(at(one, "networkRuleSet.bypass") or "AzureServices")
    if "azureservices" in bypass.lower():
        yield proved(f"{one.name} lets in Azure's trusted services, which is how logs are written to it.")


_CHECKS: Mapping[str, Callable[[Resource], Iterator[Answer]]] = {_VAULT: _vault, _REGISTRY: _registry,
                                                                 _STORAGE: _storage}

CLAIM = Claim(
    id="azure.closed-services",
    title="Key vaults, registries and storage accounts are closed to the public, and open by roles only",
    why="Secrets, images and logs are reached by private endpoints and by who holds a role, never by a key that leaks.",
    source="https://learn.microsoft.com/azure/key-vault/general/network-security",
    asked=_asked,
    check=_check,
)
