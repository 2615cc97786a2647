"""What was once taken for equal and is not, and what was once taken for more and is the same."""

from typing import Any

import pytest

from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.diff.pairing import paired
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.made import Json, compared, policy, read, role, statement

SECRET = {"Parameters": {"Word": {"Type": "String", "NoEcho": True}}}
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
KEY = policy({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"})


def made(type_: str, **properties: Any) -> Json:
    """One resource."""
    return {"Type": type_, "Properties": properties}


def of(**resources: Json) -> Json:
    """A template of resources."""
    return {"Resources": {"Handle": HANDLE, **resources}}


def answers(old: Json, new: Json) -> tuple[Verdict, Verdict]:
    """Whether the new may do nothing more, and nothing less."""
    found = compared(old, new)
    return found.more, found.less


def opens(old: Json, new: Json) -> bool:
    """Whether it is not proved that the new may do nothing more."""
    return answers(old, new)[0] is not Verdict.PROVED


def test_a_section_that_nobody_reads_leaves_it_open():
    """Hooks let CloudFormation do what no judge looks at."""
    hooks = {"Hooks": {"Green": {"Type": "AWS::CodeDeploy::BlueGreen"}}}
    assert opens(of(), {**of(), **hooks})
    assert answers({**of(), **hooks}, {**of(), **hooks}) == (Verdict.PROVED, Verdict.PROVED)


@pytest.mark.parametrize("new", [
    {"Outputs": {"Word": {"Value": {"Fn::Sub": "it is ${Word}"}}}},
    {"Resources": {"Handle": {**HANDLE, "Metadata": {"word": {"Ref": "Word"}}}}}])
def test_a_hidden_parameter_in_an_output_or_in_metadata_can_be_read(new: Json):
    """NoEcho hides a value among the parameters and nowhere else."""
    found = compared({**of(), **SECRET}, {**of(), **SECRET, **new})
    assert found.more is Verdict.REFUTED


@pytest.mark.parametrize("properties", [{"Tags": [{"Key": "word", "Value": {"Ref": "Word"}}]},
                                        {"Description": {"Ref": "Word"}}])
def test_a_hidden_parameter_in_a_new_place_leaves_it_open(properties: Json):
    """Nobody knows who may read a tag or a description."""
    old, new = role(statement()), role(statement(), **properties)
    assert opens({**of(Role=old), **SECRET}, {**of(Role=new), **SECRET})


@pytest.mark.parametrize("value", [
    {"Fn::GetAtt": ["Access", "SecretAccessKey"]}, {"Fn::Sub": "${Access.SecretAccessKey}"},
    {"Fn::Join": ["", ["{{resolve:secretsmanager:db:SecretString:password}}"]]}])
def test_an_output_that_tells_a_secret_leaves_it_open(value: Any):
    """Whoever may see a stack may read its outputs."""
    old = of(User=made("AWS::IAM::User"), Access=made("AWS::IAM::AccessKey", UserName={"Ref": "User"}))
    assert opens(old, {**old, "Outputs": {"It": {"Value": value}}})
    assert not opens(old, {**old, "Outputs": {"It": {"Value": {"Fn::GetAtt": ["User", "Arn"]}}}})


def test_a_moved_alias_and_one_that_policies_speak_of_leave_it_open():
    """What is encrypted under an alias is read by the users of its key, and policies may speak of aliases."""
    keys = {name: made("AWS::KMS::Key", KeyPolicy=KEY) for name in ("One", "Two")}

    def with_alias(key: str, name: str, *more: Json) -> Json:
        alias = made("AWS::KMS::Alias", AliasName=name, TargetKeyId={"Ref": key})
        return of(**keys, Alias=alias, **({"Role": role(*more)} if more else {}))

    asks = statement("kms:Decrypt", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/b"}})
    assert opens(with_alias("One", "alias/a"), with_alias("Two", "alias/a"))
    assert opens(with_alias("One", "alias/a", asks), with_alias("One", "alias/b", asks))
    assert not opens(with_alias("One", "alias/a"), with_alias("One", "alias/b"))


def test_a_key_that_is_switched_on_leaves_it_open():
    """Nobody decrypts with a key that is switched off."""
    assert opens(of(Key=made("AWS::KMS::Key", KeyPolicy=KEY, Enabled=False)), of(Key=made("AWS::KMS::Key",
                                                                                        KeyPolicy=KEY)))


def test_one_text_that_becomes_a_list_leaves_it_open():
    """`a,b` is one ARN as a text, and two as a list."""
    def taking(type_: str) -> Json:
        return {**of(Role=role(statement(resource={"Ref": "Arns"}))), "Parameters": {"Arns": {"Type": type_}}}

    assert opens(taking("String"), taking("CommaDelimitedList"))


def test_a_policy_that_is_told_by_an_output_is_asked_for_itself():
    """Others may carry it, whatever the role that carries it here could do before."""
    def carrying(action: str, outputs: Json) -> Json:
        own = made("AWS::IAM::ManagedPolicy", PolicyDocument=policy(statement(action)))
        return {**of(Role=role(statement("*"), ManagedPolicyArns=[{"Ref": "Own"}]), Own=own), "Outputs": outputs}

    told = {"It": {"Value": {"Ref": "Own"}}}
    assert answers(carrying("sqs:*", told), carrying("*", told)) == (Verdict.REFUTED, Verdict.PROVED)
    assert answers(carrying("sqs:*", {}), carrying("*", {})) == (Verdict.PROVED, Verdict.PROVED)


def test_a_policy_that_moves_from_inline_to_managed_makes_no_template_broader():
    """A new policy that a role of the template carries lets nobody else do anything."""
    own = made("AWS::IAM::ManagedPolicy", PolicyDocument=policy(statement()))
    assert answers(of(Role=role(statement())), of(Role=role(ManagedPolicyArns=[{"Ref": "Own"}]), Own=own)) == (
        Verdict.PROVED, Verdict.PROVED)


def test_a_bucket_that_is_kept_loses_its_policy():
    """A bucket with DeletionPolicy Retain outlives its template, and a policy without one does not."""
    denies = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    rules = made("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=denies)
    bucket = {**made("AWS::S3::Bucket"), "DeletionPolicy": "Retain"}
    assert answers(of(Bucket=bucket, Rules=rules), of())[0] is Verdict.REFUTED
    assert not opens(of(Bucket=made("AWS::S3::Bucket"), Rules=rules), of())
    assert not opens(of(Bucket=bucket, Rules={**rules, "DeletionPolicy": "Retain"}), of())


def test_a_map_that_hangs_on_the_region_is_asked_in_the_regions_that_it_names():
    """No value is made up for what a map tells, so that a region that is new to it shows nothing."""
    def mapped(**regions: str) -> Json:
        arns = {region.replace("_", "-"): {"arn": arn} for region, arn in regions.items()}
        looked_up = {"Fn::FindInMap": ["Arns", {"Ref": "AWS::Region"}, "arn"]}
        return {**of(Role=role(statement(resource=looked_up))), "Mappings": {"Arns": arns}}

    one = mapped(us_east_1="arn:aws:s3:::a")
    assert answers(one, mapped(us_east_1="*"))[0] is Verdict.REFUTED
    assert answers(one, mapped(us_east_1="arn:aws:s3:::a", eu_west_1="arn:aws:s3:::a")) == (
        Verdict.UNDECIDED, Verdict.UNDECIDED)


def test_renamed_roles_are_told_apart_by_what_names_them():
    """Of two alike, the one that a policy is attached to is the one it was attached to."""
    def named(one: str, other: str) -> Json:
        more = made("AWS::IAM::Policy", PolicyName="more", PolicyDocument=policy(statement("*")), Roles=[{"Ref": one}])
        return of(**{name: role(statement()) for name in sorted((one, other))}, More=more)

    assert paired(read(named("A", "B")), read(named("D", "C"))).names["A"] == "D"
    assert answers(named("A", "B"), named("D", "C")) == (Verdict.PROVED, Verdict.PROVED)


VPC = {"Vpc": made("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"), "Table": made("AWS::EC2::RouteTable", VpcId={
    "Ref": "Vpc"}), "Subnet": made("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24"),
    "Association": made("AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "Subnet"},
                        RouteTableId={"Ref": "Table"})}


def routed(key: str, value: Any) -> Json:
    """A default route."""
    return made("AWS::EC2::Route", RouteTableId={"Ref": "Table"}, DestinationCidrBlock="0.0.0.0/0", **{key: value})


def test_a_gateway_endpoint_that_is_gone_leaves_its_service_to_other_routes():
    """What its policy refused may be asked by the default route; without a policy it refused nothing."""
    allows = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"})

    def endpoint(**properties: Any) -> Json:
        return made("AWS::EC2::VPCEndpoint", VpcId={"Ref": "Vpc"}, ServiceName="com.amazonaws.eu-west-1.s3",
                    RouteTableIds=[{"Ref": "Table"}], **properties)

    out = {**VPC, "Out": routed("TransitGatewayId", "tgw-1")}
    assert opens(of(**out, Endpoint=endpoint(PolicyDocument=allows)), of(**out))
    assert not opens(of(**out, Endpoint=endpoint()), of(**out))
    assert not opens(of(**VPC, Endpoint=endpoint(PolicyDocument=allows)), of(**VPC))
    assert not opens(of(**out, Endpoint=endpoint(PolicyDocument=allows)),
                     of(**out, Other=endpoint(PolicyDocument=allows)))


def test_a_gateway_that_is_attached_leaves_open_where_its_routes_led():
    """A route to a gateway that is not attached leads nowhere."""
    gateway = {**VPC, "Gateway": made("AWS::EC2::InternetGateway"), "Out": routed("GatewayId", {"Ref": "Gateway"})}
    attached = made("AWS::EC2::VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, InternetGatewayId={"Ref": "Gateway"})
    assert opens(of(**gateway), of(**gateway, Attachment=attached))
    assert not opens(of(**gateway, Attachment=attached), of(**gateway, Renamed=attached))


def group(*ingress: Json, **more: Any) -> Json:
    """A security group."""
    return made("AWS::EC2::SecurityGroup", GroupDescription="one", VpcId={"Ref": "Vpc"},
                SecurityGroupIngress=list(ingress), **more)


RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def test_a_rule_that_stands_elsewhere_takes_the_default_ones_away():
    """A group whose only rule for what goes out is removed lets everything out again."""
    added = made("AWS::EC2::SecurityGroupEgress", GroupId={"Ref": "Group"}, CidrIp="10.0.0.0/16", **RULE)
    limited, default = of(**VPC, Group=group(), Added=added), of(**VPC, Group=group())
    assert answers(limited, default) == (Verdict.REFUTED, Verdict.PROVED)
    assert answers(limited, of(**VPC, Group=group({**RULE, "CidrIp": "10.0.0.0/8"}), Added=added)) == (
        Verdict.REFUTED, Verdict.PROVED)
    assert answers(limited, limited) == (Verdict.PROVED, Verdict.PROVED)


@pytest.mark.parametrize(("named", "is_open"), [
    ("10.0.3.0/24", True), ("10.0.1.0/25", True), ("10.0.0.0/16", False), ("0.0.0.0/0", False), ("10.9.0.0/16", False)])
def test_a_subnet_that_moves_into_a_block_of_a_filter_leaves_it_open(named: str, is_open: bool):
    """What stands in it is let through by a rule that did not speak of it."""
    both = {**VPC, "Group": group({**RULE, "CidrIp": named})}
    moved = made("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.3.0/24")
    assert opens(of(**both), of(**{**both, "Subnet": moved})) is is_open


@pytest.mark.parametrize(("type_", "attributes", "key", "is_open"), [
    ("LoadBalancer", "LoadBalancerAttributes", "waf.fail_open.enabled", True),
    ("LoadBalancer", "LoadBalancerAttributes", "ipv6.deny_all_igw_traffic", True),
    ("LoadBalancer", "LoadBalancerAttributes", "deletion_protection.enabled", False),
    ("TargetGroup", "TargetGroupAttributes", "preserve_client_ip.enabled", True),
    ("TargetGroup", "TargetGroupAttributes", "deregistration_delay.timeout_seconds", False)])
def test_attributes_of_a_load_balancer_that_let_others_through_leave_it_open(type_: str, attributes: str, key: str,
                                                                             is_open: bool):
    """Only attributes that are known to let nobody through are passed over."""
    old, new = (of(It=made(f"AWS::ElasticLoadBalancingV2::{type_}", **{attributes: [{"Key": key, "Value": value}]}))
                for value in ("true", "false"))
    assert opens(old, new) is is_open


def test_a_rule_group_that_only_alerts_leaves_it_open():
    """An override turns what a group of AWS's own drops into an alert."""
    def referring(**more: Any) -> Json:
        group_ = {"ResourceArn": "arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/one", **more}
        return of(Policy=made("AWS::NetworkFirewall::FirewallPolicy", FirewallPolicyName="one", FirewallPolicy={
            "StatelessDefaultActions": ["aws:forward_to_sfe"], "StatefulRuleGroupReferences": [group_],
            "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"]}))

    assert opens(referring(), referring(Override={"Action": "DROP_TO_ALERT"}))
    assert not opens(referring(), referring())


def test_the_secret_of_a_parameter_is_one_finding():
    """All that is said of a parameter is said once."""
    from conveyor_iac.proofs.diff import parameters

    shown = {"Outputs": {"Word": {"Value": {"Ref": "Word"}}}, "Parameters": {"Word": {"Type": "String"}}}
    found = list(parameters.found(joint(read({**of(), **SECRET}), read({**of(), **shown}))))
    assert [(one.kind, one.subject, one.answer.verdict) for one in found] == [
        (Kind.PARAMETER, "Word", Verdict.REFUTED)]


def test_a_resource_that_joins_a_group_which_others_let_in_leaves_it_open():
    """A group without rules of its own is still a name by which others let its members in."""
    shut = {"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]}
    groups = {"Own": group(), "Member": group(**shut), "Other": group(
        {**RULE, "SourceSecurityGroupId": {"Ref": "Member"}}, **shut)}

    def balancer(*names: str) -> Json:
        return of(**VPC, **groups, Balancer=made("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal",
                                                 SecurityGroups=[{"Ref": name} for name in names]))

    assert opens(balancer("Own"), balancer("Own", "Member"))
    assert not opens(balancer("Own", "Member"), balancer("Member", "Own"))


@pytest.mark.parametrize("type_", ["AWS::IAM::ManagedPolicy", "AWS::IAM::Group"])
def test_a_deny_that_is_gone_lets_strangers_do_more(type_: str):
    """Whoever carries a policy, or is in a group, may be allowed what only that one refused."""
    def denying(*statements: Json) -> Json:
        if type_ == "AWS::IAM::Group":
            return of(It=made(type_, Policies=[{"PolicyName": "own", "PolicyDocument": policy(*statements)}]))
        return of(It=made(type_, PolicyDocument=policy(*statements)))

    users, read_ = statement("iam:CreateUser", effect="Deny"), statement()
    assert answers(denying(read_, users), denying(read_)) == (Verdict.REFUTED, Verdict.PROVED)
    assert answers(denying(users, read_), denying(read_, users)) == (Verdict.PROVED, Verdict.PROVED)


def test_names_that_change_places_leave_it_open():
    """A role that takes the name of another one, or a name that a policy speaks of, is what is meant by it now."""
    def named(one: str, other: str, spoken: str = "none") -> Json:
        strong, weak = role(statement("iam:CreateUser")), role(statement())
        for made_, name in ((strong, one), (weak, other)):
            made_["Properties"]["RoleName"] = name
        passing = policy(statement("iam:PassRole", resource=f"arn:aws:iam::222222222222:role/{spoken}"))
        return of(Strong=strong, Weak=weak, Passing=made("AWS::IAM::ManagedPolicy", PolicyDocument=passing))

    assert opens(named("first", "second"), named("second", "first"))
    assert opens(named("first", "second", "third"), named("third", "second", "third"))
    assert not opens(named("first", "second"), named("first", "another"))
