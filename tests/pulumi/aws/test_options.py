"""How what is registered is kept, tagged and provided: by the options that Pulumi has for it."""

import importlib
import inspect
from importlib.metadata import version

import pulumi
import pulumi_aws
import pytest

from conveyor_iac.pulumi import aws
from tests.pulumi.aws.recording import Recorder

HOLDS_DATA = {"Key", "FlowLogBucket", "FlowLogBucketEncryption", "FlowLogBucketPublicAccess", "FlowLogBucketOwnership",
              "FlowLogBucketRetention", "FlowLogBucketPolicy", "AlertLogGroup"}
"""What stays when a stack is destroyed: the key, the bucket with all that closes it, and the log group."""
TAGS = {"cost-center": "4711"}
OURS = {"conveyor:tenant": "acme", "conveyor:deployment": "private", "conveyor:version": version("conveyor-iac")}
OUTSIDE = ("acme-PublicSubnet", "acme-FirewallSubnet")
FIXED = {
    "iam.Policy", "iam.Role", "iam.RolePolicyAttachment", "kms.Alias", "lb.LoadBalancer", "networkfirewall.Firewall",
    "networkfirewall.FirewallPolicy", "networkfirewall.RuleGroup", "route53.ResolverFirewallDomainList",
    "route53.ResolverFirewallRuleGroup", "vpc.SecurityGroupEgressRule", "vpc.SecurityGroupIngressRule"}
"""Types of which AWS lets no second one be made under the same name, or with the same content."""


@pytest.fixture(scope="module")
def ours(example, deploy):
    """A private deployment with tags of its own and an explicit provider, unprotected; children get a transform."""
    asked = example("private", tags=TAGS, protect=False, endpoints={"add": ["sns"]}, network={"zones": 2})

    def longer(args):
        if args.type_ == "aws:cloudwatch/logGroup:LogGroup":
            return pulumi.ResourceTransformResult(props={**args.props, "retentionInDays": 731}, opts=args.opts)
        return None

    def program():
        provider = pulumi_aws.Provider("ours", region="eu-west-1")
        deploy(asked, pulumi.ResourceOptions(provider=provider, transforms=[longer]))

    return Recorder().run(program)


def names(rows):
    """Names in the plan of some resources; the control plane's count as the data plane's."""
    return {row.name.removeprefix("acme-").removeprefix("ControlPlane") for row in rows}


@pytest.mark.parametrize("example_name", ["private", "dedicated"])
def test_kept(made, example_name):
    """Key, bucket with all that closes it, and log group are protected and retained; nothing else is either."""
    rows = made(example_name).resources.values()
    has = HOLDS_DATA if example_name == "private" else HOLDS_DATA - {"AlertLogGroup"}
    assert names(row for row in rows if row.protect) == has
    assert names(row for row in rows if row.retained) == has


def test_unprotected(ours):
    """`protect: False` takes the protection away, and nothing else: all is retained as before."""
    assert not [row.name for row in ours.resources.values() if row.protect]
    assert names(row for row in ours.resources.values() if row.retained) == HOLDS_DATA


@pytest.mark.parametrize(("given", "protected"), [({}, True), ({"protect": True}, True), ({"protect": False}, False)])
def test_network_alone(words, given, protected):
    """A network alone is protected in the same way."""
    made = Recorder().run(lambda: aws.DataPlaneNetwork("acme", {"installation": words(), **given}) and None)
    assert names(row for row in made.resources.values() if row.protect) == (HOLDS_DATA if protected else set())
    assert names(row for row in made.resources.values() if row.retained) == HOLDS_DATA


def takes_tags(row):
    """Whether resources of a type take tags, by the provider's own package."""
    room, kind = row.short.split(".")
    resource = getattr(importlib.import_module(f"pulumi_aws.{room}"), kind)
    return "tags" in inspect.signature(resource._internal_init).parameters


def test_tags(ours):
    """Everything that takes tags carries ours and the customer's own; only what stands outside has another tenant."""
    tagged = {row.name: row.inputs.get("tags", {}) for row in ours.customs() if takes_tags(row)}
    assert len(tagged) > 80
    for name, tags in tagged.items():
        tenant = "acme-out" if name.startswith(OUTSIDE) else "acme"
        assert {**OURS, **TAGS, "conveyor:tenant": tenant}.items() <= tags.items(), name
    assert not [row.name for row in ours.customs() if not takes_tags(row) and "tags" in row.inputs]


def test_name_tags(ours):
    """A part of the network is named after tenant and plan, as in the consoles of AWS."""
    assert ours.named("acme-NodeSubnet1").inputs["tags"]["Name"] == "acme NodeSubnet1"


def test_outside(made):
    """Public and firewall subnets are of the tenant TENANT-out, whom the installer's rights leave out; no other is."""
    rows = made("private").of("ec2.Subnet").values()
    outside = {row.name for row in rows if row.inputs["tags"]["conveyor:tenant"] == "acme-out"}
    assert outside == {f"acme-{kind}Subnet{number}" for kind in ("Public", "Firewall") for number in (1, 2, 3)}
    rest = [row.inputs.get("tags") for row in made("private").customs() if row.name not in outside]
    assert "acme-out" not in str(rest)


def test_explicit_provider(ours):
    """Every child and every lookup of a deployment uses the provider that the deployment is given."""
    provider = "urn:pulumi:stack::project::pulumi:providers:aws::ours::ours.id"
    assert {row.provider for row in ours.customs()} == {provider}
    assert {lookup.provider for lookup in ours.lookups} == {provider}
    assert ours.lookups


ZONES, CALLER = "aws:index/getAvailabilityZones:getAvailabilityZones", "aws:index/getCallerIdentity:getCallerIdentity"


def test_lookups(made):
    """The region is asked for its zones once in a network, never where they are named; whose account it is, once."""
    asked = {lookup.token: lookup.asked for lookup in made("private").lookups}
    assert asked == {CALLER: {}, ZONES: {"state": "available", "filters": [
        {"name": "opt-in-status", "values": ["opt-in-not-required"]}]}}
    assert sorted(lookup.token for lookup in made("private").lookups) == [ZONES, CALLER]
    assert [lookup.token for lookup in made("shared").lookups] == [CALLER]
    assert made("endpoint-service").lookups == []


@pytest.mark.parametrize("example_name", ["private", "endpoint-service"])
def test_fixed_names(made, example_name):
    """What has a fixed name in AWS goes before its successor comes; the rest comes first."""
    rows = made(example_name).customs()
    assert {row.short for row in rows if row.replaced_first} == FIXED & {row.short for row in rows}
    assert {row.short for row in rows if not row.replaced_first}.isdisjoint(FIXED)


UNWATCHED = {"ec2.Subnet": ("availabilityZone",), "iam.Policy": ("description",)}


def test_what_is_left_as_it_is(made):
    """A subnet is not moved when the region lists its zones anew, no policy is replaced for a description; no more."""
    for row in made("private").customs():
        assert row.ignored == UNWATCHED.get(row.short, ()), row.name
    assert {row.short for row in made("shared").customs() if row.ignored} == {"iam.Policy"}


def test_order(made):
    """What AWS needs in order is ordered: routes and addresses after the gateway, logs after the bucket's policy."""
    private = made("private")

    def after(name):
        return {urn.rpartition("::")[2] for urn in private.named(name).after}

    assert "acme-InternetGateway" in after("acme-NatGateway1") & after("acme-NatGateway1Address")
    assert "acme-VpcPodCidr" in after("acme-PodSubnet1")
    assert "acme-FlowLogBucketPolicy" in after("acme-FlowLog")
    assert "acme-FlowLogBucketPublicAccess" in after("acme-FlowLogBucketPolicy")
    assert "acme-ConnectionTopicPolicy" in after("acme-EndpointServiceNotification")
    assert {"acme-DnsFirewallAllowedRule", "acme-DnsFirewallOthersRule"} <= after("acme-DnsFirewallAssociation")


def test_transforms(ours, made):
    """A platform team changes children by Pulumi's own transforms on the deployment."""
    (group,) = ours.of("cloudwatch.LogGroup").values()
    (before,) = made("private").of("cloudwatch.LogGroup").values()
    assert group.inputs["retentionInDays"] == 731 != before.inputs["retentionInDays"]
