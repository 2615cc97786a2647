"""What new filters let pass that old ones did not, on the published templates and on changes to them."""

import pytest

from conveyor_iac.proofs.diff import doors, filters, network
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.opened import asked, made, opened, pair, refutations
from tests.proofs.network import test_allow_list_only, test_beside, test_dns_exit, test_endpoints, test_privatelink
from tests.proofs.network.published import added, changed, given, gone, properties, within, without

PATHS = {"past the firewall", "beside the firewall", "pods beside the firewall", "IPv6 beside the firewall"}
WALLS = {name: change for name, change in test_allow_list_only.BROKEN.items() if name not in PATHS}
NAMES = ("packet", "query")


@pytest.mark.parametrize("change", WALLS.values(), ids=WALLS)
def test_every_hole_in_a_firewall_is_opened(change):
    """Each hole that refutes a claim about firewalls is found, with a packet that goes through it."""
    found = refutations(pair("network-private", change), filters.found)
    assert [one.subject for one in found] == ["FirewallPolicy"]
    assert found[0].answer.counterexample["packet"]


RIDDLES = set(test_allow_list_only.OPEN) - {
    "answers that come back another way", "answers that come back by another firewall"}


@pytest.mark.parametrize("name", sorted(RIDDLES))
def test_a_firewall_that_cannot_be_read_is_undecided(name):
    """A policy that cannot be read whole is undecided against one that can, and no difference against itself."""
    change = test_allow_list_only.OPEN[name]
    assert opened(pair("network-private", change), filters.found) is Verdict.UNDECIDED
    if name != "variables that are decided later":
        assert opened(pair("network-private", lambda t: None, change), filters.found) is Verdict.PROVED


def test_a_rule_that_cannot_be_read_may_have_dropped():
    """A rule that nobody can read may drop as well as pass: without it, nothing is proved either way."""
    riddle = lambda t: properties(t, "FirewallProtocols")["RuleGroup"]["RulesSource"]["StatefulRules"].insert(  # noqa: E731
        0, {"Action": "DROP", "Header": {"Protocol": "TLS"}, "RuleOptions": []})
    less = lambda t: properties(t, "FirewallProtocols")["RuleGroup"]["RulesSource"]["StatefulRules"].pop(0)  # noqa: E731
    both = pair("network-private", less, riddle)
    assert opened(both, filters.found) is Verdict.UNDECIDED
    assert opened(both.turned(), filters.found) is Verdict.UNDECIDED


STRICTER = ("a stricter default", "another default", "a stateless group that drops", "ports in one rule",
            "everywhere instead of home")


@pytest.mark.parametrize("name", STRICTER)
def test_a_stricter_firewall_opens_nothing(name):
    """A policy that drops as much or more, written otherwise, is no false alarm."""
    assert opened(pair("network-private", test_allow_list_only.HARMLESS[name]), filters.found) is Verdict.PROVED


def test_a_name_under_a_wider_one_opens_nothing():
    """`.example.com` holds example.com and every name below it; another order of names is no difference."""
    wide = within("FirewallNames", "RuleGroup", "RulesSource", "RulesSourceList", "Targets",
                  value=[".example.com", "other.org"])
    for names, verdict in ((["example.com", "other.org"], Verdict.PROVED), (["a.b.example.com"], Verdict.PROVED),
                           (["other.org", ".example.com"], Verdict.PROVED), (["anexample.com"], Verdict.REFUTED),
                           ([".com"], Verdict.REFUTED)):
        other = within("FirewallNames", "RuleGroup", "RulesSource", "RulesSourceList", "Targets", value=names)
        assert opened(pair("network-private", other, wide), filters.found) is verdict


def test_a_list_that_only_tells_is_no_wall():
    """A list of names that were dropped and are only told of now lets them pass."""
    def listed(kind):
        return changed(
            added("Bad", "AWS::NetworkFirewall::RuleGroup", Type="STATEFUL", RuleGroup={
                "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}, "RulesSource": {"RulesSourceList": {
                    "GeneratedRulesType": kind, "TargetTypes": ["TLS_SNI"], "Targets": ["login.example.com"]}}}),
            lambda t: properties(t, "FirewallPolicy")["FirewallPolicy"]["StatefulRuleGroupReferences"].insert(
                0, {"Priority": 0, "ResourceArn": {"Ref": "Bad"}}),
            within("FirewallNames", "RuleGroup", "RulesSource", "RulesSourceList", "Targets",
                   value=["login.example.com"]))

    told = within("Bad", "RuleGroup", "RulesSource", "RulesSourceList", "GeneratedRulesType", value="ALERTLIST")
    (found,) = refutations(pair("network-private", told, listed("DENYLIST")), filters.found)
    assert found.answer.counterexample["packet"]["name"] == "login.example.com"
    assert opened(pair("network-private", told, listed("REJECTLIST")).turned(), filters.found) is Verdict.PROVED


@pytest.mark.parametrize("change", test_dns_exit.BROKEN.values(), ids=test_dns_exit.BROKEN)
def test_every_name_that_gets_out_is_opened(change):
    """Each hole in a DNS firewall is found, with a question that goes through it."""
    (found,) = refutations(pair("network-private", change, test_dns_exit.mended), filters.found)
    assert found.subject == "Vpc"
    assert found.answer.counterexample["query"]


@pytest.mark.parametrize("name", sorted(test_dns_exit.OPEN))
def test_a_dns_firewall_that_cannot_be_read_is_undecided(name):
    """A DNS firewall that cannot be read whole is undecided, and no difference against itself."""
    change = test_dns_exit.OPEN[name]
    assert opened(pair("network-private", change, test_dns_exit.mended), filters.found) is Verdict.UNDECIDED
    assert opened(pair("network-private", lambda t: None, test_dns_exit.mended, change),
                  filters.found) is Verdict.PROVED


def test_an_answer_that_leads_on_is_looked_at():
    """A rule that no longer looks where an answer leads lets names pass that nobody allows; more blocks do not."""
    looks = within("DnsFirewallRules", "FirewallRules", 0, "FirewallDomainRedirectionAction",
                   value="INSPECT_REDIRECTION_DOMAIN")
    made_ = pair("network-private", looks, test_dns_exit.mended)
    assert opened(made_, filters.found) is Verdict.PROVED
    (found,) = refutations(made_.turned(), filters.found)
    assert found.answer.counterexample["leads_to"]


def _setting(word):
    return added("Setting", "AWS::Route53Resolver::FirewallConfig", ResourceId={"Ref": "Vpc"}, FirewallFailOpen=word)


def test_a_dns_firewall_that_fails_open_now_is_opened():
    """A DNS firewall that lets pass what it cannot judge, and did not, is found; one that did already is not."""
    for before, after, verdict in (("DISABLED", "ENABLED", Verdict.REFUTED), ("ENABLED", "ENABLED", Verdict.PROVED),
                                   ("ENABLED", "DISABLED", Verdict.PROVED),
                                   ("DISABLED", {"Ref": "TenantId"}, Verdict.UNDECIDED)):
        made_ = pair("network-private", given("Setting", FirewallFailOpen=after), test_dns_exit.mended,
                     _setting(before))
        assert opened(made_, filters.found) is verdict


def _rules(template):
    return properties(template, "EndpointSecurityGroup")["SecurityGroupIngress"]


ADMITS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
GROUPS = {
    "everybody": (test_endpoints.SERVED_TOO["everybody"], Verdict.REFUTED),
    "everybody by halves": (test_endpoints.SERVED_TOO["everybody by halves"], Verdict.REFUTED),
    "a rule of its own": (test_endpoints.SERVED_TOO["a rule of its own"], Verdict.PROVED),
    "the VPC's block by name": (test_endpoints.SERVED_TOO["the VPC's own block by name"], Verdict.PROVED),
    "another protocol": (test_endpoints.NOT_SERVED["another protocol"], Verdict.REFUTED),
    "half of the internet": (test_endpoints.NOT_SERVED["half of the internet"], Verdict.REFUTED),
    "less ports": (test_endpoints.NOT_SERVED["another port"], Verdict.PROVED),
    "less blocks": (test_endpoints.NOT_SERVED["pods not admitted"], Verdict.PROVED),
    "members of a group in the VPC": (test_endpoints.NOT_TOLD["members of another group"], Verdict.PROVED),
    "more ports": (within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "ToPort", value=444), Verdict.REFUTED),
    "a rule that a wider one holds": (lambda t: _rules(t).append({**ADMITS, "CidrIp": {"Ref": "VpcCidr"}}),
                                      Verdict.PROVED),
    "a piece of the VPC's block": (lambda t: _rules(t).append({**ADMITS, "CidrIp": {
        "Fn::Select": [0, {"Fn::Cidr": [{"Ref": "VpcCidr"}, 8, 5]}]}}), Verdict.UNDECIDED),
    "members of a group on another port": (lambda t: _rules(t).append({
        "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        "SourceSecurityGroupId": {"Ref": "LoadBalancerSecurityGroup"}}), Verdict.REFUTED),
    "a prefix list": (lambda t: _rules(t).append({**ADMITS, "SourcePrefixListId": "pl-1"}), Verdict.UNDECIDED),
    "a list of AWS's on another port": (lambda t: _rules(t).append({
        "IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "SourcePrefixListId": "pl-1"}), Verdict.REFUTED),
    "a key of a later day": (lambda t: _rules(t)[0].update(New=1), Verdict.UNDECIDED),
    "rules that are decided later": (given("EndpointSecurityGroup", SecurityGroupIngress={"Ref": "AvailabilityZones"}),
                                     Verdict.UNDECIDED),
    "out to everybody": (without("EndpointSecurityGroup", "SecurityGroupEgress"), Verdict.REFUTED),
    "out by a rule of its own": (added("Out", "AWS::EC2::SecurityGroupEgress", IpProtocol="-1", CidrIp="0.0.0.0/0",
                                       GroupId={"Ref": "EndpointSecurityGroup"}), Verdict.REFUTED),
    "in one world": (lambda t: _rules(t).append({"Fn::If": [
        "HasThirdZone", {**ADMITS, "CidrIp": "0.0.0.0/0"}, {"Ref": "AWS::NoValue"}]}), Verdict.REFUTED),
    "another group": (test_endpoints.NOT_SERVED["a group that admits nobody"], Verdict.REFUTED),
    "a group of elsewhere": (test_endpoints.NOT_TOLD["groups of elsewhere"], Verdict.UNDECIDED),
    "a group that nothing has": (added("Wide", "AWS::EC2::SecurityGroup", GroupDescription="wide",
                                       SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
                                 Verdict.PROVED),
    "only other words": (within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "Description", value="other"),
                         Verdict.PROVED),
}


@pytest.mark.parametrize(("change", "verdict"), GROUPS.values(), ids=GROUPS)
def test_security_groups_are_held_as_sets(change, verdict):
    """Whatever comes in or goes out that did not is found; rules are a set, and a wider one holds the others."""
    given_ = pair("network-private", change)
    assert opened(given_, filters.found) is verdict
    for found in refutations(given_, filters.found):
        assert found.answer.counterexample["packet"]["protocol"]
        assert "conditions" in found.answer.counterexample


def test_a_list_of_the_template_is_its_blocks():
    """A rule by a prefix list that the template makes lets in what the list holds, and more when that grows."""
    listed = changed(added("List", "AWS::EC2::PrefixList", Entries=[{"Cidr": "10.0.0.0/9"}, {"Cidr": "fd00::/8"}]),
                     lambda t: _rules(t).append({**ADMITS, "SourcePrefixListId": {
                         "Fn::GetAtt": ["List", "PrefixListId"]}}))
    wider = within("List", "Entries", 0, "Cidr", value="10.0.0.0/8")
    both = pair("network-private", wider, listed)
    (found,) = refutations(both, filters.found)
    assert found.answer.counterexample["packet"]["from"] == "10.128.0.0"
    assert opened(both.turned(), filters.found) is Verdict.PROVED


def test_a_packet_is_told_with_the_values_it_needs():
    """The counterexample says which block, port and protocol, and what the parameters were."""
    change = within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "ToPort", value=444)
    (found,) = refutations(pair("network-private", change), filters.found)
    assert found.answer.counterexample["packet"] == {"protocol": "tcp", "from": "${VpcCidr}", "port": 444}
    assert found.answer.counterexample["where"]["VpcCidr"] == "10.20.0.0/16"


def test_a_rule_for_a_group_of_elsewhere_is_opened():
    """A rule that is added to a group the template does not make lets something in that nothing told of before."""
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8", "GroupId": "sg-1"}
    old = made({"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}})
    new = made({"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
                "Rule": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule}})
    (found,) = refutations(asked(old, new), filters.found)
    assert (found.subject, found.answer.counterexample["packet"]["port"]) == ("sg-1", 22)
    assert opened(asked(new, old), filters.found) is Verdict.PROVED


def test_what_breaks_serving_opens_nothing_or_is_found():
    """Endpoints that serve less open nothing, but for those that a change really moves elsewhere."""
    opens = {"two endpoints", "another VPC", "another protocol", "half of the internet", "a group that admits nobody"}
    for name, change in test_endpoints.NOT_SERVED.items():
        verdict = opened(pair("network-private", change), network.found, filters.found, doors.found)
        unclear = Verdict.UNDECIDED if name == "the default group" else Verdict.PROVED
        assert verdict is (Verdict.REFUTED if name in opens else unclear), name


OF_PARAMETERS = {"a parameter without a pattern", "a parameter with a wide pattern", "a parameter with a list"}
"""What a parameter takes is asked of the parameter: both sides have the one of the new template."""


def test_what_breaks_a_service_is_opened():
    """Acceptance that is switched off and principals that are added are found as doors, but for parameters."""
    for name, change in (*test_privatelink.NOT_ACCEPTED.items(), *test_privatelink.EVERYBODY.items()):
        verdict = opened(pair("endpoint-service", change))
        assert verdict is (Verdict.PROVED if name in OF_PARAMETERS else Verdict.REFUTED), name


def test_machines_that_join_subnets_are_never_proved():
    """A machine in a subnet without a way out and in one with is a way beside every route."""
    for name, change in test_beside.JOINED.items():
        assert opened(pair("network-private", change), network.found) is Verdict.UNDECIDED, name
        assert opened(pair("network-private", lambda t: None, change), network.found) is Verdict.PROVED, name


def test_an_acl_that_goes_is_opened():
    """A subnet whose ACL is taken away has the default one, which lets everything pass."""
    acl = changed(
        added("Acl", "AWS::EC2::NetworkAcl", VpcId={"Ref": "Vpc"}),
        added("Entry", "AWS::EC2::NetworkAclEntry", NetworkAclId={"Ref": "Acl"}, RuleNumber=100, Protocol=6,
              RuleAction="allow", CidrBlock={"Ref": "VpcCidr"}, PortRange={"From": 443, "To": 443}),
        added("HasAcl", "AWS::EC2::SubnetNetworkAclAssociation", SubnetId={"Ref": "PodSubnet1"},
              NetworkAclId={"Ref": "Acl"}))
    (found,) = refutations(pair("network-private", gone("HasAcl"), acl), filters.found)
    assert (found.subject, found.answer.counterexample["acl"]) == ("PodSubnet1", "the default one")
    assert opened(pair("network-private", acl), filters.found) is Verdict.PROVED
    wider = within("Entry", "PortRange", "To", value=444)
    (found,) = refutations(pair("network-private", wider, acl), filters.found)
    assert found.answer.counterexample["packet"]["port"] == 444
