"""Which ways a new network opens that an old one had not, on the published templates and on changes to them."""

import json
import random
import time

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.diff import doors, filters, network
from conveyor_iac.proofs.diff.renaming import Renaming
from conveyor_iac.proofs.network.cloudformation import network as network_of
from conveyor_iac.proofs.network.replay import ride
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.opened import PUBLISHED, asked, opened, pair, refutations
from tests.proofs.network import test_allow_list_only, test_no_internet_path
from tests.proofs.network.published import (
    INTERNET,
    added,
    case,
    changed,
    given,
    gone,
    properties,
    route,
    within,
    without,
)

BEYOND = {"a transit gateway", "a peering", "an instance", "an interface"}
PAST_THE_WALL = ("past the firewall", "beside the firewall", "pods beside the firewall", "IPv6 beside the firewall")


@pytest.mark.parametrize("name", PUBLISHED)
def test_nothing_is_opened_against_itself(name):
    """A published template opens nothing that it had not: no way, no filter, no door."""
    made = asked(case(name).template, case(name).template)
    assert opened(made) is Verdict.PROVED
    assert opened(made.turned()) is Verdict.PROVED


@pytest.mark.parametrize("name", PUBLISHED[:3])
def test_names_and_order_open_nothing(name):
    """Other logical ids, and resources in another order, open nothing either way."""
    def shuffled(template):
        rows = list(template["Resources"].items())
        random.Random(3).shuffle(rows)
        template["Resources"] = dict(rows)

    def renamed(template):
        names = {own: f"X{own}" for own in template["Resources"]}
        template.update(Renaming(names=names).template(json.loads(json.dumps(template))))

    made = pair(name, changed(renamed, shuffled))
    assert opened(made, network.found) is Verdict.PROVED
    assert opened(made.turned(), network.found) is Verdict.PROVED


LEADS_OUT = test_no_internet_path.BROKEN | {name: test_allow_list_only.BROKEN[name] for name in PAST_THE_WALL}


@pytest.mark.parametrize("change", LEADS_OUT.values(), ids=LEADS_OUT)
def test_every_way_out_that_breaks_a_claim_is_opened(change):
    """Each change that refutes a claim about paths is found as a way that was not there, hop by hop, and not turned."""
    found = refutations(pair("network-private", change), network.found)
    assert found
    for one in found:
        assert one.answer.counterexample["hops"]
        assert one.answer.counterexample["because"]
    assert not refutations(pair("network-private", change).turned(), network.found)


@pytest.mark.parametrize("name", sorted(test_no_internet_path.OPEN))
def test_ways_that_nobody_can_follow_are_never_proved(name):
    """A target that the template does not show is a new way where it is named, and undecided where it is not."""
    verdict = opened(pair("network-private", test_no_internet_path.OPEN[name]), network.found)
    assert verdict is (Verdict.REFUTED if name in BEYOND else Verdict.UNDECIDED)


@pytest.mark.parametrize("name", sorted(set(test_no_internet_path.OPEN) - {"a module"}))
def test_what_nobody_can_follow_is_no_difference_on_both_sides(name):
    """The same riddle in the same place of both opens nothing."""
    assert opened(pair("network-private", lambda template: None, test_no_internet_path.OPEN[name]),
                  network.found) is Verdict.PROVED


@pytest.mark.parametrize("name", sorted(
    set(test_no_internet_path.OPEN) - {"a module", "an association of some subnet"}))
def test_a_way_beside_a_riddle_is_found(name):
    """A way out that is added beside what nobody can follow, the same on both sides, is found all the same."""
    out = changed(lambda template: template["Resources"].update(Out2={"Type": "AWS::EC2::Route", "Properties": {
        "RouteTableId": {"Ref": "EndpointRouteTable"}, "DestinationCidrBlock": "0.0.0.0/0", **INTERNET}}))
    assert opened(pair("network-private", out, test_no_internet_path.OPEN[name]), network.found) is Verdict.REFUTED


HARMLESS = {name: change for name, change in test_no_internet_path.HARMLESS.items() if name != "private addresses"}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_leads_nowhere_opens_no_way(change):
    """A change that leads nowhere is no false alarm."""
    assert opened(pair("network-private", change), network.found) is Verdict.PROVED


NEW_VPC = changed(
    added("Vpc2", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16"),
    added("Subnet2", "AWS::EC2::Subnet", VpcId={"Ref": "Vpc2"}, CidrBlock="10.9.0.0/24"),
    added("Table2", "AWS::EC2::RouteTable", VpcId={"Ref": "Vpc2"}),
    added("Association2", "AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "Subnet2"},
          RouteTableId={"Ref": "Table2"}))


def test_a_new_vpc_opens_only_what_leads_out_of_it():
    """A VPC more, with a subnet that has no way out, opens nothing; with one it does."""
    assert opened(pair("network-private", NEW_VPC)) is Verdict.PROVED
    out = route("Table2", "0.0.0.0/0", GatewayId="igw-0123456789abcdef0")
    (found,) = refutations(pair("network-private", changed(NEW_VPC, out)))
    assert found.subject == "Subnet2"


def test_a_way_to_private_addresses_elsewhere_is_opened():
    """A route for private addresses to a transit gateway leads to another network, apart from the VPC's own block."""
    change = test_no_internet_path.HARMLESS["private addresses"]
    (found, *_) = refutations(pair("network-private", change), network.found)
    assert found.answer.counterexample["because"] == "there was no way to transit gateway tgw-0123456789abcdef0"
    assert found.answer.counterexample["where"]["VpcCidr"] == "10.20.0.0/16"
    held = changed(change, lambda t: t["Parameters"]["VpcCidr"].update(AllowedValues=["10.0.0.0/8"]))
    assert opened(pair("network-private", held), network.found) is not Verdict.PROVED


def test_a_firewall_less_is_told_by_both_ways():
    """A way past no firewall is told with the one it passed; a further firewall opens nothing."""
    change = test_allow_list_only.BROKEN["past the firewall"]
    (found,) = refutations(pair("network-private", change), network.found)
    assert "passed the firewall endpoint Firewall1" in found.answer.counterexample["because"]
    assert found.answer.counterexample["before"][0] == "NodeDefaultRoute1"


def test_another_policy_is_held_against_the_one_before():
    """A firewall whose policy is a stricter one opens nothing, and one whose policy is wider is found."""
    def other(widen):
        def change(template):
            for own in ("FirewallPolicy", "FirewallNames"):
                template["Resources"][f"{own}Two"] = json.loads(json.dumps(template["Resources"][own]))
            policy = properties(template, "FirewallPolicyTwo")["FirewallPolicy"]
            policy["StatefulRuleGroupReferences"][1]["ResourceArn"] = {
                "Fn::GetAtt": ["FirewallNamesTwo", "RuleGroupArn"]}
            names = properties(template, "FirewallNamesTwo")["RuleGroup"]["RulesSource"]["RulesSourceList"]
            names["Targets"] = [*names["Targets"], "example.com"] if widen else names["Targets"][:1]
            given("Firewall1", FirewallPolicyArn={"Fn::GetAtt": ["FirewallPolicyTwo", "FirewallPolicyArn"]})(template)

        return pair("network-private", change)

    assert opened(other(widen=False), network.found, filters.found) is Verdict.PROVED
    found = refutations(other(widen=True), network.found, filters.found)
    assert [one.answer.counterexample["packet"]["name"] for one in found] == ["example.com"]


def test_answers_past_the_firewall_are_not_proved():
    """A firewall that no longer sees both halves of a connection guards less."""
    for name in ("answers that come back another way", "answers that come back by another firewall"):
        assert opened(pair("network-private", test_allow_list_only.OPEN[name]), network.found) is Verdict.UNDECIDED
    good = test_allow_list_only.HARMLESS["answers to the whole VPC"]
    assert opened(pair("network-private", good), network.found) is not Verdict.REFUTED


def test_a_way_out_without_nat_lets_the_internet_ask():
    """A subnet that went out by NAT and goes out directly now may be asked from outside; turned it is nothing new."""
    change = changed(without("NodeDefaultRoute1", "NatGatewayId"), given("NodeDefaultRoute1", **INTERNET))
    made = pair("network-shared", change)
    (found,) = refutations(made, network.found)
    assert "lets the internet ask" in found.answer.counterexample["because"]
    assert opened(made.turned(), network.found) is Verdict.PROVED


def test_a_route_for_subnets_of_elsewhere_is_opened():
    """A route into a table that a parameter names is a way for whoever has that table."""
    change = changed(lambda t: t["Parameters"].update(Table={"Type": "String"}),
                     added("Out", "AWS::EC2::Route", RouteTableId={"Ref": "Table"}, DestinationCidrBlock="0.0.0.0/0",
                           NatGatewayId="nat-0123456789abcdef0"))
    (found,) = refutations(pair("network-private-existing-vpc", change))
    assert (found.subject, found.answer.counterexample["hops"][0]["route"]) == ("Table", "Out")


def test_a_stricter_condition_opens_nothing():
    """A way that exists in fewer worlds opens nothing; in more, it is found with the world."""
    less = lambda t: t["Resources"]["NodeDefaultRoute1"].update(Condition="CognitoByFirewallAndHasThirdZone")  # noqa: E731
    made = pair("network-private", less)
    assert opened(made, network.found) is Verdict.PROVED
    (found,) = refutations(made.turned(), network.found)
    assert found.answer.counterexample["conditions"]["HasThirdZone"] is False


def test_a_condition_that_is_written_otherwise_is_told_apart():
    """A condition that holds more often opens what hangs on it."""
    wider = lambda t: t["Conditions"].update(CognitoByFirewall={"Fn::Not": [  # noqa: E731
        {"Fn::Equals": [{"Ref": "CognitoAccess"}, "Proxy"]}]})
    made = pair("network-private", wider)
    assert refutations(made, network.found)
    assert opened(made.turned(), network.found) is Verdict.PROVED


def test_templates_with_macros_are_undecided():
    """Nobody can say what a macro makes of a template."""
    made = pair("network-private", test_no_internet_path.OPEN["a module"])
    for judge in (network.found, filters.found, doors.found):
        assert opened(made, judge) is Verdict.UNDECIDED
        assert opened(made.turned(), judge) is Verdict.UNDECIDED


def test_time_that_has_run_out_is_undecided():
    """A judge that has no time left says so of each subject."""
    made = pair("network-private", route("PodRouteTable", "0.0.0.0/0", **INTERNET))
    made.after.kept["until"] = time.monotonic() - 1
    assert opened(made, network.found) is Verdict.UNDECIDED


def test_the_largest_template_with_one_route_more_is_quick():
    """225 resources in two VPCs, in every world, take no more than a few seconds."""
    made = pair("network-dedicated", route("PodRouteTable", "0.0.0.0/0", **INTERNET))
    started = time.process_time()
    assert {found.subject for found in refutations(made)} == {"PodSubnet1", "PodSubnet2", "PodSubnet3"}
    assert time.process_time() - started < 5


def test_the_way_is_the_one_a_packet_takes():
    """The hops of a counterexample are where a packet that is walked by hand goes, in the new network alone."""
    body = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}},
            "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            "Has": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {
                "SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}}}}
    out = {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "Table"}, "GatewayId": "igw-1",
                                                     "DestinationCidrBlock": "52.0.0.0/8"}}
    old, new = (read(json.dumps({"Resources": rows}), "made") for rows in (body, body | {"Out": out}))
    made = asked(old, new)
    (found,) = refutations(made)
    told = found.answer.counterexample
    before, after = (ride(network_of(side, World()), told["from"], told["to"]) for side in (made.before, made.after))
    assert before is None
    assert after.out
    assert after.routes == ("Out",)


def test_leaving_a_route_out_closes_nothing_else():
    """A narrower route that kept addresses from a wider one is missed when it goes: they take the wider one."""
    change = route("NodeRouteTable1", "52.0.0.0/8", GatewayId="local")
    made = pair("network-private", change)
    assert opened(made, network.found) is Verdict.PROVED
    (found,) = refutations(made.turned(), network.found)
    assert found.answer.counterexample["to"] == "52.0.0.0"
    assert opened(pair("network-private", gone("NodeDefaultRoute1")), network.found) is Verdict.PROVED
    assert opened(pair("network-private", within("NodeDefaultRoute1", "DestinationCidrBlock", value="52.0.0.0/8")),
                  network.found) is Verdict.PROVED


@pytest.mark.parametrize("name", ["network-private", "endpoint-service"])
def test_garbage_never_ends_in_a_crash(name):
    """Whatever stands where a property should, it is an input error, or each judge says what it can."""
    chance = random.Random(11)
    body = case(name).template.body["Resources"]
    places = [path for path in test_no_internet_path._places(body) if len(path) > 2 and path[1] == "Properties"
              and body[path[0]]["Type"].startswith(("AWS::EC2::", "AWS::Net", "AWS::Route53", "AWS::Elastic"))]

    def spoil(template):
        *path, last = chance.choice(places)
        part = template["Resources"]
        for key in path:
            part = part[key]
        part[last] = chance.choice(test_no_internet_path.GARBAGE)

    for _ in range(40):
        try:
            made = pair(name, spoil)
        except InputError:
            continue
        assert opened(made) in Verdict
        assert opened(made.turned()) in Verdict


def test_too_many_worlds_are_undecided():
    """Conditions that fall out in more ways than can be counted leave every subnet undecided."""
    def many(template):
        for number in range(8):
            template["Parameters"][f"P{number}"] = {"Type": "String"}
            template["Conditions"][f"C{number}"] = {"Fn::Equals": [{"Ref": f"P{number}"}, "yes"]}
            added(f"Out{number}", "AWS::EC2::Route", f"C{number}", RouteTableId={"Ref": "PodRouteTable"},
                  DestinationCidrBlock=f"5{number}.0.0.0/8", **INTERNET)(template)

    assert opened(pair("network-private", many), network.found) is Verdict.UNDECIDED
