"""sts:AssumeRole: both doors, and what stands in a trust policy."""

import pytest

SECRET, OTHER = "x" * 16, "y" * 16


def vendor(world, *statements, name="control-plane"):
    """The ARN of a role in the vendor's account with these statements, and a session of it."""
    arn = world.aws.make_role(world.vendor, name)
    if statements:
        world.aws.client("iam", world.vendor).put_role_policy(
            RoleName=name, PolicyName="p", PolicyDocument=world.document(*statements))
    return arn, world.aws.client("sts", credentials=world.aws.session_of(world.vendor, name))


def installer(world, *statements, name="installer", path="/conveyor/acme/"):
    """The ARN of a role in the customer's account with these trust statements."""
    created = world.aws.client("iam").create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=world.document(*statements))
    return created["Role"]["Arn"]


def statement(principal, effect="Allow", action="sts:AssumeRole", **condition):
    """One statement of a trust policy."""
    found = {"Effect": effect, "Principal": {"AWS": principal}, "Action": action}
    return found | ({"Condition": condition} if condition else {})


@pytest.mark.parametrize(("external_id", "session_name", "code"), [
    (SECRET, "conveyor-acme", ""),
    (OTHER, "conveyor-acme", "AccessDenied"),
    (None, "conveyor-acme", "AccessDenied"),
    (SECRET, "somebody", "AccessDenied"),
])
def test_external_id_and_session_name(world, external_id, session_name, code):
    """A trust policy is met with the external id and the session name of the request, and refused without."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    role = installer(world, statement(principal, StringEquals={
        "sts:ExternalId": SECRET, "sts:RoleSessionName": "conveyor-acme"}))
    given = {"ExternalId": external_id} if external_id else {}
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName=session_name, **given) == code


def test_both_doors_across_accounts(world):
    """Across accounts neither the trust alone nor the caller's own policy alone is enough."""
    trusted, without = vendor(world, name="without")
    _, untrusted = vendor(world, world.allow("sts:AssumeRole"), name="untrusted")
    both_arn, both = vendor(world, world.allow("sts:AssumeRole"), name="both")
    role = installer(world, statement([trusted, both_arn]))
    codes = [world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss") for sts in (without, untrusted, both)]
    assert codes == ["AccessDenied", "AccessDenied", ""]


def test_an_identity_policy_may_name_the_external_id(world):
    """sts:ExternalId and sts:RoleSessionName exist for the caller's own policies as well."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole", StringEquals={"sts:ExternalId": SECRET}))
    role = installer(world, statement(principal))
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss", ExternalId=OTHER) == "AccessDenied"
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss", ExternalId=SECRET) == ""


def test_one_account(world):
    """In one account a trust naming the caller is enough; a trust naming the account needs the caller's own Allow."""
    world.aws.make_role(world.account, "bare")
    world.aws.make_role(world.account, "allowed", allow=["sts:AssumeRole"])
    bare, allowed = (world.aws.client("sts", credentials=world.aws.session_of(world.account, n))
                     for n in ("bare", "allowed"))
    owner = f"arn:aws:iam::{world.account}"
    named = installer(world, statement(f"{owner}:role/bare"), name="named")
    account = installer(world, statement(f"{owner}:root"), name="account")
    assert world.refused(bare.assume_role, RoleArn=named, RoleSessionName="ss") == ""
    assert world.refused(bare.assume_role, RoleArn=account, RoleSessionName="ss") == "AccessDenied"
    assert world.refused(allowed.assume_role, RoleArn=account, RoleSessionName="ss") == ""
    assert world.refused(allowed.assume_role, RoleArn=named, RoleSessionName="ss") == "AccessDenied"


def test_deny_in_the_trust(world):
    """A Deny statement of the trust policy beats its Allow, and only where its condition is met."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    role = installer(world, statement(principal), statement(
        "*", effect="Deny", StringNotEquals={"sts:ExternalId": SECRET}))
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss", ExternalId=OTHER) == "AccessDenied"
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss") == "AccessDenied"
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss", ExternalId=SECRET) == ""


def test_role_chaining(world):
    """A session assumed by a session assumes a third role, whose trust names the role in between."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    middle = installer(world, statement(principal), name="middle")
    world.aws.client("iam").put_role_policy(RoleName="middle", PolicyName="p",
                                            PolicyDocument=world.document(world.allow("sts:AssumeRole")))
    last = installer(world, statement(middle), name="last")
    held = sts.assume_role(RoleArn=middle, RoleSessionName="first")["Credentials"]
    chained = world.aws.client("sts", credentials=held)
    found = chained.assume_role(RoleArn=last, RoleSessionName="second")["AssumedRoleUser"]["Arn"]
    assert found == f"arn:aws:sts::{world.account}:assumed-role/last/second"
    assert world.refused(sts.assume_role, RoleArn=last, RoleSessionName="ss") == "AccessDenied"


def test_the_full_arn_is_needed(world):
    """A role is found under its ARN with its path, not under its bare name."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    role = installer(world, statement(principal))
    bare = role.replace("/conveyor/acme", "")
    assert world.refused(sts.assume_role, RoleArn=bare, RoleSessionName="ss") == "AccessDenied"


def test_root_assumes_nothing(world):
    """The root of an account cannot assume a role, whatever the trust says."""
    role = installer(world, statement(f"arn:aws:iam::{world.account}:root"))
    sentence = world.message(world.aws.client("sts").assume_role, RoleArn=role, RoleSessionName="ss")
    assert sentence == "Roles may not be assumed by root accounts."


@pytest.mark.parametrize(("action", "given"), [
    ("sts:TagSession", {"Tags": [{"Key": "tenant", "Value": "acme"}]}),
    ("sts:SetSourceIdentity", {"SourceIdentity": "person"}),
])
def test_tags_and_source_identity_are_permissions_of_their_own(world, action, given):
    """Session tags and a source identity need their action in both policies, without conditions of AssumeRole."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole", action))
    key = {"StringEquals": {"sts:ExternalId": SECRET}}
    plain = installer(world, statement(principal, **key), name="plain")
    mixed = installer(world, statement(principal, action=["sts:AssumeRole", action], **key), name="mixed")
    right = installer(world, statement(principal, **key), statement(principal, action=action), name="right")
    codes = [world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss", ExternalId=SECRET, **given)
             for role in (plain, mixed, right)]
    assert codes == ["AccessDenied", "AccessDenied", ""]
    _, lacking = vendor(world, world.allow("sts:AssumeRole"), name="lacking")
    open_role = installer(world, statement("*"), statement("*", action=action), name="open")
    assert world.refused(lacking.assume_role, RoleArn=open_role, RoleSessionName="ss", **given) == "AccessDenied"


def test_a_boundary_limits_a_session(world):
    """What an assumed role may do is what both its policies and its boundary allow."""
    boundary = world.policy("b", world.allow("s3:*"))
    held = world.caller(world.allow("*"), boundary=boundary)
    assert world.refused(world.aws.client("s3", credentials=held).list_buckets) == ""
    assert world.refused(world.aws.client("iam", credentials=held).list_roles) == "AccessDenied"


def test_a_recreated_principal_is_not_trusted(world):
    """A trust policy is pinned to the role it named: after deletion it shows the id, and a namesake is refused."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    role = installer(world, statement(principal))
    assert world.refused(sts.assume_role, RoleArn=role, RoleSessionName="ss") == ""
    theirs = world.aws.client("iam", world.vendor)
    unique = theirs.get_role(RoleName="control-plane")["Role"]["RoleId"]
    theirs.delete_role_policy(RoleName="control-plane", PolicyName="p")
    theirs.delete_role(RoleName="control-plane")
    _, namesake = vendor(world, world.allow("sts:AssumeRole"))
    assert world.refused(namesake.assume_role, RoleArn=role, RoleSessionName="ss") == "AccessDenied"
    shown = world.aws.client("iam").get_role(RoleName="installer")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"] == {"AWS": unique}


@pytest.mark.parametrize(("given", "code"), [
    ({"RoleSessionName": "a b"}, "ValidationError"),
    ({"RoleSessionName": "ss", "DurationSeconds": 7200}, "ValidationError"),
    ({"RoleSessionName": "ss", "DurationSeconds": 900}, ""),
])
def test_session_name_and_duration(world, given, code):
    """A session name outside its pattern and a session longer than the role allows are refused."""
    principal, sts = vendor(world, world.allow("sts:AssumeRole"))
    assert world.refused(sts.assume_role, RoleArn=installer(world, statement(principal)), **given) == code
