"""The claims about endpoints on the published templates, and on what breaks them."""

import copy

import pytest

from conveyor_iac.proofs.claims.network.endpoint_policies import CLAIM as POLICIES
from conveyor_iac.proofs.claims.network.endpoints_serve_subnets import CLAIM as SERVED
from conveyor_iac.proofs.network.doors import service_of
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import (
    added,
    answer,
    case,
    changed,
    given,
    gone,
    properties,
    renamed,
    within,
    without,
)

SERVICES = ["sqs", "kms", "ecr.api", "sts", "com.amazonaws.${AWS::Region}.logs", "s3"]
SUBNETS = {"subnets": ["NodeSubnet*", "PodSubnet*"], "egress": "none", "endpoints": SERVICES}
HALVES = ("0.0.0.0/1", "128.0.0.0/1")
ALLOW_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(("template", "contract"), [
    ("network-private", SUBNETS), ("network-shared", SUBNETS | {"endpoints": ["s3"]}),
    ("network-dedicated", SUBNETS | {"subnets": ["NodeSubnet*", "PodSubnet*", "ControlPlaneNodeSubnet*"]}),
])
def test_published_endpoints_serve_all(template, contract):
    """Every named service has an endpoint for every named subnet, in every world, in each VPC."""
    assert answer(SERVED, template, contract).verdict is Verdict.PROVED


def _second_sqs(template):
    template["Resources"]["Second"] = copy.deepcopy(template["Resources"]["EndpointSqs"])


def _rules(template):
    return properties(template, "EndpointSecurityGroup")["SecurityGroupIngress"]


NOT_SERVED = {
    "no endpoint": gone("EndpointKms"),
    "none in one world": lambda t: t["Resources"]["EndpointKms"].update(Condition="GuardDutyEnabled"),
    "two endpoints": _second_sqs,
    "another VPC": given("EndpointSqs", VpcId="vpc-0123456789abcdef0"),
    "two zones of three": given("EndpointSqs", SubnetIds=[{"Ref": "EndpointSubnet1"}, {"Ref": "EndpointSubnet2"}]),
    "private DNS off": given("EndpointSqs", PrivateDnsEnabled=False),
    "private DNS not said": without("EndpointSqs", "PrivateDnsEnabled"),
    "private DNS in one world": given("EndpointSqs", PrivateDnsEnabled={"Fn::If": ["HasThirdZone", True, False]}),
    "no DNS host names": given("Vpc", EnableDnsHostnames=False),
    "pods not admitted": lambda t: _rules(t).pop(),
    "another port": within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "ToPort", value=442),
    "another protocol": within("EndpointSecurityGroup", "SecurityGroupIngress", 1, "IpProtocol", value="udp"),
    "half of the internet": within("EndpointSecurityGroup", "SecurityGroupIngress", 1, "CidrIp", value="0.0.0.0/1"),
    "the default group": without("EndpointSqs", "SecurityGroupIds"),
    "a group that admits nobody": changed(added("Shut", "AWS::EC2::SecurityGroup", GroupDescription="shut"),
                                          given("EndpointSqs", SecurityGroupIds=[{"Ref": "Shut"}])),
    "S3 not for pods": lambda t: properties(t, "EndpointS3")["RouteTableIds"].remove({"Ref": "PodRouteTable"}),
    "S3 not for a main table": gone("PodSubnet1Association"),
}


@pytest.mark.parametrize("break_it", NOT_SERVED.values(), ids=NOT_SERVED)
def test_a_gap_is_refuted(break_it):
    """Each subnet or world that an endpoint leaves out is found and told."""
    found = answer(SERVED, "network-private", SUBNETS, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["because"]
    assert "conditions" in found.counterexample


NOT_TOLD = {
    "groups of elsewhere": given("EndpointSqs", SecurityGroupIds=["sg-0123456789abcdef0"]),
    "members of another group": changed(
        lambda t: _rules(t).pop(),
        lambda t: _rules(t).append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                                    "SourceSecurityGroupId": {"Ref": "LoadBalancerSecurityGroup"}})),
    "a block that is decided later": within("EndpointSecurityGroup", "SecurityGroupIngress", 1, "CidrIp",
                                            value={"Ref": "TenantId"}),
    "subnets of elsewhere": given("EndpointSqs", SubnetIds=["subnet-0123456789abcdef0"]),
    "a zone that AWS picks": without("PodSubnet1", "AvailabilityZone"),
    "a service that is decided later": given("EndpointKms", ServiceName={"Ref": "TenantId"}),
    "private DNS decided later": given("EndpointSqs", PrivateDnsEnabled={"Ref": "GuardDuty"}),
    "tables decided later": given("EndpointS3", RouteTableIds={"Ref": "AvailabilityZones"}),
}


@pytest.mark.parametrize("open_it", NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_is_not_told_is_undecided(open_it):
    """Where the template does not say who is served, nobody is said to be."""
    assert answer(SERVED, "network-private", SUBNETS, open_it).verdict is Verdict.UNDECIDED


SERVED_TOO = {
    "everybody": changed(lambda t: _rules(t).clear(), lambda t: _rules(t).append(
        {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"})),
    "everybody by halves": changed(lambda t: _rules(t).clear(), lambda t: _rules(t).extend(
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIp": half} for half in HALVES)),
    "a rule of its own": changed(lambda t: _rules(t).pop(), added(
        "Pods", "AWS::EC2::SecurityGroupIngress", GroupId={"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]},
        IpProtocol="6", FromPort=443, ToPort=443, CidrIp={"Ref": "PodCidr"})),
    "the VPC's own block by name": within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "CidrIp",
                                          value={"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
    "literal blocks": changed(
        given("Vpc", CidrBlock="10.0.0.0/16"), given("PodSubnet1", CidrBlock="100.64.0.0/18"),
        lambda t: _rules(t).append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "100.64.0.0/16"}),
        lambda t: _rules(t).append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"})),
}


@pytest.mark.parametrize("change", SERVED_TOO.values(), ids=SERVED_TOO)
def test_other_ways_to_serve_are_proved(change):
    """A group that is written otherwise and admits the same is no false alarm."""
    assert answer(SERVED, "network-private", SUBNETS, change).verdict is Verdict.PROVED


@pytest.mark.parametrize("change", [lambda template: None, *NOT_SERVED.values()], ids=["as it is", *NOT_SERVED])
def test_names_do_not_matter(change):
    """Other logical ids, the same verdict."""
    before = answer(SERVED, "network-private", SUBNETS, change)
    after = answer(SERVED, "network-private", SUBNETS | {"subnets": ["XNode*", "XPod*"]}, changed(change, renamed))
    assert after.verdict is before.verdict


def test_service_names_are_read_in_every_partition():
    """A service is known by the end of its name, wherever it is; one of PrivateLink customers is none of AWS's."""
    assert service_of("com.amazonaws.${AWS::Region}.ecr.api") == "ecr.api"
    assert service_of("cn.com.amazonaws.cn-north-1.sts") == "sts"
    assert service_of("com.amazonaws.vpce.${AWS::Region}.vpce-svc-1") == ""
    assert service_of("${TenantId}") == ""


@pytest.mark.parametrize("template", ["network-private", "network-shared", "network-dedicated",
                                      "network-private-existing-vpc"])
def test_published_endpoints_have_policies(template):
    """Every endpoint of every published template has a policy, or leads to an endpoint service, which takes none."""
    assert answer(POLICIES, template).verdict is Verdict.PROVED


def test_templates_without_endpoints_are_not_asked():
    """A template that makes no endpoint is not asked for policies."""
    assert not POLICIES.asked(case("endpoint-service"))


def _statements(change):
    return lambda t: change(properties(t, "EndpointKms")["PolicyDocument"]["Statement"])


BARE = {
    "no policy": without("EndpointSqs", "PolicyDocument"),
    "no policy in one world": given("EndpointSqs", PolicyDocument={"Fn::If": [
        "GuardDutyEnabled", {"Ref": "AWS::NoValue"}, {"Statement": []}]}),
    "everything": _statements(lambda rows: rows.append(ALLOW_ALL)),
    "everything of the service": _statements(lambda rows: rows.append({**ALLOW_ALL, "Action": ["kms:*"]})),
    "one action on anybody's": _statements(lambda rows: rows.append({**ALLOW_ALL, "Action": "kms:Decrypt"})),
    "any account by its number": _statements(lambda rows: rows.append(
        {**ALLOW_ALL, "Condition": {"StringLike": {"aws:PrincipalAccount": "*"}}})),
    "who may be absent": _statements(lambda rows: rows.append(
        {**ALLOW_ALL, "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}})),
    "not these": _statements(lambda rows: rows.append(
        {**ALLOW_ALL, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}})),
    "TLS alone": _statements(lambda rows: rows.append(
        {**ALLOW_ALL, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
    "all but one action": _statements(lambda rows: rows.append(
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "NotAction": "kms:Encrypt", "Resource": "*"})),
    "every key by its ARN": _statements(lambda rows: rows.append(
        {**ALLOW_ALL, "Resource": {"Fn::Sub": "arn:${AWS::Partition}:kms:*:*:*"}})),
    "a resource that may be anything": changed(
        lambda t: t["Parameters"].update(Which={"Type": "String"}),
        _statements(lambda rows: rows.append({**ALLOW_ALL, "Resource": {"Ref": "Which"}}))),
    "no condition any more": _statements(lambda rows: rows[0].pop("Condition")),
}


@pytest.mark.parametrize("break_it", BARE.values(), ids=BARE)
def test_an_open_policy_is_refuted(break_it):
    """An endpoint that lets anybody pass to anybody's resources is found."""
    found = answer(POLICIES, "network-private", None, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["endpoint"]


def test_policies_that_cannot_be_read_are_undecided():
    """A policy that is decided at deployment, and a service nobody knows, leave the answer open."""
    for change in (given("EndpointSqs", PolicyDocument={"Ref": "TenantId"}),
                   changed(without("EndpointSqs", "PolicyDocument"), given("EndpointSqs", ServiceName="com.example"))):
        assert answer(POLICIES, "network-private", None, change).verdict is Verdict.UNDECIDED


def test_narrow_policies_are_proved():
    """Anybody may read one bucket of AWS's, and own principals may go to anybody's resources."""
    for row in ({**ALLOW_ALL, "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/1"},
                {**ALLOW_ALL, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
                {**ALLOW_ALL, "Action": "sts:GetCallerIdentity"}, {**ALLOW_ALL, "Effect": "Deny"}):
        change = _statements(lambda rows, row=row: rows.append(row))
        assert answer(POLICIES, "network-private", None, change).verdict is Verdict.PROVED


def test_open_resources_are_told():
    """Where own principals may go to anybody's resources, a note says so: somebody's bucket may be the way out."""
    change = _statements(lambda rows: rows[0]["Condition"]["StringEquals"].pop("aws:ResourceAccount"))
    before = answer(POLICIES, "network-private").notes
    after = answer(POLICIES, "network-private", None, change).notes
    assert set(after) - set(before) == {"EndpointKms lets those it names pass to anybody's resources"}


@pytest.mark.parametrize("change", BARE.values(), ids=BARE)
def test_names_of_endpoints_do_not_matter(change):
    """Other logical ids, the same verdict about policies."""
    assert answer(POLICIES, "network-private", None, changed(change, renamed)).verdict is Verdict.REFUTED
