"""docs/azure.md against the model: its file, faults and tables. The engine runs it in tests/engine/test_docs.py."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.errors import InputError
from conveyor_iac.model.azure.access import OWNER
from conveyor_iac.model.azure.identities import OPERATOR
from conveyor_iac.model.azure.installation import REGISTRY_ZONE, VAULT_ZONE
from conveyor_iac.model.azure.network import accounting, usable
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.azure.subscription import registering
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made
from conveyor_iac.model.plan import plan
from conveyor_iac.proofs import claims

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "azure.md").read_text()
EXAMPLE = ROOT / "examples" / "azure-shared.yaml"


def block(mark: str, kind: str) -> str:
    (found,) = re.findall(rf"<!-- {mark}(?:: [^>]*)? -->\n```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def flat(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())


def rows(mark: str) -> list[list[str]]:
    """The cells of the table under a mark, without its head."""
    (found,) = re.findall(rf"<!-- {mark}(?:: [^>]*)? -->\n((?:\|.*\n)+)", PAGE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()[2:]]


@pytest.fixture(scope="module")
def made() -> Scaffolding:
    """The scaffolding of the example that the page explains."""
    found = plan(Installation.load(EXAMPLE)).azure
    assert found
    return found


def test_the_file_of_the_page_is_the_example() -> None:
    """The file that the page explains says what the example says, key by key."""
    assert yaml.safe_load(block("file", "yaml")) == yaml.safe_load(EXAMPLE.read_text())


def test_a_refused_file_ends_as_shown() -> None:
    """The faults that the page shows are those of the file above them, each once, in that order."""
    with pytest.raises(InputError) as refused:
        Installation.read(yaml.safe_load(block("refused", "yaml")))
    assert [str(fault) for fault in refused.value.faults] == block("said", "").splitlines()


def test_the_address_plan_is_the_models(made: Scaffolding) -> None:
    """Each part has the block, and the usable addresses, that the model gives it."""
    own, pods = made.network.cidrs
    parts = {**{kind: str(cidr) for kind, cidr in accounting(own).items()}, "Pod": pods}
    assert [row[:3] for row in rows("addresses")] == [[kind, cidr, str(usable(cidr))] for kind, cidr in parts.items()]
    assert ip_network(parts["Firewall"]).prefixlen <= 26


def test_the_names_for_the_hubs_firewall_are_the_outbound_table(made: Scaffolding) -> None:
    """Every destination of the example stands in the page's table, and no other; all are TCP 443."""
    told = {name for _, names in rows("names") for name in re.findall(r"`([^`]+)`", names)}
    assert told == {path.destination for path in made.outbound}
    assert {(path.protocol, path.port) for path in made.outbound} == {("TCP", 443)}


def test_the_claims_are_all_told() -> None:
    """The page's table has each claim about Azure with its title, in their order, and no other."""
    told = re.findall(r"^\| `(azure\.[a-z-]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert told == [(id, claims.claim(id).title) for id in claims.IDS if id.startswith("azure.")]


def test_the_roles_that_may_be_assigned_are_told() -> None:
    """The page names the roles that a constrained owner may assign, as many as there are, in the table's order."""
    names = [role.name for role in catalogue.assignable_roles()]
    (told,) = re.findall(r"The six roles are in `plan`, each with its reason: (.*?)\. Managed", PAGE, re.DOTALL)
    assert [name.replace("\n", " ") for name in told.split(", ")] == names
    assert len(names) == 6


def test_the_identities_are_told_with_their_roles(made: Scaffolding) -> None:
    """The table of identities has each of the plan, with its resource group and every role that it holds."""
    groups = {group.name: group.azure_name for group in (made.identities.group, made.subscription.group)}
    held = {one.name: {row.role_name for row in made.identities.assignments
                       if row.principal == Made(name=one.name, attribute="PrincipalId")}
            for one in made.identities.identities}
    table = rows("identities")
    assert [row[:2] for row in table] == [
        [f"`{one.azure_name}`", f"`{groups[one.group]}`"] for one in made.identities.identities]
    assert [{text.partition(" on ")[0] for text in row[2].split("; ")} for row in table] == list(held.values())
    operated = {one.scope.name for one in made.access.assignments if one.role_name == OPERATOR}
    assert [row[3].startswith("give it to") for row in table] == [name in operated for name in held]


def test_who_installs_assigns_no_role() -> None:
    """With the installer role nobody of the vendor's may assign a role, as the page says; the machine never may."""
    words = yaml.safe_load(EXAMPLE.read_text())
    words["azure"]["access"]["role"] = "installer"
    found = plan(Installation.read(words)).azure
    assert found
    assert "**It assigns no roles**" in PAGE
    assert {held.condition for held in found.access.assignments} == {None}
    assert {OWNER} & {held.role_name for held in found.access.assignments} == set()
    actions = {action.lower() for row in catalogue.installer_role() for action in row.actions}
    assert {action for action in actions if action.startswith("microsoft.authorization/")} == set()
    written = {action for action in actions if "userassignedidentities" in action and not action.endswith("/read")}
    assert {action.split("/")[2] for action in written} == {"federatedidentitycredentials"}


def test_the_load_balancer_is_as_told() -> None:
    """The page has the ports of the load balancer, and that it goes with a NAT gateway only."""
    words = yaml.safe_load(EXAMPLE.read_text())
    words["azure"]["vnet"] = {"inbound": "load-balancer"}
    words["azure"]["control_plane"] |= {"tunnel": None, "cidrs": ["20.50.0.0/24"]}
    found = plan(Installation.read(words)).azure
    assert found
    assert found.network.load_balancer
    assert found.network.egress.kind == "nat-gateway"
    balancer = found.network.load_balancer
    assert f"called on TCP {balancer.port} comes to node port {balancer.node_port}" in flat(PAGE)
    words["azure"]["vnet"]["egress"] = "firewall"
    with pytest.raises(InputError, match=r"azure\.vnet\.inbound"):
        Installation.read(words)


def test_nothing_is_moved_unless_asked(made: Scaffolding) -> None:
    """The example's subscription stays where it is; a new one's names change with how the file names it."""
    assert not made.subscription.moved
    words = yaml.safe_load(EXAMPLE.read_text())
    del words["azure"]["subscription_id"]
    words["azure"]["billing_scope"] = "/providers/Microsoft.Billing/billingAccounts/1/enrollmentAccounts/2"
    new = plan(Installation.read(words)).azure
    assert new
    assert new.subscription.alias
    assert new.subscription.alias.display_name.startswith("conveyor-acme")
    assert new.guardrails.store.storage != made.guardrails.store.storage


def test_the_figures_are_the_models(made: Scaffolding) -> None:
    """Days, percentages, zones, names and subjects that the page gives are those of the example's plan."""
    access, rails, network = made.access, made.guardrails, made.network
    vault = made.services.key_vault
    assert access.package
    assert access.group
    assert access.identity
    assert rails.budget
    assert network.flow_log
    assert vault
    (credential,) = access.identity.credentials
    said = [
        f"`expires_after` days, {access.package.expires_after} unless", f"`{access.group.display_name}`",
        " and ".join(map(str, rails.budget.thresholds)) + " percent", *(f"alert *{one.name}*" for one in rails.alerts),
        f"`{credential.subject}`", f"`{credential.audience}`", f"`{VAULT_ZONE}`", f"`{REGISTRY_ZONE}`",
        f"`{network.flow_log.watcher_group}/NetworkWatcher_REGION`", f"`{network.flow_log.group.azure_name}`",
        f"`{made.subscription.group.azure_name}`", f"`{rails.store.group.azure_name}`",
        f"keeps its name for {vault.retention_days} days", f"the setting `{rails.export.azure_name}`",
        f"`{made.identities.group.azure_name}`",
        f"--resource-group {network.flow_log.watcher_group} --locations {made.region} --enabled true",
    ]
    assert [text for text in said if text not in flat(PAGE)] == []
    assert [one.name for one in rails.alerts if one.silence] == ["Silence"]
    store = rails.store
    assert "\n".join((made.subscription.registering()[0], registering(store.subscription, store.providers)[0])) in PAGE


def test_the_keys_that_the_page_names_are_keys() -> None:
    """Each key that the page writes with its path is one of the reference."""
    reference = (ROOT / "docs" / "reference.md").read_text()
    keys = set(re.findall(r"`((?:azure|network|vnet|guardrails|access|services)\.[a-z_.]+)`", PAGE))
    assert keys
    assert {text for text in keys if f"`{text}`" not in reference and f"`azure.{text}`" not in reference} == set()


def test_every_block_is_run_or_marked() -> None:
    """No block of commands, Python or YAML stands on the page without a mark, and what is not run says why."""
    fences: list[Any] = re.findall(r"(?:<!-- (.*?) -->\n)?```(?:sh|python|yaml)\n", PAGE)
    assert fences
    assert [mark for mark in fences if not re.match(
        r"run$|life$|program$|refused$|file: examples/[a-z-]+\.yaml$|not run: \w", mark)] == []
