"""The claim network.allow-list-only on the published templates, and on firewalls with holes."""

import pytest

from conveyor_iac.proofs.claims.network.allow_list_only import CLAIM
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import (
    INTERNET,
    added,
    answer,
    changed,
    given,
    gone,
    renamed,
    route,
    within,
    without,
)

COGNITO = "cognito-idp.${AWS::Region}.${AWS::URLSuffix}"
LIST = {"subnets": ["NodeSubnet*", "PodSubnet*"], "egress": "allow-list", "domains": [COGNITO]}
BOTH = {"subnets": ["NodeSubnet*", "PodSubnet*", "ControlPlaneNodeSubnet*"], "egress": "allow-list",
        "domains": [COGNITO, "cognito-identity.${AWS::Region}.${AWS::URLSuffix}"]}
POLICY = ("FirewallPolicy", "FirewallPolicy")
SOURCE = ("FirewallNames", "RuleGroup", "RulesSource")
RULES = ("FirewallProtocols", "RuleGroup", "RulesSource", "StatefulRules")
HOME = ("RuleGroup", "RuleVariables", "IPSets", "HOME_NET", "Definition")


@pytest.mark.parametrize(("template", "contract"), [("network-private", LIST), ("network-dedicated", BOTH)])
def test_published_firewalls_hold(template, contract):
    """In every world, what leaves the nodes is TLS to Cognito's names, and pods have no way at all."""
    assert answer(CLAIM, template, contract).verdict is Verdict.PROVED


def test_the_control_plane_is_told_apart():
    """A name that only the control plane may say refutes a contract that does not name it."""
    found = answer(CLAIM, "network-dedicated", BOTH | {"domains": [COGNITO]})
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["packet"]["name"].startswith("cognito-identity.")


def test_nat_alone_is_refuted():
    """A way out without a firewall is told hop by hop."""
    found = answer(CLAIM, "network-shared", {"subnets": ["NodeSubnet*"], "egress": "allow-list", "domains": [COGNITO]})
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["because"] == "no firewall stands in this way"


def _targets(template):
    group = template["Resources"]["FirewallNames"]["Properties"]["RuleGroup"]
    return group["RulesSource"]["RulesSourceList"]["Targets"]


def _written(*lines: str):
    return given("FirewallNames", RuleGroup={"RulesSource": {"RulesString": "\n".join(lines)},
                                             "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}})


def _stateless(action: str):
    group = {"RulesSource": {"StatelessRulesAndCustomActions": {"StatelessRules": [
        {"Priority": 1, "RuleDefinition": {"Actions": [action], "MatchAttributes": {}}}]}}}
    return changed(added("Early", "AWS::NetworkFirewall::RuleGroup", Type="STATELESS", RuleGroup=group),
                   lambda t: t["Resources"]["FirewallPolicy"]["Properties"]["FirewallPolicy"].update(
                       StatelessRuleGroupReferences=[{"Priority": 1, "ResourceArn": {"Ref": "Early"}}]))


def _pop_rule(number: int):
    return lambda t: t["Resources"]["FirewallProtocols"]["Properties"]["RuleGroup"]["RulesSource"]["StatefulRules"].pop(
        number)


SNI = 'pass tls $HOME_NET any -> $EXTERNAL_NET any (tls.sni; content:"{}"; startswith; nocase; endswith; sid:1;)'
BROKEN = {
    "past the firewall": changed(
        without("NodeDefaultRoute1", "VpcEndpointId"), given("NodeDefaultRoute1", NatGatewayId={"Ref": "NatGateway1"})),
    "beside the firewall": route("NodeRouteTable2", "52.0.0.0/8", **INTERNET),
    "pods beside the firewall": route("PodRouteTable", "0.0.0.0/1", **INTERNET),
    "IPv6 beside the firewall": route("NodeRouteTable1", "::/0", **INTERNET),
    "a wide name": within(*SOURCE, "RulesSourceList", "Targets", value=[".amazonaws.com"]),
    "one name more": lambda t: _targets(t).append("example.com"),
    "a name in one world": lambda t: _targets(t).append(
        {"Fn::If": ["GuardDutyEnabled", "example.com", {"Ref": "AWS::NoValue"}]}),
    "an order of actions": within(*POLICY, "StatefulEngineOptions", value={"RuleOrder": "DEFAULT_ACTION_ORDER"}),
    "a group whose order is not strict": without("FirewallNames", "RuleGroup", "StatefulRuleOptions"),
    "an alert by default": within(*POLICY, "StatefulDefaultActions", value=["aws:alert_established"]),
    "no default": within(*POLICY, "StatefulDefaultActions", value=[]),
    "packets passed unseen": within(*POLICY, "StatelessDefaultActions", value=["aws:pass"]),
    "fragments passed unseen": within(*POLICY, "StatelessFragmentDefaultActions", value=["aws:pass"]),
    "a stateless group that passes": _stateless("aws:pass"),
    "a pass by address": within(*RULES, 1, "Action", value="PASS"),
    "other protocols": _pop_rule(0),
    "low ports": _pop_rule(1),
    "high ports": _pop_rule(2),
    "names before ports": within(*POLICY, "StatefulRuleGroupReferences", 0, "Priority", value=3),
    "pods not judged": within("FirewallProtocols", *HOME, value=[{"Ref": "VpcCidr"}]),
    "a name in a string": _written(SNI.format("example.com")),
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN)
def test_a_hole_is_refuted(break_it):
    """Each hole is found, and told with a way that takes it."""
    found = answer(CLAIM, "network-private", LIST, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["because"]
    assert found.counterexample["hops"]


OPEN = {
    "a key of a later day": lambda t: t["Resources"]["FirewallPolicy"]["Properties"]["FirewallPolicy"].update(New=1),
    "an engine option of a later day": within(*POLICY, "StatefulEngineOptions", value={
        "RuleOrder": "STRICT_ORDER", "New": 1}),
    "broken connections go on": within(*POLICY, "StatefulEngineOptions", value={
        "RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "CONTINUE"}),
    "a default of a later day": within(*POLICY, "StatefulDefaultActions", value=["aws:drop_somewhat"]),
    "decrypted TLS": lambda t: t["Resources"]["FirewallPolicy"]["Properties"]["FirewallPolicy"].update(
        TLSInspectionConfigurationArn="arn"),
    "a group of elsewhere": within(*POLICY, "StatefulRuleGroupReferences", 0, "ResourceArn", value="arn:aws:x"),
    "a group's key of a later day": lambda t: t["Resources"]["FirewallNames"]["Properties"]["RuleGroup"].update(New=1),
    "a list of a later kind": within(*SOURCE, "RulesSourceList", "GeneratedRulesType", value="PERHAPSLIST"),
    "a group twice in one place": within(*POLICY, "StatefulRuleGroupReferences", 1, "Priority", value=1),
    "a policy of elsewhere": given("Firewall1", FirewallPolicyArn="arn:aws:x"),
    "a string that passes much": _written("pass tcp any any -> any any (flow:not_established; sid:1;)"),
    "a string nobody can read": _written("%$&"),
    "answers that come back another way": gone("NodeReturnRoute1"),
    "answers that come back by another firewall": lambda t: given("NodeReturnRoute2", VpcEndpointId=t["Resources"][
        "NodeReturnRoute1"]["Properties"]["VpcEndpointId"])(t),
    "a pass of handshakes": changed(
        within(*RULES, 1, "Action", value="PASS"),
        within(*RULES, 1, "RuleOptions", value=[{"Keyword": "sid", "Settings": ["2"]},
                                                {"Keyword": "flow", "Settings": ["not_established"]}]),
        within(*RULES, 2, "Header", "DestinationPort", value="!443")),
    "options that are decided later": within(*RULES, 0, "RuleOptions", value={"Ref": "AvailabilityZones"}),
    "home that is decided later": within("FirewallProtocols", *HOME, value={"Ref": "AvailabilityZones"}),
    "variables that are decided later": within("FirewallProtocols", "RuleGroup", "RuleVariables", value={
        "Fn::Transform": {"Name": "Mine"}}),
    "blocks that are decided later": within("FirewallProtocols", *HOME, value=[{"Ref": "TenantId"}]),
}


@pytest.mark.parametrize("open_it", OPEN.values(), ids=OPEN)
def test_what_is_not_understood_is_undecided(open_it):
    """A firewall that cannot be read whole is neither good nor bad."""
    found = answer(CLAIM, "network-private", LIST, open_it)
    assert found.verdict is Verdict.UNDECIDED
    assert found.notes


HARMLESS = {
    "a stricter default": within(*POLICY, "StatefulDefaultActions", value=["aws:drop_strict"]),
    "another default": within(*POLICY, "StatefulDefaultActions", value=["aws:drop_established"]),
    "a stateless group that drops": _stateless("aws:drop"),
    "the same name in a string": _written(SNI.format("login.example.com")),
    "a transit gateway behind the firewall": changed(
        without("FirewallDefaultRoute1", "NatGatewayId"),
        given("FirewallDefaultRoute1", TransitGatewayId="tgw-0123456789abcdef0")),
    "answers to the whole VPC": within("NodeReturnRoute1", "DestinationCidrBlock", value={"Ref": "VpcCidr"}),
    "NAT before the firewall": changed(
        within("NodeDefaultRoute1", "RouteTableId", value={"Ref": "PublicRouteTable1"}),
        within("FirewallDefaultRoute1", "RouteTableId", value={"Ref": "NodeRouteTable1"}),
        without("PublicDefaultRoute1", "GatewayId"), given("PublicDefaultRoute1", GatewayId={"Ref": "InternetGateway"},
                                                           RouteTableId={"Ref": "FirewallRouteTable1"}),
        added("Edge", "AWS::EC2::RouteTable", condition="CognitoByFirewall", VpcId={"Ref": "Vpc"}),
        added("AtEdge", "AWS::EC2::GatewayRouteTableAssociation", condition="CognitoByFirewall",
              GatewayId={"Ref": "InternetGateway"}, RouteTableId={"Ref": "Edge"}),
        lambda t: given("NodeReturnRoute1", RouteTableId={"Ref": "Edge"}, DestinationCidrBlock=t["Resources"][
            "PublicSubnet1"]["Properties"]["CidrBlock"])(t)),
    "ports in one rule": within(*RULES, 1, "Header", "DestinationPort", value="!443"),
    "everywhere instead of home": within(*RULES, 0, "Header", "Source", value="ANY"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_other_good_firewalls_are_proved(change):
    """A firewall that is written otherwise and holds as well is no false alarm."""
    contract = LIST | {"domains": [COGNITO, "login.example.com"]}
    assert answer(CLAIM, "network-private", contract, change).verdict is Verdict.PROVED


def test_plain_http_is_told():
    """Names that are read from plain HTTP are weaker, and a note says so."""
    change = within(*SOURCE, "RulesSourceList", "TargetTypes", value=["TLS_SNI", "HTTP_HOST"])
    found = answer(CLAIM, "network-private", LIST, change)
    assert found.verdict is Verdict.PROVED
    assert any("plain HTTP" in note for note in found.notes)


@pytest.mark.parametrize("change", [lambda template: None, *BROKEN.values()], ids=["as it is", *BROKEN])
def test_names_do_not_matter(change):
    """Other logical ids, the same verdict."""
    before = answer(CLAIM, "network-private", LIST, change)
    after = answer(CLAIM, "network-private", LIST | {"subnets": ["XNode*", "XPod*"]}, changed(change, renamed))
    assert after.verdict is before.verdict
