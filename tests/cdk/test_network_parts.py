"""What holds of every network, whoever it is made for: in the stacks of installations and in published templates."""

import json

import pytest

KEPT = {"AWS::KMS::Key", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Logs::LogGroup"}
NOWHERE = "255.255.255.255/32"
"""The only address that a group without rules of its own lets out to."""


@pytest.fixture(params=["app", "published"])
def templates(request, app, kinds, made_now):
    """Every template of a profile, read: of all installations, or all that are published."""
    files = made_now if request.param == "published" else {
        f"{kind}: {name}": file for kind in kinds for name, file in app(kind).items()}
    return {name: json.loads(file.read_text()) for name, file in files.items()}


@pytest.fixture
def every(templates):
    """Every resource of a type, with the name of its template."""

    def every(*types):
        found = [(f"{name}: {key}", row) for name, template in templates.items()
                 for key, row in template["Resources"].items() if row["Type"] in types]
        assert found
        return found

    return every


def test_retained(every, templates):
    """Keys, buckets with their policies, and log groups stay when their stack is deleted or they are replaced."""
    for name, row in every(*KEPT):
        assert (row["DeletionPolicy"], row["UpdateReplacePolicy"]) == ("Retain", "Retain"), name
    others = [key for template in templates.values() for key, row in template["Resources"].items()
              if row.get("DeletionPolicy", "Delete") != "Delete" and row["Type"] not in KEPT]
    assert others == []


def test_key(every):
    """Every key turns over by itself, and closes bucket, topic and log group."""
    assert all(row["Properties"]["EnableKeyRotation"] is True for _, row in every("AWS::KMS::Key"))
    for name, row in every("AWS::SNS::Topic", "AWS::Logs::LogGroup"):
        assert {"KmsMasterKeyId", "KmsKeyId"} & set(row["Properties"]), name
    for name, row in every("AWS::S3::Bucket"):
        (rule,) = row["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert "KMSMasterKeyID" in rule["ServerSideEncryptionByDefault"], name


def test_no_public_addresses(every):
    """No subnet gives its machines a public address."""
    for name, row in every("AWS::EC2::Subnet"):
        assert row["Properties"]["MapPublicIpOnLaunch"] is False, name


def test_dns(every):
    """Every VPC has both DNS attributes on, which private DNS of endpoints needs."""
    for name, row in every("AWS::EC2::VPC"):
        asked = row["Properties"]
        assert (asked["EnableDnsSupport"], asked["EnableDnsHostnames"]) == (True, True), name


def test_default_security_group(templates, walk):
    """The VPC's default security group is used by nothing: only the command that empties it names it."""
    said = 0
    for template in templates.values():
        found = [part for key, part in walk(template["Resources"]) if key == "Fn::GetAtt"]
        assert not [part for part in found if part[1] == "DefaultSecurityGroup"]
        outputs = {key for key, row in template.get("Outputs", {}).items() if "DefaultSecurityGroup" in str(row)}
        assert {key.removeprefix("ControlPlane") for key in outputs} <= {"EmptyDefaultSecurityGroup"}
        said += len(outputs)
    assert said


def test_security_groups_are_named(every, templates):
    """Every interface endpoint and every load balancer names a security group of ours: none gets the default one."""
    for name, row in every("AWS::EC2::VPCEndpoint", "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        asked, ours = row["Properties"], templates[name.rpartition(": ")[0]]["Resources"]
        if asked.get("VpcEndpointType") == "Gateway":
            assert "SecurityGroupIds" not in asked
            continue
        groups = asked.get("SecurityGroupIds") or asked["SecurityGroups"]
        for group in groups:
            named = group["Ref"] if "Ref" in group else group["Fn::GetAtt"][0]
            assert ours[named]["Type"] == "AWS::EC2::SecurityGroup", name
        assert groups, name


def test_nothing_out(every):
    """Every security group says what may leave, and none lets everything out."""
    for name, row in every("AWS::EC2::SecurityGroup"):
        rules = row["Properties"]["SecurityGroupEgress"]
        assert rules, name
        for rule in rules:
            assert rule["IpProtocol"] != "-1", name
            assert rule["IpProtocol"] == "tcp" or rule["CidrIp"] == NOWHERE, name
            assert "0.0.0.0/0" not in str(rule), name


def test_accepted_by_hand(every):
    """Every endpoint service wants each connection accepted by hand, and names who may ask."""
    for name, row in every("AWS::EC2::VPCEndpointService"):
        assert row["Properties"]["AcceptanceRequired"] is True, name
    for name, row in every("AWS::EC2::VPCEndpointServicePermissions"):
        assert row["Properties"]["AllowedPrincipals"], name
        assert "*" not in str(row["Properties"]["AllowedPrincipals"]), name


def test_tags(every, request):
    """What takes tags says whose it is; of which deployment and by which version, in published templates only.

    In the stacks of an installation those two, and the customer's own tags, are tags of the stack.
    """
    published = "published" in request.node.callspec.params.values()
    ours = {"conveyor:tenant", "conveyor:deployment", "conveyor:version"} if published else {"conveyor:tenant"}
    for name, row in every("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint", "AWS::KMS::Key",
                           "AWS::S3::Bucket", "AWS::ElasticLoadBalancingV2::Listener"):
        keys = {tag["Key"] for tag in row["Properties"]["Tags"]}
        assert {key for key in keys if not key.startswith("kubernetes.io/")} - {"Name"} == ours, name


def test_firewall_per_zone(templates):
    """Every zone has a firewall of its own in that zone's subnet, with a log of its alerts; all share one policy."""
    seen = 0
    for name, template in templates.items():
        rows = template["Resources"]
        assert not [row for row in rows.values() if row["Type"] == "AWS::NetworkFirewall::VpcEndpointAssociation"], name
        for key, row in rows.items():
            if row["Type"] == "AWS::NetworkFirewall::Firewall":
                place, number = key[:-len("Firewall1")], key[-1]
                subnet, asked = f"{place}FirewallSubnet{number}", row["Properties"]
                assert [place_["SubnetId"] for place_ in asked["SubnetMappings"]] == [{"Ref": subnet}], name
                assert asked["FirewallPolicyArn"] == {"Fn::GetAtt": [f"{place}FirewallPolicy", "FirewallPolicyArn"]}
                log = rows[f"{key}Logging"]["Properties"]
                assert log["FirewallArn"] == {"Fn::GetAtt": [key, "FirewallArn"]}
                (config,) = log["LoggingConfiguration"]["LogDestinationConfigs"]
                assert (config["LogType"], config["LogDestinationType"]) == ("ALERT", "CloudWatchLogs")
                seen += 1
        made = [key for key, row in rows.items() if row["Type"] == "AWS::NetworkFirewall::Firewall"]
        zones = [key for key in rows if key.endswith(tuple(f"FirewallSubnet{number}" for number in "1234"))]
        assert len(made) == len(zones), name
    assert seen


def test_firewall_routes(every, templates):
    """A route to a firewall leads to the one of its own zone: the second half of the one ZONE:ENDPOINT it answers."""
    found = [(name, row) for name, row in every("AWS::EC2::Route") if "VpcEndpointId" in row["Properties"]]
    assert found
    for name, row in found:
        number, place = name[-1], "ControlPlane" if ": ControlPlane" in name else ""
        pair = {"Fn::Select": [0, {"Fn::GetAtt": [f"{place}Firewall{number}", "EndpointIds"]}]}
        assert row["Properties"]["VpcEndpointId"] == {"Fn::Select": [1, {"Fn::Split": [":", pair]}]}, name
        assert f"{place}Firewall{number}" in templates[name.rpartition(": ")[0]]["Resources"], name


def test_firewall_default_action(every):
    """What no rule passes is dropped and told of once its protocol is known: a greeting may take two packets."""
    for name, row in every("AWS::NetworkFirewall::FirewallPolicy"):
        policy = row["Properties"]["FirewallPolicy"]
        assert policy["StatefulDefaultActions"] == ["aws:drop_established_app_layer_to_server",
                                                    "aws:alert_established_app_layer_to_server"], name
        assert policy["StatefulEngineOptions"]["RuleOrder"] == "STRICT_ORDER", name


def test_return_routes(every, templates):
    """A route back to nodes waits for the subnet whose block it names: EC2 takes none that no subnet has."""
    found = [(name, row) for name, row in every("AWS::EC2::Route") if "NodeReturnRoute" in name]
    assert found
    for name, row in found:
        waits = row["DependsOn"]
        subnet = name.rpartition(": ")[2].replace("ReturnRoute", "Subnet").removesuffix("Ipv6")
        assert subnet in ([waits] if isinstance(waits, str) else waits), name


def test_notification_waits_for_its_policy(templates):
    """EC2 is told of the topic once the topic's policy lets it publish."""
    seen = 0
    for name, template in templates.items():
        rows = template["Resources"]
        for key, row in rows.items():
            topic = key.replace("EndpointServiceNotification", "ConnectionTopic")
            if row["Type"] == "AWS::EC2::VPCEndpointConnectionNotification" and topic in rows:
                waits = row["DependsOn"]
                assert f"{topic}Policy" in ([waits] if isinstance(waits, str) else waits), name
                seen += 1
    assert seen


def test_target_groups_have_no_name(every):
    """No target group has a name: one that must be made anew, for another port, would meet its own."""
    groups = every("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert [name for name, row in groups if "Name" in row["Properties"]] == []


def test_key_alias(resources):
    """The alias of a key says whose it is: that of an endpoint service by itself has a name of its own."""
    def aliases(kind):
        return {row["Properties"]["AliasName"] for row in resources(kind).values() if row["Type"] == "AWS::KMS::Alias"}

    assert aliases("endpoint service") == {"alias/conveyor-acme-endpoint-service"}
    assert aliases("endpoint service").isdisjoint(aliases("private") | aliases("dedicated"))
    assert len(aliases("dedicated")) == 2


def test_allowed_names(templates):
    """No name that may be asked for or passed is of China's domain: no network of these is there."""
    seen = 0
    for name, template in templates.items():
        rows = [row["Properties"] for row in template["Resources"].values()
                if row["Type"] in ("AWS::Route53Resolver::FirewallDomainList", "AWS::NetworkFirewall::RuleGroup")]
        seen += len(rows)
        assert ".com.cn" not in json.dumps(rows), name
    assert seen
