"""What must never be proved: a state that tells otherwise, parts that may not apply, one thing told twice."""

import json

import pytest

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.pulumi.building import families_of
from conveyor_iac.proofs.pulumi.standing import OTHERWISE, met, standing
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import ENCRYPTED as HIDDEN
from conveyor_iac.proofs.pulumi.values import NOT_YET, Untold
from tests.proofs.pulumi.small import (
    ACCOUNT,
    ENCRYPTED,
    INSTALLER,
    NODES,
    TRUST,
    UNKNOWN,
    VPC,
    added,
    answer,
    arn_of,
    at,
    document,
    ec2,
    given,
    network,
    one,
    powers,
    secret,
    template,
    without,
)

POLICY, ROLE, BUCKET = "aws:iam/policy:Policy", "aws:iam/role:Role", "aws:s3/bucket:Bucket"
ATTACHED, TO_SEVERAL = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/policyAttachment:PolicyAttachment"
AUTHORING, PATH, PUBLIC = "iam.no-policy-authoring", "network.no-internet-path", "storage.not-public"
EVERYTHING = document({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
NOTHING = document({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
EVERYBODY = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
GROUP = "http://acs.amazonaws.com/groups/global/AllUsers"
OPEN = [{"type": "Group", "permissions": ["READ"], "uri": GROUP}]
GATEWAY = at("InternetGateway", "Gateway")


def arn(name):
    return arn_of(POLICY, name, {"name": name})


def kept(name, **values):
    """A change: the state of a resource has other values."""
    return lambda rows: next(row for row in rows if row["name"] == name)["outputs"].update(values)


def attached(name, policy, **inputs):
    return one(ATTACHED, name, policyArn=arn(policy), **inputs)


DENIED = added(one(POLICY, "Deny", name="Deny", policy=NOTHING), one(POLICY, "More", name="More", policy=EVERYTHING),
               attached("MoreHas", "More", role="installer"))
"""The installer may do everything; who has the Deny is left to say."""
OTHER_NAME = added(one(ROLE, "Other", namePrefix="other-", assumeRolePolicy=document(TRUST)))

IAM = {
    "a Deny on an unknown role": [DENIED, added(attached("No", "Deny", role=UNKNOWN))],
    "a Deny on a role that is a secret": [DENIED, added(attached("No", "Deny", role=ENCRYPTED))],
    "a Deny on a role that is not told": [DENIED, added(attached("No", "Deny"))],
    "power on a role in other letters": [added(one(POLICY, "More", name="More", policy=EVERYTHING), attached(
        "No", "More", role="Installer".upper()))],
    "power inline on a role in other letters": [added(one("aws:iam/rolePolicy:RolePolicy", "No", name="no",
                                                          role="INSTALLER", policy=EVERYTHING))],
    "a Deny that another attachment takes away": [DENIED, added(attached("No", "Deny", role="installer"), one(
        TO_SEVERAL, "Only", name="only", policyArn=arn("Deny"), roles=["else"]))],
    "a Deny that the role's own list takes away": [DENIED, added(attached("No", "Deny", role="installer")), given(
        "Installer", managedPolicyArns=[arn("More")])],
    "an inline Deny that the role's own list takes away": [DENIED, added(one(
        "aws:iam/rolePolicy:RolePolicy", "No", name="no", role="installer", policy=NOTHING)), given(
        "Installer", inlinePolicies=[{"name": "a", "policy": document(
            {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})}])],
    "an inline Deny that one of its name replaces": [DENIED, added(*(one(
        "aws:iam/rolePolicy:RolePolicy", name, name="no", role="installer", policy=policy)
        for name, policy in (("No", NOTHING), ("Yes", EVERYTHING))))],
    "a Deny that only an old state tells": [DENIED, kept("Installer", managedPolicyArns=[arn("Deny")])],
    "an inline Deny that only an old state tells": [DENIED, kept("Installer", inlinePolicies=[
        {"name": "no", "policy": NOTHING}])],
    "a document that the state tells otherwise": [kept("Installing", policy=EVERYTHING)],
    "inline policies that the state tells otherwise": [given("Installer", inlinePolicies=[
        {"name": "a", "policy": NOTHING}]), kept("Installer", inlinePolicies=[{"name": "a", "policy": EVERYTHING}])],
    "a stack of CloudFormation": [added(one("aws:cloudformation/stack:Stack", "Stack", templateBody="{}"))],
    "a product": [added(one("aws:servicecatalog/provisionedProduct:ProvisionedProduct", "Product"))],
    "an application": [added(one("aws:serverlessrepository/cloudFormationStack:CloudFormationStack", "App"))],
}


@pytest.mark.parametrize("case", IAM)
def test_power_is_not_proved_away(case):
    """Power that a role may have, or a Deny that it may not have, leaves no proof."""
    assert answer(AUTHORING, powers(), INSTALLER, *IAM[case]).verdict != "proved"


def test_a_deny_that_is_there_counts():
    """A Deny that is surely attached holds against everything; also where the state tells of it as well."""
    there = [DENIED, added(attached("No", "Deny", role="installer"))]
    assert answer(AUTHORING, powers(), INSTALLER, *there).verdict == "proved"
    listed = kept("Installer", managedPolicyArns=[arn(name) for name in ("More", "Deny")] + [
        arn_of(POLICY, "Installing", {"name": "installing"})])
    assert answer(AUTHORING, powers(), INSTALLER, *there, listed).verdict == "proved"


def test_power_of_an_unknown_role_refutes_nobody():
    """A policy on a role that nobody knows may be another's: undecided, not refuted."""
    more = added(one(POLICY, "More", name="More", policy=EVERYTHING), attached("No", "More", role=UNKNOWN))
    assert answer(AUTHORING, powers(), INSTALLER, more).verdict == "undecided"


def test_a_role_whose_name_is_not_told():
    """A role that the state names by a prefix only may be the one that a policy is attached to."""
    assert answer(AUTHORING, powers(), INSTALLER, DENIED, OTHER_NAME, added(
        attached("No", "Deny", role="other-123"))).verdict == "refuted"


def test_a_trust_policy_that_the_state_tells_otherwise():
    """Whom the state trusts counts as much as whom the program trusts."""
    other = kept("Installer", assumeRolePolicy=secret(document({**TRUST, "Principal": "*"})))
    assert answer("trust.principal", powers(), INSTALLER, other).verdict == "undecided"


LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
NETWORK = {
    "a route that the state tells": (PATH, "refuted", [kept("NodeTable", routes=[
        {"cidrBlock": "0.0.0.0/0", "gatewayId": GATEWAY}])]),
    "a route that the state tells otherwise": (PATH, "undecided", [added(ec2(
        "Route", "New", {"gatewayId": GATEWAY, "natGatewayId": ""}, routeTableId=at("RouteTable", "NodeTable"),
        destinationCidrBlock="0.0.0.0/0", natGatewayId="nat-0123456789abcdef0"))]),
    "a route that the state and a resource tell": (PATH, "proved", [kept("PublicTable", routes=[
        {"cidrBlock": "0.0.0.0/0", "gatewayId": GATEWAY, "ipv6CidrBlock": ""}])]),
    "a main table that is public": (PATH, "refuted", [without("NodeHas"), kept(
        "Vpc", mainRouteTableId=at("RouteTable", "PublicTable"))]),
    "a main table that is not of the stack": (PATH, "undecided", [without("NodeHas"), kept(
        "Vpc", mainRouteTableId="rtb-0123456789abcdef0")]),
    "a main table that no subnet needs": (PATH, "proved", [kept("Vpc", mainRouteTableId="rtb-0123456789abcdef0")]),
    "the main table that the VPC was born with": (PATH, "proved", [without("NodeHas")]),
    "a list of prefixes that the state tells otherwise": (PATH, "undecided", [added(
        one(LIST, "List", {"entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}]}, addressFamily="IPv4",
            entries=[{"cidr": "10.0.0.0/8"}], maxEntries=2),
        ec2("Route", "New", routeTableId=at("RouteTable", "NodeTable"), destinationPrefixListId=one(
            LIST, "List")["id"], gatewayId=GATEWAY))]),
    "an endpoint's policy that the state tells otherwise": ("network.endpoint-policies", "undecided", [kept(
        "Sqs", policy=EVERYBODY)]),
    "an endpoint's policy that is taken back": ("network.endpoint-policies", "undecided", [added(ec2(
        "VpcEndpointPolicy", "Back", vpcEndpointId=at("VpcEndpoint", "Sqs")))]),
    "an endpoint's policy that is taken back, as the state tells": ("network.endpoint-policies", "undecided", [added(
        ec2("VpcEndpointPolicy", "Back", {"policy": EVERYBODY}, vpcEndpointId=at("VpcEndpoint", "Sqs")))]),
    "rules that are no mappings": (PATH, "proved", [given("Doors", egress=["x"])]),
}


@pytest.mark.parametrize("case", NETWORK)
def test_network(case):
    """Each of these is what the state tells of it, or undecided where program and state differ."""
    name, verdict, changes = NETWORK[case]
    assert answer(name, network(), NODES, *changes).verdict == verdict


def test_a_machine_that_the_state_joins_to_two_subnets():
    """An interface that only the state tells to be a machine's counts as one that is."""
    machine = ec2("Instance", "Machine", {"rootBlockDevice": {"encrypted": True}}, subnetId=at("Subnet", "Public"))
    card = ec2("NetworkInterface", "Card", subnetId=at("Subnet", "Node"))
    own, both = added(machine, card), kept("Card", attachments=[{"deviceIndex": 1, "instance": machine["id"]}])
    assert answer(PATH, network(), NODES, own).verdict == "proved"
    assert answer(PATH, network(), NODES, own, both).verdict != "proved"


def acl(name, **inputs):
    return one("aws:s3/bucketAcl:BucketAcl", name, **inputs)


def block(name, bucket, on, **outputs):
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name, outputs, bucket=bucket,
               **dict.fromkeys(keys, on))


OWNER = {"grants": [{"grantee": {"id": "me", "type": "CanonicalUser"}, "permission": "FULL_CONTROL"}]}
ALL = {"grants": [{"grantee": {"type": "Group", "uri": GROUP}, "permission": "READ"}]}
B = one(BUCKET, "B")
STORING = {
    "an open list of elsewhere": ("refuted", [acl("A", bucket="elsewhere", acl="public-read")]),
    "a block of elsewhere that is off": ("refuted", [block("P", "elsewhere", False)]),
    "two parts of one bucket of elsewhere": ("proved", [
        acl("A", bucket="elsewhere", acl="private"), block("P", "elsewhere", True)]),
    "two lists, the last one private": ("undecided", [
        B, acl("A1", bucket="b", acl="public-read"), acl("A2", bucket="b", acl="private")]),
    "a list of its own that another one may replace": ("undecided", [
        one(BUCKET, "B", acl="public-read"), acl("A", bucket="b", acl="private")]),
    "two blocks, the last one on": ("undecided", [B, block("P1", "b", False), block("P2", "b", True)]),
    "a block that the state tells otherwise": ("undecided", [B, block("P", "b", True, blockPublicAcls=False)]),
    "a list that the state tells otherwise": ("undecided", [B, one(
        "aws:s3/bucketAcl:BucketAcl", "A", {"accessControlPolicy": ALL}, bucket="b", acl="private")]),
    "a list as the state tells it": ("proved", [B, one(
        "aws:s3/bucketAcl:BucketAcl", "A", {"accessControlPolicy": OWNER}, bucket="b", acl="private")]),
    "grants that the state tells": ("refuted", [one(BUCKET, "B", {"grants": OPEN})]),
    "grants that the state tells, and a newer list": ("proved", [
        one(BUCKET, "B", {"grants": OPEN}), acl("A", bucket="b", acl="private")]),
    "grants that are none": ("undecided", [one(BUCKET, "B", grants=["x"])]),
    "an object's grants": ("undecided", [one("aws:s3/objectCopy:ObjectCopy", "O", bucket="b", grants=OPEN)]),
    "an object's own grants": ("proved", [B, one("aws:s3/objectCopy:ObjectCopy", "O", bucket="b", grants=[
        {"id": "me", "type": "CanonicalUser", "permissions": ["READ"]}])]),
    "a bucket's policy of the state": ("refuted", [one(BUCKET, "B", {"policy": EVERYBODY})]),
    "a bucket's policy of an older state": ("proved", [one(BUCKET, "B", {"policy": EVERYBODY}), one(
        "aws:s3/bucketPolicy:BucketPolicy", "P", bucket="b", policy=document(
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}))]),
    "a topic's policy of the state": ("refuted", [one("aws:sns/topic:Topic", "T", {"policy": EVERYBODY})]),
    "the policy that a topic is born with": ("proved", [one("aws:sns/topic:Topic", "T", {"policy": document(
        {"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"],
         "Resource": "*", "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}})})]),
    "a queue's policy of the state": ("refuted", [one("aws:sqs/queue:Queue", "Q", {"policy": EVERYBODY})]),
    "a secret's policy of the state": ("refuted", [one("aws:secretsmanager/secret:Secret", "S", {
        "policy": EVERYBODY})]),
}


@pytest.mark.parametrize("case", STORING)
def test_storing(case):
    """What keeps data is as open as the program and the state tell together; two that differ prove nothing."""
    verdict, rows = STORING[case]
    assert answer(PUBLIC, rows).verdict == verdict


@pytest.mark.parametrize(("given", "kept"), [
    (document(TRUST), document(TRUST).replace(": ", ":")),
    (json.dumps({"Statement": [{"Action": ["a", "b"], "Principal": "*"}]}),
     json.dumps({"Statement": {"Principal": {"AWS": ["*"]}, "Action": ["b", "a"]}})),
    (document({"Principal": {"AWS": ACCOUNT}}), document({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})),
    (document({"Condition": {"Bool": {"x": True}}}), document({"Condition": {"Bool": {"x": ["true"]}}})),
    (["a", "b"], ["b", "a"]), (["example.com"], ["example.com."]), (443, "443"), (443, 443.0), (True, "true"),
    (False, None), ([], None), ("", "filled in"), ("role", f"arn:aws:iam::{ACCOUNT}:role/path/role"),
    ([{"b": 1, "a": "x"}, {"a": "y"}], [{"a": "y", "c": ""}, {"a": "x", "b": "1", "c": None}]),
    ({"__defaults": [], "a": 1}, {"a": 1}), ("x", ["x"]), ({"a": 1}, [{"a": 1}]),
    ("known", Untold(NOT_YET)), (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"),
])
def test_the_same_in_other_words(given, kept):
    """What AWS or its provider writes in another way is no drift."""
    assert not isinstance(met(given, kept), Untold)


@pytest.mark.parametrize(("given", "kept"), [
    (document(TRUST), document({**TRUST, "Condition": {}})), (document(TRUST), ""), (document(TRUST), None),
    (["a"], ["a", "b"]), (["a", "b"], ["a"]), ([], ["a"]), (False, True), (True, None), ("a", "b"), (443, 444),
    ({"a": {"b": 1}}, {"a": {}}), ({"a": {"b": 1}}, {"a": {"b": 2}}), ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 1}]),
    ("*", f"arn:aws:iam::{ACCOUNT}:role/*"), ("a", Untold(HIDDEN)), (["a"], ["a", Untold(HIDDEN)]),
    (json.dumps({"Resource": "a."}), json.dumps({"Resource": "a"})),
])
def test_drift(given, kept):
    """What says something else is drift, or hidden: nobody knows it."""
    assert isinstance(met(given, kept), Untold)


def test_what_the_state_adds():
    """Inside a mapping, what only the state has stands beside what the program says."""
    assert met({"a": 1}, {"a": 1, "b": {"c": True}, "d": ""}) == {"a": 1, "b": {"c": True}}


def test_only_known_properties_are_compared():
    """Tags and what changes nothing may drift; each property that is mapped or folded may not."""
    row = catalogue.pulumi_types().types["aws:ec2/routeTable:RouteTable"]
    plain = Plain(type=row.pulumi, name="T", inputs={"vpcId": "vpc-1", "tags": {"a": "b"}, "routes": [{"x": 1}]},
                  outputs={"vpcId": "vpc-2", "tags": {}, "routes": []})
    assert standing(plain, row).inputs == {"vpcId": OTHERWISE, "tags": {"a": "b"}, "routes": OTHERWISE}


def test_what_makes_anything_concerns_everybody():
    """Services that make resources of any type concern network, power and storage."""
    for token in ("aws:cloudformation/stack:Stack", "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
                  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack"):
        assert families_of(token) == ("network", "iam", "storage")


def test_names_that_only_the_state_tells():
    """A list of DNS names that the program leaves out is what the state has, and not empty."""
    token = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
    known = template([one(token, "L", {"domains": ["*"]}, name="l")]).resources["L"].properties
    assert known["Domains"] == ["*"]
    assert "Fn::If" in template([one(token, "L", name="l")]).resources["L"].properties["Domains"]


def test_one_vpc_twice():
    """Where two resources are one VPC, nobody knows which of them a network is in."""
    again = {**ec2("Vpc", "Again", cidrBlock="10.0.0.0/16"), "id": VPC}
    assert answer(PATH, network(), NODES, added(again)).verdict != "proved"
