"""What the recording provider answers for the package `aws`: ids, computed outputs, replacements, a few functions.

Knows how AWS's ids and ARNs look and which outputs others read. All of it is made from the resource's id, so the same
program gives the same answers. Refuses to know resource types without a row here: a new type needs one. It is no
emulator: nothing is resolved that AWS would look up, only what a row says. Of AWS's own laws it knows three: what must
not be there twice, what goes by its value, and what is kept in another spelling.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from tests.engine import kinds, registry
from tests.engine.kinds import Mistake, NoSuchType

Given = Mapping[str, Any]

ZONES = "abc"
"""Every region has these three zones, and `eu-west-1a` has the id `euw1-az1` in every account."""


class Refused(Exception):
    """The provider cannot answer; the message says what and why."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """The account and region that a provider works in, and the tags it puts on everything."""

    account: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return next((name for start, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
                     if self.region.startswith(start)), "aws")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A resource type.

    Args:
        id: its ids: `{hex}` is 17 hexadecimal digits, other words are those of `_words` and the inputs' own names.
        out: its computed outputs, of the same words and `{id}`. Both may be a function of inputs and words instead.
        replaced: properties that cannot change and of which the registry schema does not say so, each with the reason.
        once: properties that no two resources of the type may have alike: the second is refused.
        by_value: properties by which it is deleted: whatever is alike in these goes with it.
        kept: how AWS keeps a property that it spells in its own way.
    """

    id: str | Callable[[Given, Given], str]
    out: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    once: tuple[str, ...] = ()
    by_value: tuple[str, ...] = ()
    kept: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


def _ec2(kind: str) -> str:
    return "arn:{partition}:ec2:{region}:{account}:" + kind + "/{id}"


def _statuses(given: Given, words: Given) -> list[Any]:
    """One endpoint for each subnet of a firewall."""
    return [{"syncStates": [{
        "availabilityZone": f"{words['region']}{ZONES[number % 3]}",
        "attachments": [{"endpointId": f"vpce-{_hex(words['id'], str(number))}", "subnetId": mapping.get("subnetId")}]}
        for number, mapping in enumerate(given.get("subnetMappings", []))]}]


def _dns_entries(given: Given, words: Given) -> list[Any]:
    """Names of an interface endpoint; a gateway endpoint has none."""
    if given.get("vpcEndpointType") != "Interface":
        return []
    return [{"dnsName": "{id}-{hex8}.{service}.{region}.vpce.amazonaws.com".format(
        service=str(given.get("serviceName", "")).rsplit(".", 1)[-1], **words),
        "hostedZoneId": "Z7HUB22UULQXV"}]


def _zone(given: Given, words: Given) -> str:
    number = int(str(given.get("availabilityZoneId", "az1"))[-1])
    return str(given.get("availabilityZone") or f"{words['region']}{ZONES[number - 1]}")


def _zone_id(given: Given, words: Given) -> str:
    return str(given.get("availabilityZoneId") or zone_id(str(given.get("availabilityZone", f"{words['region']}a"))))


def _ipv6(given: Given, words: Given) -> str | None:
    digits = words["hex"]
    return f"2a05:d018:{digits[:3]}:{digits[3:5]}00::/56" if given.get("assignGeneratedIpv6CidrBlock") else None


def _dotted(names: Any) -> Any:
    """Domain names as Route 53 keeps them."""
    return [name if name == UNKNOWN or name.endswith(".") else f"{name}." for name in names]


def _listener(given: Given, words: Given) -> str:
    return f"{str(given['loadBalancerArn']).replace(':loadbalancer/', ':listener/')}/{words['hex16']}"


_FIREWALL = "arn:{partition}:network-firewall:{region}:{account}:"
_BALANCING = "arn:{partition}:elasticloadbalancing:{region}:{account}:"
_RESOLVER = "arn:{partition}:route53resolver:{region}:{account}:"
_IAM = "arn:{partition}:iam::{account}:"
_OWNER = {"ownerId": "{account}"}
_BY_NAME = {"name": "the name is its identity, and is in its ARN"}
_RULE = ("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId",
         "referencedSecurityGroupId")
"""What a rule of a security group says; its description and tags are no part of it."""


def _nothing_but(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "the resource is nothing but this")


ROWS: dict[str, Row] = {
    "ec2/vpc:Vpc": Row(id="vpc-{hex}", out={
        "arn": _ec2("vpc"), "defaultSecurityGroupId": "sg-{hex}", "defaultRouteTableId": "rtb-{hex}",
        "mainRouteTableId": "rtb-{hex}", "defaultNetworkAclId": "acl-{hex}", "dhcpOptionsId": "dopt-{hex}",
        "ipv6CidrBlock": _ipv6, **_OWNER}),
    "ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": Row(id="vpc-cidr-assoc-{hex}"),
    "ec2/subnet:Subnet": Row(id="subnet-{hex}", out={
        "arn": _ec2("subnet"), "availabilityZone": _zone, "availabilityZoneId": _zone_id,
        "ipv6CidrBlockAssociationId": "subnet-cidr-assoc-{hex}", **_OWNER}),
    "ec2/routeTable:RouteTable": Row(id="rtb-{hex}", out={"arn": _ec2("route-table"), **_OWNER}),
    "ec2/routeTableAssociation:RouteTableAssociation": Row(id="rtbassoc-{hex}"),
    "ec2/route:Route": Row(id="r-{routeTableId}-{hex8}", out={"state": "active", "origin": "CreateRoute"}),
    "ec2/internetGateway:InternetGateway": Row(id="igw-{hex}", out={"arn": _ec2("internet-gateway"), **_OWNER}),
    "ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Row(id="eigw-{hex}"),
    "ec2/eip:Eip": Row(id="eipalloc-{hex}", out={
        "arn": _ec2("elastic-ip"), "allocationId": "{id}", "publicIp": "192.0.2.{byte}"}),
    "ec2/natGateway:NatGateway": Row(id="nat-{hex}", out={
        "networkInterfaceId": "eni-{hex}", "publicIp": "192.0.2.{byte}", "privateIp": "10.0.0.{byte}"}),
    "ec2/securityGroup:SecurityGroup": Row(id="sg-{hex}", out={"arn": _ec2("security-group"), **_OWNER}),
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": Row(
        id="sg-{hex}", out={"arn": _ec2("security-group"), "name": "default", **_OWNER},
        replaced={"vpcId": "a VPC has one of its own"}),
    **{f"vpc/securityGroup{way}Rule:SecurityGroup{way}Rule": Row(
        id="sgr-{hex}", out={"arn": _ec2("security-group-rule"), "securityGroupRuleId": "{id}"}, once=_RULE)
        for way in ("Ingress", "Egress")},
    "ec2/vpcEndpoint:VpcEndpoint": Row(id="vpce-{hex}", out={
        "arn": _ec2("vpc-endpoint"), "dnsEntries": _dns_entries, "prefixListId": "pl-{hex8}", "state": "available",
        "networkInterfaceIds": lambda given, words: [f"eni-{_hex(words['id'], s)}" for s in given.get("subnetIds", [])],
        **_OWNER}),
    "ec2/vpcEndpointService:VpcEndpointService": Row(id="vpce-svc-{hex}", out={
        "arn": _ec2("vpc-endpoint-service"), "serviceName": "com.amazonaws.vpce.{region}.{id}", "state": "Available",
        "serviceType": "Interface", "baseEndpointDnsNames": ["{id}.{region}.vpce.amazonaws.com"]}),
    "ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": Row(
        id="vpce-svc-perm-{hex}", replaced=_nothing_but("principalArn", "vpcEndpointServiceId"),
        by_value=("principalArn", "vpcEndpointServiceId")),
    "ec2/vpcEndpointConnectionNotification:VpcEndpointConnectionNotification": Row(
        id="vpce-nfn-{hex}", out={"state": "Enabled", "notificationType": "Topic"}),
    "ec2/flowLog:FlowLog": Row(id="fl-{hex}", out={"arn": _ec2("vpc-flow-log")},
                               replaced={"vpcId": "a flow log is of one VPC for good"}),
    "kms/key:Key": Row(id="{uuid}", out={"keyId": "{id}", "arn": "arn:{partition}:kms:{region}:{account}:key/{id}"}),
    "kms/alias:Alias": Row(id="{name}", out={
        "arn": "arn:{partition}:kms:{region}:{account}:{name}",
        "targetKeyArn": "arn:{partition}:kms:{region}:{account}:key/{targetKeyId}"}, replaced=_BY_NAME),
    "s3/bucket:Bucket": Row(id="{bucket}", out={
        "arn": "arn:{partition}:s3:::{bucket}", "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com", "bucketRegion": "{region}"},
        replaced={"bucket": "the name is its identity"}),
    **{f"s3/{name[0].lower()}{name[1:]}:{name}": Row(
        id="{bucket}", replaced={"bucket": "what is set belongs to one bucket"})
        for name in ("BucketServerSideEncryptionConfiguration", "BucketPublicAccessBlock", "BucketOwnershipControls",
                     "BucketLifecycleConfiguration", "BucketPolicy")},
    "cloudwatch/logGroup:LogGroup": Row(
        id="{name}", out={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"}, replaced=_BY_NAME),
    "sns/topic:Topic": Row(id="arn:{partition}:sns:{region}:{account}:{name}",
                           out={"arn": "{id}", "owner": "{account}"}, replaced=_BY_NAME),
    "sns/topicPolicy:TopicPolicy": Row(id="{arn}", out={"owner": "{account}"},
                                       replaced={"arn": "the policy belongs to one topic"}),
    "lb/loadBalancer:LoadBalancer": Row(id=_BALANCING + "loadbalancer/{balancer}/{name}/{hex16}", out={
        "arn": "{id}", "arnSuffix": "{balancer}/{name}/{hex16}", "dnsName": "{name}-{hex16}.elb.{region}.amazonaws.com",
        "zoneId": "Z2IFOLAFXWLO4F"}),
    "lb/targetGroup:TargetGroup": Row(id=_BALANCING + "targetgroup/{name}/{hex16}", out={
        "arn": "{id}", "arnSuffix": "targetgroup/{name}/{hex16}"}),
    "lb/listener:Listener": Row(id=_listener, out={"arn": "{id}"}, once=("loadBalancerArn", "port")),
    "lb/targetGroupAttachment:TargetGroupAttachment": Row(
        id="{targetGroupArn}-{hex}", replaced=_nothing_but("targetGroupArn", "targetId", "port"),
        by_value=("targetGroupArn", "targetId", "port")),
    "networkfirewall/ruleGroup:RuleGroup": Row(
        id=_FIREWALL + "stateful-rulegroup/{name}", out={"arn": "{id}", "updateToken": "{uuid}"}),
    "networkfirewall/firewallPolicy:FirewallPolicy": Row(
        id=_FIREWALL + "firewall-policy/{name}", out={"arn": "{id}", "updateToken": "{uuid}"}),
    "networkfirewall/firewall:Firewall": Row(id=_FIREWALL + "firewall/{name}", out={
        "arn": "{id}", "updateToken": "{uuid}", "firewallStatuses": _statuses}),
    "networkfirewall/loggingConfiguration:LoggingConfiguration": Row(
        id="{firewallArn}", replaced={"firewallArn": "what is set belongs to one firewall"}),
    "route53/resolverFirewallDomainList:ResolverFirewallDomainList": Row(
        id="rslvr-fdl-{hex}", out={"arn": _RESOLVER + "firewall-domain-list/{id}"}, kept={"domains": _dotted}),
    "route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": Row(
        id="rslvr-frg-{hex}", out={"arn": _RESOLVER + "firewall-rule-group/{id}", "shareStatus": "NOT_SHARED",
                                   **_OWNER}),
    "route53/resolverFirewallRule:ResolverFirewallRule": Row(
        id="{firewallRuleGroupId}:{firewallDomainListId}",
        replaced=dict.fromkeys(("firewallRuleGroupId", "firewallDomainListId"), "group and list are its identity")),
    "route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": Row(
        id="rslvr-frgassoc-{hex}", out={"arn": _RESOLVER + "firewall-rule-group-association/{id}"}),
    "route53/zone:Zone": Row(id="Z{HEX}", out={"zoneId": "{id}", "arn": "arn:{partition}:route53:::hostedzone/{id}"},
                             replaced={"name": "a zone is of one name for good"}),
    "route53/record:Record": Row(id="{zoneId}_{name}_{type}", out={"fqdn": "{name}"}),
    "iam/policy:Policy": Row(id=_IAM + "policy{path}{name}",
                             out={"arn": "{id}", "policyId": "ANPA{HEX}", "attachmentCount": 0}),
    "iam/role:Role": Row(id="{name}", out={"arn": _IAM + "role{path}{name}", "uniqueId": "AROA{HEX}",
                                           "createDate": "2026-01-01T00:00:00Z"}),
    "iam/rolePolicyAttachment:RolePolicyAttachment": Row(
        id="{role}/{policyArn}", replaced=_nothing_but("role", "policyArn")),
}


class Aws:
    """The package `aws` in one account; azure-native and azuread can follow in the same shape."""

    name = "aws"

    def __init__(self, account: str = "222222222222") -> None:
        self._account = account
        self.version = version("pulumi-aws")

    def where(self, settings: Given) -> Where:
        """Where a provider of these settings works; Refused without a region."""
        if not settings.get("region"):
            raise Refused("the provider has no region: set aws:region, or region of an explicit provider")
        tags = settings.get("defaultTags") or {}
        return Where(account=self._account, region=str(settings["region"]), tags=tags.get("tags") or {})

    def mistakes(self, token: str, inputs: Given) -> list[Mistake]:
        """What is wrong with the inputs of a resource, all at once; see `kinds` and `registry` for what is checked."""
        try:
            found = kinds.mistakes(token, inputs)
            _row(token)
        except (NoSuchType, Refused) as why:
            return [("", str(why))]
        return found + registry.mistakes(token, inputs)

    def replaces(self, token: str, changed: set[str]) -> list[str]:
        """Those of the changed properties that need a new resource: the registry says so, or the row does."""
        return sorted(registry.fixed(token, changed) | (changed & {*_row(token).replaced, "region"}))

    def identify(self, token: str, name: str, seed: str, given: Given, where: Where) -> str:
        """The id of a new resource, the same for the same *seed*."""
        return str(_filled(_row(token).id, given, self._words(token, name, seed, given, where)))

    def computed(self, token: str, name: str, id: str, given: Given, where: Where) -> dict[str, Any]:
        """The outputs that are no inputs."""
        words = {**self._words(token, name, id, given, where), **_called(name, id, given), "id": id}
        out = {key: _filled(value, given, words) for key, value in _row(token).out.items() if given.get(key) is None}
        known = kinds.properties(token)
        own = {key: words[key] for key in ("name", "bucket", "region") if key in known and key not in {**given, **out}}
        tags = {"tagsAll": {**where.tags, **(given.get("tags") or {})}} if "tags" in known else {}
        return {key: value for key, value in (own | out | tags).items() if value is not None}

    def clashes(self, token: str, given: Given, other: Given) -> bool:
        """Whether AWS refuses a resource because of another one of its type that stands."""
        once = _row(token).once
        return bool(once) and _alike(once, given, other)

    def goes_with(self, token: str, given: Given, other: Given) -> bool:
        """Whether another resource of its type is gone when a resource is deleted."""
        by_value = _row(token).by_value
        return bool(by_value) and _alike(by_value, given, other)

    def kept(self, token: str, given: Given) -> dict[str, Any]:
        """The inputs of a resource as AWS keeps them, and answers when it is asked."""
        spell = _row(token).kept
        return {key: spell[key](value) if key in spell and value != UNKNOWN else value for key, value in given.items()}

    def unknown(self, token: str, given: Given) -> list[str]:
        """The outputs that a preview cannot know."""
        made = {*_row(token).out, *({"name", "bucket"} & kinds.properties(token).keys())}
        return sorted(key for key in made if given.get(key) is None)

    def invoke(self, token: str, args: Given, where: Where) -> dict[str, Any]:
        """The answer of a function; Refused for all but these four."""
        region = str(args.get("region") or where.region)
        names = [f"{region}{letter}" for letter in ZONES]
        answers: dict[str, dict[str, Any]] = {
            "getAvailabilityZones": {"names": names, "zoneIds": [zone_id(one) for one in names], "id": region,
                                     "region": region, "groupNames": [region]},
            "getRegion": {"id": region, "region": region, "name": region, "description": region,
                          "endpoint": f"ec2.{region}.amazonaws.com"},
            "getCallerIdentity": {"accountId": where.account, "id": where.account, "userId": "AIDAEXAMPLE",
                                  "arn": f"arn:{where.partition}:iam::{where.account}:user/example"},
            "getPartition": {"partition": where.partition, "id": where.partition, "dnsSuffix": "amazonaws.com",
                             "reverseDnsPrefix": "com.amazonaws"}}
        function = token.rsplit(":", 1)[-1]
        if token != f"aws:index/{function}:{function}" or function not in answers:
            raise Refused(f"the recording provider does not know the function {token}")
        return answers[function]

    def _words(self, token: str, name: str, seed: str, given: Given, where: Where) -> dict[str, Any]:
        digits = hashlib.sha256(f"{token} {seed}".encode()).hexdigest()
        made = f"{_prefix(name, given)}{digits[:7]}"
        uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
        return {"partition": where.partition, "account": where.account, "region": where.region, "path": "/",
                "hex": digits[:17], "hex16": digits[:16], "hex8": digits[:8], "HEX": digits[:17].upper(),
                "byte": int(digits[:2], 16), "uuid": uuid, "name": made, "bucket": made.lower(),
                "balancer": "net" if given.get("loadBalancerType") == "network" else "app",
                **{key: value for key, value in given.items() if value is not None}}


def _prefix(name: str, given: Given) -> str:
    """What the name of a resource begins with that is given none."""
    return str(given.get("namePrefix") or given.get("bucketPrefix") or f"{name}-")


def _called(name: str, id: str, given: Given) -> dict[str, str]:
    """The name of a resource that was given none, where its id has it: what AWS calls it is the same everywhere."""
    found = re.search(rf"{re.escape(_prefix(name, given))}[0-9a-f]{{7}}(?![0-9a-f])", id, re.IGNORECASE)
    return {key: found[0] for key in ("name", "bucket") if found and given.get(key) is None}


def _alike(names: tuple[str, ...], one: Given, other: Given) -> bool:
    return all(one.get(name) == other.get(name) for name in names)


def zone_id(zone: str) -> str:
    """`euw1-az1` for `eu-west-1a`: the first zone of a region is its first by id, in every account."""
    area, *sides, number = zone[:-1].split("-")
    short = "".join(side[0] for side in re.findall("north|south|east|west|central|gov", "".join(sides)))
    return f"{area}{short}{number}-az{ZONES.index(zone[-1]) + 1}"


def _row(token: str) -> Row:
    row = ROWS.get(token.partition(":")[2])
    if not row:
        raise Refused(f"the recording provider has no row for {token}: add one to tests/engine/aws.py")
    return row


def _filled(value: Any, given: Given, words: Mapping[str, Any]) -> Any:
    if callable(value):
        return value(given, words)
    if isinstance(value, list):
        return [_filled(one, given, words) for one in value]
    return value.format_map(words) if isinstance(value, str) else value


def _hex(*seeds: str) -> str:
    return hashlib.sha256(" ".join(seeds).encode()).hexdigest()[:17]
