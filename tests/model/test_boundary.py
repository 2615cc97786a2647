"""The boundary: as wide as the predefined policies and no wider, with the data perimeter in it."""

import pytest

from conveyor_iac.model import catalogue
from conveyor_iac.model.boundary import BOUNDARY_ARN, boundary, held, perimeter, services
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import decide, every
from conveyor_iac.model.policies import every_predefined

STATEMENTS = {one.id: one for one in boundary().document.every_statement()}
DENIES = [one for one in STATEMENTS.values() if one.effect == "Deny" and not one.conditions]
GRANTS = [(policy.name, one, action) for policy in every_predefined()
          for one in policy.document.every_statement()
          if one.effect == "Allow" for action in one.actions]


UNHELD = {"s3:ReplicateObject": "a right of S3's own replication, which nobody can configure (NoSharing)"}
"""Data the installer is denied and created roles are not held to the VPC for."""


def values(statement):
    """The condition values of a statement by key, whatever the operator."""
    return {key: [text for value in found for text in every(value)]
            for keys in statement.conditions.values() for key, found in keys.items()}


@pytest.fixture(scope="module")
def covers(matches):
    """Whether an Allow of the boundary holds all of a permission: action, every resource, every condition."""
    def held_by(bound, statement, action):
        wanted, given = values(bound), values(statement)
        return (any(matches(text, action) for text in bound.actions)
                and all(any(matches(text, one) for text in bound.resources) for one in statement.resources)
                and all(key in given and all(any(matches(text, one) for text in texts) for one in given[key])
                        for key, texts in wanted.items()))
    return held_by


@pytest.fixture(scope="module")
def outside(matches, covers):
    """The policy and action of each predefined permission that the boundary takes away."""
    return {(name, action) for name, one, action in GRANTS
            if not any(bound.effect == "Allow" and covers(bound, one, action)
                       for bound in STATEMENTS.values())
            or any(matches(text, action) or matches(action, text) for deny in DENIES
                   for text in deny.actions)}


def test_every_predefined_permission_is_inside_or_capped(outside):
    """Each predefined action, with its resources and conditions, is inside the boundary or capped."""
    assert outside == {(row.policy, row.action) for row in catalogue.capped()}


def test_every_capped_row_matches_something():
    """A capped row speaks of an action that its policy really allows, and gives its reason."""
    given = {(name, action) for name, _, action in GRANTS}
    assert all((row.policy, row.action) in given and row.reason.endswith(".") for row in catalogue.capped())


def test_the_law_can_fail(covers):
    """A wider resource, a missing condition or another action is not held by an Allow."""
    create = STATEMENTS["ResourceRolesWithThisBoundary"]
    assert covers(create, create, "iam:CreateRole")
    assert not covers(create, create, "iam:PutRolePolicy")
    assert not covers(create, STATEMENTS["ReadTenantRolesOnly"], "iam:CreateRole")
    assert not covers(create, STATEMENTS["ResourceRolesTagged"], "iam:CreateRole")


def test_services_are_those_of_the_predefined_policies():
    """The allow list is exactly the services that predefined policies use, without iam and sts."""
    used = {action.partition(":")[0] for _, _, action in GRANTS} - {"iam", "sts"}
    assert set(services()) == used
    assert STATEMENTS["ServicesOfThePredefinedPolicies"].actions == tuple(f"{service}:*"
                                                                          for service in sorted(used))
    assert not {"sts", "iam", "lambda", "dynamodb", "organizations"} & set(services())


def test_the_sliver_of_iam_is_bound():
    """Of IAM a created role may read the tenant's roles and handle those under the resources path only."""
    sliver = [one for one in STATEMENTS.values() if any(text.startswith("iam:") for text in one.actions)]
    assert {one.resources[0].rpartition("${TenantId}/")[2] for one in sliver} == {"*", "resources/*"}
    [reads] = [one for one in sliver if one.resources[0].endswith("${TenantId}/*")]
    assert all(text.startswith(("iam:Get", "iam:List")) for text in reads.actions)
    assert values(STATEMENTS["ResourceRolesWithThisBoundary"])["iam:PermissionsBoundary"] == [BOUNDARY_ARN]
    assert values(STATEMENTS["ResourceRolesPredefinedOnly"])["iam:PermissionsBoundary"] == [BOUNDARY_ARN]
    assert values(STATEMENTS["ResourceRolesToPods"])["iam:PassedToService"] == ["pods.eks.amazonaws.com"]
    assert not [text for one in sliver for text in one.actions if "*" in text]


def test_nothing_is_shared():
    """Every sharing action of every service in use is denied on everything, without conditions."""
    wanted = {text for row in catalogue.data_actions() if row.kind == "share" and row.service in services()
              for text in row.actions}
    deny = STATEMENTS["NoSharing"]
    assert (deny.effect, deny.resources, deny.conditions, set(deny.actions)) == ("Deny", ("*",), {}, wanted)
    assert {"ec2:ModifySnapshotAttribute", "s3:PutBucketPolicy", "sqs:SetQueueAttributes"} <= wanted


@pytest.mark.parametrize(("vpc", "interfaces", "there"), [
    (False, False, set()), (False, True, set()), (True, False, {"PerimeterObjects"}),
    (True, True, {"PerimeterObjects", "PerimeterEndpoints"})])
def test_the_perimeter_follows_the_switches(vpc, interfaces, there):
    """No VPC: no perimeter. No interface endpoints: it holds objects. Both: it holds all data."""
    made = decide(boundary(), {}, {"HasDataPlaneVpc": vpc, "HasInterfaceEndpoints": interfaces,
                                   "ResourcesFeatureEnabled": True})
    assert {one.id for one in made.document.statements if one.id.startswith("Perimeter")} == there
    assert len(made.document.statements) == len(STATEMENTS) - 2 + len(there)


def test_without_the_resources_feature_no_role_makes_roles():
    """Where the feature is off the boundary leaves created roles no write in IAM at all, whatever they carry."""
    off = decide(boundary(), {}, {"ResourcesFeatureEnabled": False, "HasDataPlaneVpc": False})
    iam = {action for one in off.document.statements for action in one.actions if action.startswith("iam:")}
    assert iam == {"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRoleTags"}


@pytest.mark.parametrize("sid", ["PerimeterObjects", "PerimeterEndpoints"])
def test_the_perimeter_lets_in_the_vpc_and_aws_itself(sid):
    """A data action is denied unless it comes from the data plane's VPC or an AWS service for the role."""
    deny = STATEMENTS[sid]
    assert (deny.effect, deny.resources) == ("Deny", ("*",))
    assert deny.conditions == {"StringNotEquals": {"aws:SourceVpc": ("${DataPlaneVpcId}",)},
                               "BoolIfExists": {"aws:ViaAWSService": ("false",)}}


def test_the_perimeter_holds_every_kind_of_data():
    """Both perimeter statements together hold the data actions of every service in use, each action once."""
    assert STATEMENTS["PerimeterObjects"].actions == perimeter(gateway=True)
    assert STATEMENTS["PerimeterEndpoints"].actions == perimeter(gateway=False)
    both = [*perimeter(gateway=True), *perimeter(gateway=False)]
    assert sorted(both) == sorted({action for row in held() for action in row.actions})
    assert {row.what for row in held()} == {"objects", "secrets", "parameters", "messages", "log events",
                                            "disk snapshots and images"}
    assert all(text.startswith("s3:") for text in perimeter(gateway=True))


def test_services_with_data_are_either_held_or_out_of_reach():
    """A service of the data table is in use and held, or outside the boundary altogether."""
    assert {row.service for row in held()} == {row.service for row in catalogue.data_actions()
                                               if row.kind == "data"} & set(services())


def test_what_the_installer_is_denied_is_held_for_created_roles(matches):
    """Data that the installer is denied, in services in use, is in the table of data actions too."""
    guardrails = next(policy for policy in installer_role().every_policy() if policy.name == "Guardrails")
    denied = {action for one in guardrails.document.every_statement() for action in one.actions
              if action.partition(":")[0] in services()}
    table = [action for row in catalogue.data_actions() for action in row.actions]
    assert len(denied) > 25
    assert {action for action in denied if not any(matches(text, action) for text in table)} == set(UNHELD)


def test_predefined_data_actions_are_held(matches):
    """These data actions, and no others, are both given by predefined policies and held to the VPC."""
    given = {action for _, _, action in GRANTS if any(matches(text, action) for row in held()
                                                      for text in row.actions)}
    assert given == {
        "ec2:CreateSnapshot", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents",
                     "s3:DeleteObject",
        "s3:GetObject", "s3:ListBucket", "s3:PutObject", "secretsmanager:GetSecretValue", "sqs:DeleteMessage",
        "sqs:ReceiveMessage", "sqs:SendMessage", "ssm:GetParameter", "ssm:GetParameters",
                     "ssm:GetParametersByPath"}
