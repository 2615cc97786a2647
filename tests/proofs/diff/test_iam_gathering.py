"""Where a role's, user's or group's policies come from, and what nobody can read: never left out on either side."""

import pytest

from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.judging import answers, verdicts
from tests.proofs.diff.made import policy, role
from tests.proofs.iam.small import denied, like, ref, role_of, statement, when

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
FOREIGN = "arn:aws:iam::111122223333:policy/theirs"
USERS = "arn:aws:iam::111122223333:user/"


def carrying(*arns, boundary=None, own=()):
    """A role with these policies of other people, and a few statements of its own."""
    given = {"PermissionsBoundary": boundary} if boundary else {}
    return {"Parameters": {"Limit": {"Type": "String", **like("arn:aws:iam::[0-9]{12}:policy/[a-z]+")}},
            "Resources": {"Role": role(*own, ManagedPolicyArns=list(arns), **given)}}


def verdict(old, new, kind=Kind.ROLE, subject="Role"):
    """What is said of the new one."""
    return answers(old, new, kind)[subject].verdict


@pytest.mark.parametrize(("old", "new", "expected"), [
    (carrying(FOREIGN), carrying(FOREIGN), PROVED),
    (carrying(FOREIGN, own=[statement(), statement(action="s3:*")]), carrying(FOREIGN, own=[statement()]), PROVED),
    (carrying(FOREIGN), carrying(FOREIGN, own=[statement()]), UNDECIDED),
    (carrying(), carrying(FOREIGN), UNDECIDED),
    (carrying(FOREIGN), carrying(own=[statement()]), UNDECIDED),
    (carrying(FOREIGN, own=[statement(action="*")]), carrying(own=[statement()]), UNDECIDED),
    (carrying(FOREIGN, own=[denied()]), carrying(FOREIGN), UNDECIDED),
    (carrying(FOREIGN), carrying(FOREIGN + "s"), UNDECIDED),
], ids=["the same", "the same and less", "the same and more", "one more", "one that may have denied",
        "one that is gone", "a Deny that is gone", "another"])
def test_a_policy_of_somebody_else_counts_on_both_sides(old, new, expected):
    """It may allow anything and deny anything; the same on both sides is the same, and hides nothing."""
    assert verdict(old, new) is expected


def test_a_request_that_is_denied_before_whatever_else_was_allowed_is_shown():
    """A policy that was there and is gone matters not where a Deny that can be read refused the request."""
    old = carrying(FOREIGN, own=[statement(), denied(resource=USERS + "a", Sid="Guard")])
    shown = answers(old, carrying(own=[statement()]), Kind.ROLE)["Role"]
    assert shown.verdict is REFUTED
    assert shown.counterexample["refusedBefore"] == "denied by Role.own: Guard"


@pytest.mark.parametrize(("before", "after", "own", "expected"), [
    (ref("Limit"), ref("Limit"), [statement()], PROVED),
    (ref("Limit"), None, [statement()], UNDECIDED),
    (None, ref("Limit"), [statement()], PROVED),
    (ref("Limit"), FOREIGN, [statement()], UNDECIDED),
    (ref("Limit"), ref("Limit"), [statement(), statement(action="s3:*")], UNDECIDED),
    (ref("Limit"), None, [statement(), statement(action="s3:*")], REFUTED),
], ids=["the same", "gone", "new", "another", "the same and more", "gone and more"])
def test_a_boundary_of_somebody_else_counts_on_both_sides(before, after, own, expected):
    """It can only take away: one that is new is no more; one that is gone may have refused what is allowed now."""
    old = carrying(boundary=before, own=[statement()])
    assert verdict(old, carrying(boundary=after, own=own)) is expected


def test_a_policy_of_aws_that_is_pinned_is_read():
    """What it allows more is shown by name."""
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonEKSClusterPolicy"}
    assert verdicts(carrying(own=[statement()]), carrying(arn, own=[statement()])) == (REFUTED, PROVED)


def test_a_policy_that_moves_from_inline_to_managed_is_the_same():
    """Where a statement stands does not matter."""
    managed = {"Resources": {"Role": role(), "Own": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "PolicyDocument": policy(statement()), "Roles": [ref("Role")]}}}}
    assert verdicts({"Resources": {"Role": role(statement())}}, managed) == (PROVED, PROVED)


def test_a_policy_that_nobody_carries_is_judged_by_itself():
    """Boundaries and policies to be attached later are judged as documents; one that a role carries, in its role."""
    def body(*statements):
        return role_of(statement(action="s3:GetObject"), boundary=(statement(action="*"),), resources={
            "Later": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(*statements)}}})

    old, new = body(statement()), body(statement(), statement(action="iam:DeleteUser"))
    assert verdicts(old, new, Kind.POLICY, "Later") == (REFUTED, PROVED)
    assert set(answers(old, new, Kind.POLICY)) == {"Later", "Most"}
    assert verdicts(role_of(boundary=(statement(),)), role_of(boundary=(statement(action="*"),)),
                    Kind.POLICY, "Most") == (REFUTED, PROVED)


def member(*groups, addition=(), user=(), group=None):
    """A user in groups of the template, by its own word or by an addition's."""
    made = {"User": {"Type": "AWS::IAM::User", "Properties": {"Groups": list(groups), "Policies": [
        {"PolicyName": "own", "PolicyDocument": policy(*user)}] if user else []}},
        "Group": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [
            {"PolicyName": "own", "PolicyDocument": policy(*(group or [statement()]))}]}}}
    if addition:
        made["Addition"] = {"Type": "AWS::IAM::UserToGroupAddition",
                            "Properties": {"GroupName": ref("Group"), "Users": list(addition)}}
    return {"Resources": made}


@pytest.mark.parametrize(("old", "new", "expected"), [
    (member(), member(ref("Group")), REFUTED),
    (member(), member(addition=[ref("User")]), REFUTED),
    (member(ref("Group")), member(addition=[ref("User")]), PROVED),
    (member(ref("Group")), member(user=[statement()]), PROVED),
    (member(ref("Group")), member(ref("Group"), group=[statement(action="*")]), REFUTED),
    (member(ref("Group")), member(), PROVED),
    (member(), member("somebody-elses"), UNDECIDED),
], ids=["in a group", "added", "added otherwise", "by itself", "a wider group", "in none", "in a foreign group"])
def test_a_user_may_do_what_its_groups_may(old, new, expected):
    """A user's power is its own and its groups'."""
    assert verdict(old, new, subject="User") is expected


def test_a_group_is_judged_by_itself_too():
    """What a group may do is more for whoever is put into it later."""
    assert verdict(member(), member(group=[statement(action="*")]), subject="Group") is REFUTED


def test_a_policy_of_users_and_groups_is_gathered():
    """`AWS::IAM::Policy` and its like name users and groups as they name roles."""
    body = member()
    for kind, properties in (("Policy", {"Users": [ref("User")]}), ("UserPolicy", {"UserName": ref("User")}),
                             ("Policy", {"Groups": [ref("Group")]}), ("GroupPolicy", {"GroupName": ref("Group")})):
        more = {**body["Resources"], "More": {"Type": f"AWS::IAM::{kind}", "Properties": {
            "PolicyName": "more", "PolicyDocument": policy(statement(action="s3:*")), **properties}}}
        subject = "Group" if "Group" in str(properties) else "User"
        assert verdict(body, {"Resources": more}, subject=subject) is REFUTED


def test_a_policy_carried_in_some_worlds_counts_in_those():
    """What is attached under a condition is more where the condition holds, and told with it."""
    sections = {"Parameters": {"P": {"Type": "String"}}, "Conditions": {"C": {"Fn::Equals": [ref("P"), "on"]}}}
    made = {"Extra": {"Type": "AWS::IAM::ManagedPolicy", "Condition": "C", "Properties": {
        "PolicyDocument": policy(statement())}}}
    old = {**sections, "Resources": {"Role": role(), **made}}
    new = {**sections, "Resources": {"Role": role(ManagedPolicyArns=[
        when("C", ref("Extra"), ref("AWS::NoValue"))]), **made}}
    shown = answers(old, new, Kind.ROLE)["Role"]
    assert shown.verdict is REFUTED
    assert shown.counterexample["conditions"] == {"C": True}
    assert answers(new, old, Kind.ROLE)["Role"].verdict is PROVED


def on(kind, *statements, **named):
    """A policy on somebody whom the template does not have."""
    return {"Resources": {"It": {"Type": f"AWS::IAM::{kind}", "Properties": {
        "PolicyName": "it", "PolicyDocument": policy(*statements), **named}}}}


@pytest.mark.parametrize(("old", "new", "expected"), [
    (on("Policy", statement(), Roles=["theirs"]), on("Policy", statement(action="*"), Roles=["theirs"]), REFUTED),
    (on("Policy", statement(), Roles=["theirs"]), on("Policy", statement(), Roles=["theirs"]), PROVED),
    (on("Policy", statement(), Roles=["theirs"]), on("Policy", statement(), Roles=["theirs", "others"]), REFUTED),
    (on("Policy", statement(), Roles=["theirs", "others"]), on("Policy", statement(), Roles=["theirs"]), PROVED),
    (on("RolePolicy", statement(), RoleName="theirs"), on("RolePolicy", statement(), RoleName="others"), REFUTED),
    (on("ManagedPolicy", statement()), on("ManagedPolicy", statement(), Users=["theirs"]), REFUTED),
], ids=["wider", "the same", "on one more", "on one less", "on another", "on somebody"])
def test_a_policy_on_somebody_elsewhere_is_judged_by_itself(old, new, expected):
    """Whoever it is on is somebody: on one more it is more, whatever it was on before."""
    assert verdict(old, new, Kind.POLICY, "It") is expected
