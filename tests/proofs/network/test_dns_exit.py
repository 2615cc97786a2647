"""The claim network.dns-exit on the published templates, and on DNS firewalls with holes."""

from dataclasses import replace

import pytest

from conveyor_iac.proofs.claims.network.dns_exit import CLAIM
from conveyor_iac.proofs.network.names import leads_nowhere
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import added, answer, case, changed, given, gone, properties, renamed, within

COGNITO = "cognito-idp.${AWS::Region}.${AWS::URLSuffix}"
CONTRACT = {"subnets": ["NodeSubnet*", "PodSubnet*"], "egress": "allow-list", "domains": [COGNITO]}


def _names(template, name="DnsFirewallAllowed"):
    return properties(template, name)["Domains"]


def mended(template) -> None:
    """A DNS firewall in every world, that allows reverse names of private addresses only."""
    for resource in template["Resources"].values():
        if resource.get("Condition") == "HasDnsFirewall":
            del resource["Condition"]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Route53Resolver::FirewallDomainList":
            names = resource["Properties"]["Domains"]
            names[:] = ["*.10.in-addr.arpa" if name == "*.in-addr.arpa" else name for name in names]


@pytest.mark.parametrize("template", ["network-private", "network-dedicated"])
def test_a_firewall_in_every_world_is_proved(template):
    """Names of AWS, of private addresses and the agreed ones are allowed, and every other one is blocked."""
    assert answer(CLAIM, template, CONTRACT, mended).verdict is Verdict.PROVED


def test_without_a_firewall_it_is_refuted():
    """Where a world has no DNS firewall, a name carries data out; a shared network has none at all."""
    found = answer(CLAIM, "network-shared", CONTRACT)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["query"].endswith(".example.com")
    found = answer(CLAIM, "network-private", CONTRACT, lambda t: _names(t).remove("*.in-addr.arpa")
                   if "*.in-addr.arpa" in _names(t) else None)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["conditions"]["HasDnsFirewall"] is False


def test_the_contract_may_leave_worlds_out():
    """Worlds without a condition the contract names are told as a note; the others are held as ever."""
    made = case("network-private", CONTRACT, lambda t: _names(t).remove("*.in-addr.arpa")
                if "*.in-addr.arpa" in _names(t) else None)

    def limited(condition):
        part = made.contract.network.model_copy(update={"dns_when": (condition,)})
        return replace(made, contract=made.contract.model_copy(update={"network": part}))

    found = CLAIM.check(limited("HasDnsFirewall"))
    assert found.verdict is Verdict.PROVED
    assert any("without HasDnsFirewall: refuted (no DNS firewall" in note for note in found.notes)
    assert CLAIM.check(limited("GuardDutyEnabled")).verdict is Verdict.REFUTED


BROKEN = {
    "an alert at the end": within("DnsFirewallRules", "FirewallRules", 1, "Action", value="ALERT"),
    "no association": gone("DnsFirewallAssociation"),
    "an association in one world": lambda t: t["Resources"]["DnsFirewallAssociation"].update(
        Condition="GuardDutyEnabled"),
    "another VPC": given("DnsFirewallAssociation", VpcId="vpc-0123456789abcdef0"),
    "a wide name": lambda t: _names(t).append("*.amazonaws.com"),
    "everything": lambda t: _names(t).append("*"),
    "a stranger's name": lambda t: _names(t).append("example.com"),
    "a stranger's name in one world": lambda t: _names(t).append(
        {"Fn::If": ["GuardDutyEnabled", "example.com", {"Ref": "AWS::NoValue"}]}),
    "reverse names of everybody": lambda t: _names(t).append("*.in-addr.arpa"),
    "reverse names of the internet": lambda t: _names(t).append("*.8.in-addr.arpa"),
    "no block": lambda t: properties(t, "DnsFirewallRules")["FirewallRules"].pop(),
    "a block of some": lambda t: properties(t, "DnsFirewallOthers").update(Domains=["*.com"]),
    "a block of some questions": lambda t: properties(t, "DnsFirewallRules")["FirewallRules"][1].update(Qtype="A"),
    "the block last but one": changed(
        added("Wide", "AWS::Route53Resolver::FirewallDomainList", Domains=["*.example.org"]),
        lambda t: properties(t, "DnsFirewallRules")["FirewallRules"].append(
            {"Action": "ALLOW", "FirewallDomainListId": {"Ref": "Wide"}, "Priority": 150})),
    "a second group before": changed(
        added("Wide", "AWS::Route53Resolver::FirewallDomainList", Domains=["*.example.org"]),
        added("Early", "AWS::Route53Resolver::FirewallRuleGroup", FirewallRules=[
            {"Action": "ALERT", "FirewallDomainListId": {"Fn::GetAtt": ["Wide", "Id"]}, "Priority": 1}]),
        added("EarlyToo", "AWS::Route53Resolver::FirewallRuleGroupAssociation", VpcId={"Ref": "Vpc"}, Priority=100,
              FirewallRuleGroupId={"Fn::GetAtt": ["Early", "Id"]})),
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN)
def test_a_name_that_gets_out_is_refuted(break_it):
    """Each hole is found, and told with a question that goes through it."""
    found = answer(CLAIM, "network-private", CONTRACT, mended, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["query"]


OPEN = {
    "rules of elsewhere": given("DnsFirewallAssociation", FirewallRuleGroupId="rslvr-frg-1"),
    "names of elsewhere": lambda t: properties(t, "DnsFirewallRules")["FirewallRules"][0].update(
        FirewallDomainListId="rslvr-fdl-1"),
    "names in a file": lambda t: (properties(t, "DnsFirewallAllowed").pop("Domains"),
                                  properties(t, "DnsFirewallAllowed").update(DomainFileUrl="s3://b/k")),
    "a key of a later day": lambda t: properties(t, "DnsFirewallRules")["FirewallRules"][0].update(New=1),
    "an action of a later day": within("DnsFirewallRules", "FirewallRules", 0, "Action", value="PERHAPS"),
    "two rules in one place": within("DnsFirewallRules", "FirewallRules", 0, "Priority", value=200),
}


@pytest.mark.parametrize("open_it", OPEN.values(), ids=OPEN)
def test_what_is_not_understood_is_undecided(open_it):
    """A DNS firewall that cannot be read whole leaves the answer open."""
    assert answer(CLAIM, "network-private", CONTRACT, mended, open_it).verdict is Verdict.UNDECIDED


def test_agreed_names_and_more_blocks_are_proved():
    """A name of the contract, names below one, and further blocks are no false alarm."""
    agreed = CONTRACT | {"domains": [COGNITO, "*.example.net", "example.net"]}
    for change in (lambda t: _names(t).extend(["example.net", "*.example.net", "a.example.net"]),
                   lambda t: properties(t, "DnsFirewallRules")["FirewallRules"].append(
                       {"Action": "BLOCK", "FirewallDomainListId": "rslvr-fdl-1", "Priority": 250}),
                   lambda t: _names(t).append("*.64.100.in-addr.arpa")):
        assert answer(CLAIM, "network-private", agreed, mended, change).verdict is Verdict.PROVED


@pytest.mark.parametrize("change", [lambda template: None, *BROKEN.values()], ids=["as it is", *BROKEN])
def test_names_do_not_matter(change):
    """Other logical ids, the same verdict."""
    before = answer(CLAIM, "network-private", CONTRACT, mended, change)
    after = answer(CLAIM, "network-private", CONTRACT | {"subnets": ["XNode*", "XPod*"]}, mended, change, renamed)
    assert after.verdict is before.verdict


def test_names_of_aws_are_known_by_region_and_partition():
    """A name of AWS is one in every region and partition; a name that only looks like one is not."""
    for name in ("sqs.eu-west-1.amazonaws.com", "sqs.${AWS::Region}.${AWS::URLSuffix}", "*.ec2.internal",
                 "sts.cn-north-1.amazonaws.com.cn", "*.16.172.in-addr.arpa", "1.0.0.10.in-addr.arpa"):
        assert leads_nowhere(name)
    for name in ("sqs.eu-west-1.amazonaws.com.example.com", "*", "*.com", "*.amazonaws.com", "*.in-addr.arpa",
                 "*.ip6.arpa", "*.15.172.in-addr.arpa", "*.63.100.in-addr.arpa", "evil.10.in-addr.arpa"):
        assert not leads_nowhere(name)
