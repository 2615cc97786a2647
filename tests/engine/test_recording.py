"""What the recording provider refuses: names, missing properties, kinds and values, each with a twin that passes."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from conveyor_iac.emulator.extensions.schemas import schema_of
from tests.engine.aws import ROWS, Aws, Refused, Where, zone_id
from tests.engine.kinds import arguments
from tests.engine.recording import Recorder
from tests.engine.registry import SPELLED

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
WHERE = Where(account="222222222222", region="eu-west-1")

GOOD: dict[str, dict[str, Any]] = {
    "ec2/vpc:Vpc": {"cidrBlock": "10.20.0.0/16", "enableDnsSupport": True, "tags": {"Name": "acme"}},
    "ec2/subnet:Subnet": {"vpcId": UNKNOWN, "cidrBlock": "10.20.1.0/24"},
    "ec2/vpcEndpoint:VpcEndpoint": {
        "vpcId": "vpc-1", "serviceName": "com.amazonaws.eu-west-1.s3", "vpcEndpointType": "Interface",
        "subnetIds": [UNKNOWN], "dnsOptions": {"dnsRecordIpType": "ipv4"}, "policy": POLICY},
    "ec2/flowLog:FlowLog": {"vpcId": "vpc-1", "trafficType": "ALL", "logDestinationType": "s3"},
    "iam/role:Role": {"assumeRolePolicy": POLICY, "path": "/conveyor/", "maxSessionDuration": 3600},
    "kms/alias:Alias": {"name": "alias/conveyor/acme", "targetKeyId": "1234"},
    "cloudwatch/logGroup:LogGroup": {"name": "/conveyor/acme", "retentionInDays": 365},
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "bucket": "acme", "rules": [{"bucketKeyEnabled": True, "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}]},
    "s3/bucketOwnershipControls:BucketOwnershipControls": {
        "bucket": "acme", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        "bucket": "acme", "rules": [{"id": "Retention", "status": "Enabled", "expiration": {"days": 90}}]},
    "lb/listener:Listener": {
        "loadBalancerArn": "arn", "protocol": "TCP", "port": 443,
        "defaultActions": [{"type": "forward", "targetGroupArn": "arn"}]},
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.20.0.0/16"},
    "networkfirewall/firewallPolicy:FirewallPolicy": {"name": "acme", "firewallPolicy": {
        "statelessDefaultActions": ["aws:forward_to_sfe"], "statelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "statefulEngineOptions": {"ruleOrder": "STRICT_ORDER"},
        "statefulRuleGroupReferences": [{"resourceArn": UNKNOWN, "priority": 1}]}},
    "networkfirewall/ruleGroup:RuleGroup": {"name": "acme", "capacity": 100, "type": "STATEFUL", "ruleGroup": {
        "rulesSource": {"rulesSourceList": {
            "generatedRulesType": "ALLOWLIST", "targetTypes": ["TLS_SNI"], "targets": ["example.com"]}}}},
    "route53/resolverFirewallRule:ResolverFirewallRule": {
        "action": "BLOCK", "priority": 200, "firewallRuleGroupId": "g", "blockResponse": "NODATA"},
}
_ENCRYPTION = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_POLICY, _GROUP = "networkfirewall/firewallPolicy:FirewallPolicy", "networkfirewall/ruleGroup:RuleGroup"

MISTAKES: dict[str, tuple[str, str, Callable[[dict[str, Any]], Any], str]] = {
    "an unknown property": ("ec2/vpc:Vpc", "cidr", lambda it: it.update(cidr="10.0.0.0/16"), "no such property"),
    "a snake-case nested key": (
        _POLICY, "firewallPolicy.stateful_default_actions",
        lambda it: it["firewallPolicy"].update(stateful_default_actions=[]), "no such property"),
    "a misspelt key two levels down": (
        _POLICY, "firewallPolicy.statefulEngineOptions.rulOrder",
        lambda it: it["firewallPolicy"].update(statefulEngineOptions={"rulOrder": "STRICT_ORDER"}),
        "no such property"),
    "a misspelt key in a list": (
        _POLICY, "firewallPolicy.statefulRuleGroupReferences[0].arn",
        lambda it: it["firewallPolicy"]["statefulRuleGroupReferences"][0].update(arn="arn"), "no such property"),
    "a misspelt key under a rule's source": (
        _GROUP, "ruleGroup.rulesSource.rulesSourceLists",
        lambda it: it["ruleGroup"].update(rulesSource={"rulesSourceLists": {}}), "no such property"),
    "a misspelt encryption rule": (
        _ENCRYPTION, "rules[0].applyServerSideEncryptionByDefault.sseAlgoritm",
        lambda it: it["rules"][0].update(applyServerSideEncryptionByDefault={"sseAlgoritm": "aws:kms"}),
        "no such property"),
    "an encryption rule without algorithm": (
        _ENCRYPTION, "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        lambda it: it["rules"][0]["applyServerSideEncryptionByDefault"].pop("sseAlgorithm"), "is required"),
    "a listener's action without type": (
        "lb/listener:Listener", "defaultActions[0].type", lambda it: it["defaultActions"][0].pop("type"),
        "is required"),
    "a misspelt target of an action": (
        "lb/listener:Listener", "defaultActions[0].targetGroup",
        lambda it: it["defaultActions"][0].update(targetGroup="arn"), "no such property"),
    "a misspelt DNS option": (
        "ec2/vpcEndpoint:VpcEndpoint", "dnsOptions.recordIpType",
        lambda it: it["dnsOptions"].update(recordIpType="ipv4"), "no such property"),
    "a missing required property": ("ec2/subnet:Subnet", "vpcId", lambda it: it.pop("vpcId"), "is required"),
    "text for a number": ("iam/role:Role", "maxSessionDuration", lambda it: it.update(maxSessionDuration="3600"),
                          "not a whole number"),
    "a number for text": ("ec2/vpc:Vpc", "tags.Name", lambda it: it["tags"].update(Name=1), "not text"),
    "text for a list": ("ec2/vpcEndpoint:VpcEndpoint", "subnetIds", lambda it: it.update(subnetIds="subnet-1"),
                        "not a list"),
    "a list for an object": ("s3/bucketOwnershipControls:BucketOwnershipControls", "rule",
                             lambda it: it.update(rule=[]), "not an object"),
    "no address block": ("ec2/vpc:Vpc", "cidrBlock", lambda it: it.update(cidrBlock="banana"), "banana"),
    "an address block with host bits": ("ec2/subnet:Subnet", "cidrBlock",
                                        lambda it: it.update(cidrBlock="10.20.1.1/24"), "host bits"),
    "no address block in a rule": ("vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cidrIpv4",
                                   lambda it: it.update(cidrIpv4="10.20.0.0/33"), "ipv4-network"),
    "a flow log's enum": ("ec2/flowLog:FlowLog", "trafficType", lambda it: it.update(trafficType="EVERYTHING"),
                          "is not one of"),
    "an endpoint's enum": ("ec2/vpcEndpoint:VpcEndpoint", "vpcEndpointType",
                           lambda it: it.update(vpcEndpointType="interface"), "is not one of"),
    "an encryption rule's enum": (
        _ENCRYPTION, "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        lambda it: it["rules"][0]["applyServerSideEncryptionByDefault"].update(sseAlgorithm="kms"), "is not one of"),
    "an ownership's enum, where Pulumi has one for a list": (
        "s3/bucketOwnershipControls:BucketOwnershipControls", "rule.objectOwnership",
        lambda it: it["rule"].update(objectOwnership="Owner"), "is not one of"),
    "a lifecycle rule's enum": (
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules[0].status",
        lambda it: it["rules"][0].update(status="On"), "is not one of"),
    "an action's enum": ("lb/listener:Listener", "defaultActions[0].type",
                         lambda it: it["defaultActions"][0].update(type="forwards"), "is not one of"),
    "a port out of range": ("lb/listener:Listener", "port", lambda it: it.update(port=65536), "maximum"),
    "a session too short": ("iam/role:Role", "maxSessionDuration", lambda it: it.update(maxSessionDuration=60),
                            "minimum"),
    "a path without slash": ("iam/role:Role", "path", lambda it: it.update(path="conveyor"), "does not match"),
    "an alias without its prefix": ("kms/alias:Alias", "name", lambda it: it.update(name="acme"), "does not match"),
    "days that no log group has": ("cloudwatch/logGroup:LogGroup", "retentionInDays",
                                   lambda it: it.update(retentionInDays=42), "is not one of"),
    "a rule order's enum": (
        _POLICY, "firewallPolicy.statefulEngineOptions.ruleOrder",
        lambda it: it["firewallPolicy"]["statefulEngineOptions"].update(ruleOrder="STRICT"), "is not one of"),
    "a list's enum": (
        _GROUP, "ruleGroup.rulesSource.rulesSourceList.generatedRulesType",
        lambda it: it["ruleGroup"]["rulesSource"]["rulesSourceList"].update(generatedRulesType="ALLOW"),
        "is not one of"),
    "a DNS rule's enum": ("route53/resolverFirewallRule:ResolverFirewallRule", "blockResponse",
                          lambda it: it.update(blockResponse="NOTHING"), "is not one of"),
    "a policy that is no JSON": ("iam/role:Role", "assumeRolePolicy",
                                 lambda it: it.update(assumeRolePolicy="{'Statement': []}"), "no JSON"),
}


@pytest.mark.parametrize("token", GOOD)
def test_right_inputs_pass(token: str) -> None:
    """The twin of every mistake passes, with unknown values where ids of other resources go."""
    assert Aws().mistakes(f"aws:{token}", GOOD[token]) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(mistake: str) -> None:
    """Each mistake is found at its path, and says what is wrong with it."""
    token, path, spoil, why = MISTAKES[mistake]
    spoilt = deepcopy(GOOD[token])
    spoil(spoilt)
    found = dict(Aws().mistakes(f"aws:{token}", spoilt))
    assert why in found.get(path, "nothing"), found


def test_all_mistakes_at_once() -> None:
    """Mistakes of names, kinds and values are told together."""
    found = Aws().mistakes("aws:ec2/subnet:Subnet", {"cidrBlock": "banana", "tags": [], "zone": "a"})
    assert sorted(path for path, _ in found) == ["cidrBlock", "tags", "vpcId", "zone"]


@pytest.mark.parametrize("token", GOOD)
def test_unknown_values_pass_everywhere(token: str) -> None:
    """A property whose value is not known yet is right, whatever its kind."""
    assert Aws().mistakes(f"aws:{token}", dict.fromkeys(GOOD[token], UNKNOWN)) == []


@pytest.mark.parametrize(("token", "why"), [
    ("aws:ec2/vpc:Vcp", "no resource"), ("aws:nowhere/thing:Thing", "no Python package"),
    ("aws:sqs/queue:Queue", "no row"),
])
def test_a_type_it_does_not_know_is_refused(token: str, why: str) -> None:
    """A type that the package does not have, and one without a row of ours, is a mistake and says which."""
    assert [(path, why in said) for path, said in Aws().mistakes(token, {})] == [("", True)]


@pytest.mark.parametrize("token", ROWS)
def test_rows_are_of_the_package(token: str) -> None:
    """Every row names a resource type of pulumi_aws, outputs that it has, and replaced properties that it takes."""
    from pulumi import _types as generated

    module, name = token.split("/")[0], token.split(":")[1]
    resource = getattr(__import__(f"pulumi_aws.{module}", fromlist=[name]), name)
    assert {*ROWS[token].out} <= {*generated.resource_types(resource)}
    assert {*ROWS[token].replaced} <= {*generated.input_type_types(arguments(f"aws:{token}"))}


@pytest.mark.parametrize("token", SPELLED)
def test_spellings_are_of_the_schemas(token: str) -> None:
    """Every row of the spelling table names a schema, a start and words that are there, and words of Pulumi's."""
    spelled = SPELLED[token]
    schema = schema_of(spelled.type)
    assert schema
    assert not spelled.start or spelled.start in schema["properties"]
    assert all(f"'{word}'" in str(schema) for word in spelled.words.values())
    assert arguments(token)


def test_another_function_is_refused() -> None:
    """Functions other than the four, and the four under another token, are refused by name."""
    for token in ("aws:ec2/getVpc:getVpc", "aws:index/getArn:getArn", "aws:ec2/getRegion:getRegion"):
        with pytest.raises(Refused, match="does not know the function"):
            Aws().invoke(token, {}, WHERE)


def test_a_provider_without_region_is_refused() -> None:
    """A provider has to be told its region."""
    with pytest.raises(Refused, match="no region"):
        Aws().where({})


@pytest.mark.parametrize(("zone", "id"), [
    ("eu-west-1a", "euw1-az1"), ("us-east-2c", "use2-az3"), ("ap-southeast-2b", "apse2-az2"),
    ("us-gov-west-1a", "usgw1-az1"),
])
def test_zone_ids(zone: str, id: str) -> None:
    """Zone ids are spelled as AWS spells them."""
    assert zone_id(zone) == id


def test_a_firewall_has_an_endpoint_in_each_subnet() -> None:
    """The status of a firewall names an endpoint for every subnet that it stands in."""
    given = {"subnetMappings": [{"subnetId": "subnet-1"}, {"subnetId": "subnet-2"}]}
    states = Aws().computed("aws:networkfirewall/firewall:Firewall", "f", "id", given, WHERE)["firewallStatuses"]
    attached = [one["attachments"][0] for one in states[0]["syncStates"]]
    assert [one["subnetId"] for one in attached] == ["subnet-1", "subnet-2"]
    assert len({one["endpointId"] for one in attached}) == 2
    assert all(one["endpointId"].startswith("vpce-") for one in attached)


def test_the_nth_create_fails_and_only_that() -> None:
    """`fail_at` counts from when it was set, fails one create and is None again."""
    recorder = Recorder()
    recorder.fail_at = 2
    urns = [f"urn:pulumi:dev::test::aws:ec2/vpc:Vpc::{name}" for name in "abc"]
    recorder.create(urns[0], {}, WHERE)
    with pytest.raises(Refused, match="told to fail at the creation of b"):
        recorder.create(urns[1], {}, WHERE)
    assert recorder.fail_at is None
    recorder.create(urns[2], {}, WHERE)
    assert [one["name"] for one in recorder.plain()] == ["a", "c"]


RULE = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.20.0.0/16"}
TARGET = {"targetGroupArn": "arn", "targetId": "10.20.7.5", "port": 443}
INGRESS, EGRESS = (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Ingress", "Egress"))


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::test::{token}::{name}"


@pytest.mark.parametrize("token", [INGRESS, EGRESS])
def test_an_equal_rule_is_refused(token: str) -> None:
    """A rule that says what another one of the group says is refused, made or changed; its description says nothing."""
    recorder = Recorder()
    recorder.create(urn(token, "one"), RULE, WHERE)
    with pytest.raises(Refused, match="two: one exists and says the same"):
        recorder.create(urn(token, "two"), RULE | {"description": "another"}, WHERE)
    other = recorder.create(urn(token, "two"), RULE | {"fromPort": 8443, "toPort": 8443}, WHERE)
    with pytest.raises(Refused, match="says the same"):
        recorder.update(other.urn, other.id, RULE, WHERE)
    assert recorder.resources[other.urn] == other


@pytest.mark.parametrize("change", [{"fromPort": 80}, {"toPort": 444}, {"cidrIpv4": "10.21.0.0/16"},
                                    {"ipProtocol": "udp"}, {"securityGroupId": "sg-2"}])
def test_another_rule_is_not(change: dict[str, Any]) -> None:
    """A rule that differs in anything it says stands beside the first, and so does an equal one of the other way."""
    recorder = Recorder()
    recorder.create(urn(INGRESS, "one"), RULE, WHERE)
    recorder.create(urn(INGRESS, "two"), RULE | change, WHERE)
    recorder.create(urn(EGRESS, "three"), RULE, WHERE)
    first = recorder.resources[urn(INGRESS, "one")]
    recorder.update(first.urn, first.id, RULE | {"description": "the same, told otherwise"}, WHERE)
    assert len(recorder.resources) == 3


def test_targets_go_by_their_value() -> None:
    """A target that is taken away is away for everybody who registered it; another address and port stay."""
    token, recorder = "aws:lb/targetGroupAttachment:TargetGroupAttachment", Recorder()
    first = recorder.create(urn(token, "first"), TARGET, WHERE)
    recorder.create(urn(token, "again"), TARGET, WHERE)
    recorder.create(urn(token, "address"), TARGET | {"targetId": "10.20.7.6"}, WHERE)
    recorder.create(urn(token, "port"), TARGET | {"port": 8443}, WHERE)
    recorder.delete(first.urn, first.id)
    assert [one.name for one in recorder.resources.values()] == ["address", "port"]


def test_domains_are_kept_with_a_dot() -> None:
    """Route 53 answers names with a dot at their end: given without one they are another list, given so the same."""
    token, package = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", Aws()
    bare, dotted = ({"name": "n", "domains": names} for names in (["a.example", "*"], ["a.example.", "*."]))
    assert package.kept(token, bare) == package.kept(token, dotted) == dotted
    recorder = Recorder()
    made = recorder.create(urn(token, "acme"), bare, WHERE)
    assert made.outputs["domains"] == dotted["domains"]
    assert recorder.update(made.urn, made.id, bare, WHERE).outputs["domains"] == dotted["domains"]
    assert package.kept(token, {"domains": UNKNOWN}) == {"domains": UNKNOWN}


@pytest.mark.parametrize(("token", "key", "given"), [
    ("aws:s3/bucket:Bucket", "bucket", {}), ("aws:s3/bucket:Bucket", "bucket", {"bucketPrefix": "ours-"}),
    ("aws:cloudwatch/logGroup:LogGroup", "name", {}), ("aws:cloudwatch/logGroup:LogGroup", "name", {"name": "/ours"}),
    ("aws:sns/topic:Topic", "name", {}), ("aws:lb/targetGroup:TargetGroup", "name", {"namePrefix": "cnvyr-"})])
def test_one_name(token: str, key: str, given: dict[str, Any]) -> None:
    """A resource that was given no name has the same one in its id, its ARN and its outputs, after a change too."""
    recorder = Recorder()
    made = recorder.create(urn(token, "acme-Thing"), given, WHERE)
    changed = recorder.update(made.urn, made.id, given | {"tags": {"a": "b"}}, WHERE)
    for one in (made, changed):
        assert one.outputs[key] in made.id
        assert one.outputs[key] in one.outputs["arn"]
        assert one.outputs["arn"] == made.outputs["arn"]
