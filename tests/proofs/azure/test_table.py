"""The table of Azure's types against the providers' own packages, and against what the claims read."""

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

import conveyor_iac.proofs
from conveyor_iac.model.catalogue.proofs.azure import azure_types
from conveyor_iac.proofs.azure.actions import matches
from tests.proofs.azure.small import CLAIMS

TABLE = azure_types()
NAMES = {name.removeprefix("azure.") for name in CLAIMS}
ROOM = Path(conveyor_iac.proofs.__file__).parent
TOKEN = re.compile(r'type_token\("((?:azure-native|azuread):[^"]+)"\)')
RESOURCE = re.compile(r'"((?:[a-z]+:[A-Z]\w+)|azuread:index/\w+:\w+)"')


@cache
def tokens(package, module=""):
    """The types that a provider's package has in a module."""
    found = importlib.util.find_spec(package)
    folder = Path(found.submodule_search_locations[0], *module.split(".") if module else ())
    return {token for path in folder.glob("*.py") for token in TOKEN.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("token", [*TABLE.known, *TABLE.doubtful])
def test_types_exist(token):
    """Each type that is named is one of azure-native or azuread."""
    package, module, _ = token.split(":")
    assert token in (tokens("pulumi_azuread") if package == "azuread" else tokens("pulumi_azure_native", module))


def test_each_type_stands_in_one_place():
    """A type is known or doubtful; powers, secrets and parts are known."""
    assert not set(TABLE.known) & set(TABLE.doubtful)
    assert {*TABLE.powers, *TABLE.secrets, *TABLE.parts} <= set(TABLE.known)
    assert all({**TABLE.known, **TABLE.powers, **TABLE.secrets}.values())


def test_concerns_are_claims():
    """What a type or a module may concern are the names of claims, or all of them."""
    told = {name for names in (*TABLE.doubtful.values(), *TABLE.namespaces.values()) for name in names}
    assert told <= {*NAMES, "*"}
    assert {*told, "*"} == {*NAMES, "*"}


@pytest.mark.parametrize("module", sorted(set(TABLE.namespaces) - {"azuread"}))
def test_modules_exist(module):
    """Each module that is named is one of azure-native."""
    assert tokens("pulumi_azure_native", module)


def test_what_the_claims_read_is_known():
    """Each type that a claim or its room names is known to the table."""
    folders = (ROOM / "azure", ROOM / "claims" / "azure")
    named = {found for folder in folders for path in folder.glob("*.py")
             for found in RESOURCE.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert {name if name.startswith("azuread:") else f"azure-native:{name}" for name in named} <= set(TABLE.known)


def test_forbidden_actions_are_whole():
    """Forbidden actions are no patterns, each stands once, and only those on assignments can be bounded."""
    actions = [row.action for row in TABLE.forbidden]
    assert len(set(actions)) == len(actions)
    assert not any("*" in action for action in actions)
    assert {row.action for row in TABLE.forbidden if row.assigns} == {
        action for action in actions if matches("*/roleAssignments/*", action)}
