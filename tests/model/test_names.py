"""Names and paths: one tenant's never meet another's, and no kind meets another kind."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.boundary import BOUNDARY_ARN, boundary
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import decide, every, fill
from conveyor_iac.model.policies import every_predefined

KNOWN_TENANT = catalogue.parameters()["TenantId"].pattern
tenants = st.from_regex("[a-z][a-z0-9]{2,19}", fullmatch=True)
pairs = st.tuples(tenants, tenants) | st.builds(
    lambda short, more: (short[:12], short[:12] + more), tenants, st.text("az09", min_size=1, max_size=8))
"""Two tenant ids, often one the beginning of the other."""
parts = st.text("abzAZ09_+=,.@-", min_size=1, max_size=9)
paths = st.lists(parts, max_size=3).map(lambda found: "/".join(["", *found, ""]))
prefixes = st.builds("{}{}-".format, st.sampled_from("aZ9"),
                     st.text("abAZ09_-", max_size=30)) | st.sampled_from(
    ["installer-", "boundary-", "predefined-", "resources-", "conveyor-"])
rests = st.text("abzAZ09-", min_size=1, max_size=12)

HERE = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "222222222222",
        "AWS::URLSuffix": "amazonaws.com", "ControlPlaneAccount": "111122223333"}
"""Both tenants live in the same account and region and use the same vendor: the hardest case."""
NAMED = {
    "eks": ["cluster/conveyor-${TenantId}-*", "nodegroup/conveyor-${TenantId}-*/*/1f2e",
            "addon/conveyor-${TenantId}-*/cni/1f2e", "podidentityassociation/conveyor-${TenantId}-*/a-1",
            "access-entry/conveyor-${TenantId}-*/role/222222222222/*/1f2e"],
    "sqs": ["conveyor-${TenantId}-*"],
    "logs": ["log-group:/conveyor/${TenantId}/*", "log-group:/conveyor/${TenantId}/*:log-stream:*",
             "log-group:/aws/eks/conveyor-${TenantId}-*/cluster"],
    "ssm": ["parameter/conveyor/${TenantId}/*"],
    "secretsmanager": ["secret:conveyor-${TenantId}-*-AbCdEf"],
    "ecr": ["repository/conveyor-${TenantId}-*"],
    "ecs": [f"{kind}/conveyor-${{TenantId}}-*" for kind in ("cluster", "service", "task-definition")],
    "elasticloadbalancing": ["loadbalancer/net/conveyor-${TenantId}-*/1f2e",
                             "targetgroup/conveyor-${TenantId}-*/1f2e",
                             "listener/net/conveyor-${TenantId}-*/1f2e/3d4c"],
    "aps": ["rulegroupsnamespace/ws-1f2e/conveyor-${TenantId}-*"],
}
"""Names that hold a tenant's id, one of each kind, by service; the free part of each is a star."""
OWNED = (
    names.CREATED_ROLES, names.RESOURCE_ROLES, BOUNDARY_ARN, installer_role().arn,
    *(policy.arn for policy in (*every_predefined(), *installer_role().every_policy())),
    "arn:aws:iam::222222222222:instance-profile${IamPath}${TenantId}/${RolePrefix}*",
    "arn:aws:s3:::conveyor-${TenantId}-*", "arn:aws:s3:::conveyor-${TenantId}-*/*",
    "arn:aws:sqs:eu-west-1:111122223333:conveyor-${TenantId}-*",
    *(f"arn:aws:{service}:eu-west-1:222222222222:{rest}" for service, rests in NAMED.items()
      for rest in rests),
)
"""What belongs to a tenant by its name."""
STATEMENTS = decide(tuple(statement for policy in (boundary(), *every_predefined(),
                                                   *installer_role().every_policy())
                          for statement in policy.document.every_statement()), HERE, {})


def owned(tenant, own, rest):
    """The names of a tenant, with this text wherever the tenant chooses."""
    return [fill(text, HERE | own | {"TenantId": tenant}).replace("*", rest) for text in OWNED]


def reaching():
    """Every ARN pattern, but those without a tenant's id in statements that a tag of the tenant bounds."""
    for one in STATEMENTS:
        texts = [text for keys in one.conditions.values() for key, values in keys.items()
                 if re.search("arn|boundary", key, re.IGNORECASE) for value in values
                 for text in every(value)]
        if one.effect == "Allow" or one.not_resources:
            texts += [text for value in (*one.resources, *one.not_resources) for text in every(value)
                      if "${TenantId}" in text or not bound_by_tag(one)]
        yield from (text for text in texts if text not in ("*", "${!aws:PrincipalArn}"))


def bound_by_tag(statement):
    """Whether a tag of the resource or request must hold the tenant's id or the name of its cluster."""
    mine = {("${TenantId}",), ("conveyor-${TenantId}-*",)}
    return any(re.match("aws:(Resource|Request)Tag/", key) and values in mine
               for operator in ("StringEquals", "StringLike")
               for key, values in statement.conditions.get(operator, {}).items())


PATTERNS = tuple(dict.fromkeys(reaching()))


@given(pairs, paths, prefixes, rests)
def test_no_pattern_of_a_tenant_reaches_a_name_of_another(matches, pair, path, prefix, rest):
    """Nothing that a tenant's policies name is called as anything of another tenant, in the same account."""
    assume(pair[0] != pair[1])
    own = {"IamPath": path, "RolePrefix": prefix}
    for one, other in (pair, pair[::-1]):
        theirs, patterns = owned(other, own, rest), [fill(text, own | {"TenantId": one}) for text in PATTERNS]
        assert not [text for text in patterns if any(matches(text, name) for name in theirs)]


@given(tenants, rests)
def test_each_kind_of_name_is_reached_by_its_own_tenant(matches, tenant, rest):
    """The names of the law above are real ones: the tenant's own patterns reach every one of them."""
    own = {"IamPath": "/conveyor/", "RolePrefix": "conveyor-dp-"}
    patterns = [fill(text, own | {"TenantId": tenant}) for text in PATTERNS]
    assert not [name for name in owned(tenant, own, rest) if not any(matches(text, name)
                                                                     for text in patterns)]


@given(pairs)
def test_tags_tell_tenants_apart(matches, pair):
    """No tag that a condition of one tenant wants is a tag of another, be it tenant id or cluster name."""
    assume(pair[0] != pair[1])
    wanted = {text for statement in STATEMENTS for keys in statement.conditions.values()
              for key, values in keys.items() if key.startswith(("aws:ResourceTag/", "aws:RequestTag/"))
              for text in values} - {"true"}
    assert wanted == {"${TenantId}", "conveyor-${TenantId}-*"}
    for one, other in (pair, pair[::-1]):
        mine = [fill(text, {"TenantId": one}) for text in wanted]
        assert not [text for text in mine if matches(text, other) or matches(text, f"conveyor-{other}-main")]


@given(tenants, paths, prefixes, rests)
def test_kinds_of_roles_and_policies_are_disjoint(matches, tenant, path, prefix, rest):
    """Created roles, resource roles and the installer role answer to their own pattern only."""
    known = HERE | {"TenantId": tenant, "IamPath": path, "RolePrefix": prefix}
    patterns = [fill(text, known) for text in (names.CREATED_ROLES, names.RESOURCE_ROLES,
                                               installer_role().arn)]
    for place, pattern in enumerate(patterns):
        name = pattern.replace("*", rest)
        assert [matches(other, name) for other in patterns] == [at == place for at in range(len(patterns))]


@given(tenants, paths)
def test_policies_have_names_of_their_own(tenant, path):
    """No two of a tenant's policies share a name, global in an account, or a folder with another kind."""
    known = {"TenantId": tenant, "IamPath": path}
    kinds = {"boundary": (boundary(),), "predefined": every_predefined(),
             "installer": installer_role().every_policy()}
    found = [(kind, decide(policy, known, {})) for kind, policies in kinds.items() for policy in policies]
    assert len({policy.policy_name.lower() for _, policy in found}) == len(found) == 27
    assert all(policy.path == f"{path}{tenant}/{kind}/" for kind, policy in found)


@pytest.mark.parametrize("text", [names.INSTALLER_ROLE, names.BOUNDARY, names.policy_name("X", "Y")])
def test_global_names_hold_the_tenant(text):
    """A name that is global in the account has the tenant id in it, between hyphens."""
    assert "-${TenantId}-" in text


@given(tenants)
def test_the_mark_of_subnets_with_a_way_out_is_no_tenants(tenant):
    """What stands on subnets with a way out is the id of no tenant, so no condition on the tag opens them."""
    assert re.fullmatch(KNOWN_TENANT, tenant)
    assert not re.fullmatch(KNOWN_TENANT, fill(names.OUTSIDE, {"TenantId": tenant}))
