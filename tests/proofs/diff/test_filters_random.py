"""Random pairs of small filters, each packet or name of a small space held against both by hand."""

import json
from ipaddress import ip_address, ip_network
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.diff import filters
from conveyor_iac.proofs.diff.replay import flows
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.opened import asked, made, opened

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BLOCKS = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/31", "10.0.0.1/32", "::/0", "fd00::/8")
ADDRESSES = ("9.9.9.9", "10.0.0.0", "10.0.0.1", "10.0.0.2", "10.200.0.1", "11.0.0.1", "fd00::1", "2600::1")
PARAMETER = {"Ref": "P"}
LIKELY = ("10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "198.51.100.0/24", "11.0.0.0/8")
PROTOCOLS = {"tcp": "6", "udp": "17", "-1": "-1", "47": "47"}


@st.composite
def rules(draw: st.DrawFn, blocks: tuple = BLOCKS) -> list[dict]:
    """Rules of a security group."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        block, protocol = draw(st.sampled_from(blocks)), draw(st.sampled_from(sorted(PROTOCOLS)))
        low = draw(st.integers(1, 6))
        key = "CidrIpv6" if isinstance(block, str) and ":" in block else "CidrIp"
        ports = {"FromPort": low, "ToPort": draw(st.integers(low, 7))} if protocol in ("tcp", "udp") else {}
        found.append({"IpProtocol": protocol, key: block, **ports})
    return found


def group(ingress: list[dict]):
    """A template with one security group."""
    return made({"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
        "GroupDescription": "one", "SecurityGroupIngress": ingress,
        "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32"}]}}},
        {"P": {"Type": "String"}})


def let_in(ingress: list[dict], value: str) -> set:
    """Every packet of the small space that comes in."""
    found = set()
    for row, protocol, port, address in product(ingress, ("6", "17", "47", "50"), range(9), ADDRESSES):
        block = row.get("CidrIp", row.get("CidrIpv6"))
        block = ip_network(value if isinstance(block, dict) else block)
        known = PROTOCOLS[row["IpProtocol"]]
        if known in ("-1", protocol) and ip_address(address) in block and (
                known not in ("6", "17") or row["FromPort"] <= port <= row["ToPort"]):
            found.add((protocol, port, address))
    return found


@QUICK
@given(rules(), rules())
def test_groups_are_decided_as_every_packet_goes(before, after):
    """Where all is written out, a group opens something exactly when some packet comes in that did not."""
    verdict = opened(asked(group(before), group(after)), filters.found)
    assert verdict is (Verdict.REFUTED if let_in(after, "") - let_in(before, "") else Verdict.PROVED)


@QUICK
@given(rules((*BLOCKS, PARAMETER)), rules((*BLOCKS, PARAMETER)))
def test_a_block_that_is_decided_later_is_never_guessed(before, after):
    """With a parameter for a block, what is proved holds for each of its values, and what is refuted for one."""
    verdict = opened(asked(group(before), group(after)), filters.found)
    found = [bool(let_in(after, value) - let_in(before, value)) for value in LIKELY]
    addressed = any(any(ip_address(one) in ip_network(value) for one in ADDRESSES) for value in LIKELY)
    assert addressed
    if verdict is Verdict.PROVED:
        assert not any(found)
    if verdict is Verdict.REFUTED and not any(found):
        assert any(PARAMETER in row.values() for row in after)  # the packet is one of the parameter's own block


@QUICK
@given(rules((*BLOCKS, PARAMETER)), st.data())
def test_less_rules_in_any_order_open_nothing(before, data):
    """A group with some of the rules, in any order, opens nothing; nor does one with a rule twice."""
    after = data.draw(st.lists(st.sampled_from(before), max_size=6)) if before else []
    assert opened(asked(group(before), group(after)), filters.found) is Verdict.PROVED


@st.composite
def entries(draw: st.DrawFn) -> list[dict]:
    """Entries of a network ACL."""
    found = []
    for place in draw(st.lists(st.integers(1, 9), max_size=4, unique=True)):
        block = draw(st.sampled_from(BLOCKS[:6]))
        number = draw(st.sampled_from((6, 17, -1)))
        low = draw(st.integers(1, 6))
        ports = {"PortRange": {"From": low, "To": draw(st.integers(low, 7))}} if number != -1 else {}
        found.append({"RuleNumber": place, "RuleAction": draw(st.sampled_from(("allow", "deny"))), "Protocol": number,
                      "CidrBlock": block, **ports})
    return found


def acl(rows: list[dict] | None):
    """A template with a subnet and its ACL, or none of its own."""
    resources = {"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}}}
    if rows is not None:
        resources |= {"Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": "vpc-1"}}, "Has": {
            "Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": {
                "SubnetId": {"Ref": "Subnet"}, "NetworkAclId": {"Ref": "Acl"}}}}
        resources |= {f"Entry{number}": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {
            **row, "NetworkAclId": {"Ref": "Acl"}}} for number, row in enumerate(rows)}
    return made(resources)


def passed(rows: list[dict] | None) -> set:
    """Every packet of the small space that comes in."""
    space = product((6, 17, 47), range(1, 9), ADDRESSES[:6])
    if rows is None:
        return set(space) | {"out"}
    found = set()
    for number, port, address in space:
        for row in sorted(rows, key=lambda row: row["RuleNumber"]):
            ports = row.get("PortRange", {"From": 0, "To": 99})
            if row["Protocol"] in (-1, number) and ip_address(address) in ip_network(row["CidrBlock"]) and (
                    ports["From"] <= port <= ports["To"]):
                found |= {(number, port, address)} if row["RuleAction"] == "allow" else set()
                break
    return found


@QUICK
@given(st.none() | entries(), st.none() | entries())
def test_acls_are_decided_as_every_packet_goes(before, after):
    """An ACL opens something exactly when some packet passes that did not; none at all lets everything pass."""
    verdict = opened(asked(acl(before), acl(after)), filters.found)
    assert verdict is (Verdict.REFUTED if passed(after) - passed(before) else Verdict.PROVED)


NAMES = ("*", "a.z", "*.a.z", "*.z", "b.z", "x.a.z", "*.y", "c.${P}")
ASKED = ("a.z", "b.z", "x.a.z", "y.a.z", "z.b.z", "q.z", "n.y", "other.w", "c.z", "c.w", "k.z")


@st.composite
def questions(draw: st.DrawFn, names: tuple = NAMES[:-1]) -> list[tuple]:
    """Rules of a DNS firewall: what becomes of which names."""
    return [(draw(st.sampled_from(("ALLOW", "ALERT", "BLOCK"))),
             draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)),
             draw(st.sampled_from(("TRUST_REDIRECTION_DOMAIN", "INSPECT_REDIRECTION_DOMAIN"))))
            for _ in range(draw(st.integers(0, 3)))]


def resolver(rows: list[tuple]):
    """A template with a VPC and its DNS firewall."""
    kind = "AWS::Route53Resolver::Firewall"
    lists = {f"List{number}": {"Type": f"{kind}DomainList", "Properties": {
        "Domains": [{"Fn::Sub": name} for name in names]}} for number, (_, names, _) in enumerate(rows)}
    return made({
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}, **lists,
        "Rules": {"Type": f"{kind}RuleGroup", "Properties": {"FirewallRules": [
            {"Action": action, "Priority": number, "FirewallDomainListId": {"Ref": f"List{number}"},
             "FirewallDomainRedirectionAction": trusts} for number, (action, _, trusts) in enumerate(rows)]}},
        "Has": {"Type": f"{kind}RuleGroupAssociation", "Properties": {
            "VpcId": {"Ref": "Vpc"}, "FirewallRuleGroupId": {"Ref": "Rules"}, "Priority": 101}}},
        {"P": {"Type": "String", "Default": "w"}})


def passes(rows: list[tuple], question: str, leads: str, value: str) -> bool:
    """Whether a question passes whose answer leads on to another name."""
    for action, names, trusts in rows:
        spelled = [name.replace("${P}", value) for name in names]
        if any(question.endswith(name[1:]) if name.startswith("*") else name == question for name in spelled):
            return action != "BLOCK" and (not leads or trusts.startswith("TRUST") or passes(rows, leads, "", value))
    return not leads or passes(rows, leads, "", value)


def answered(rows: list[tuple], value: str = "w") -> set:
    """Every question that passes, alone and with an answer that leads on to a name nobody names."""
    return {(question, leads) for question in ASKED for leads in ("", "far.v") if passes(rows, question, leads, value)}


@QUICK
@given(questions(), questions())
def test_dns_firewalls_are_decided_as_every_question_goes(before, after):
    """A DNS firewall opens something exactly when some question passes that did not."""
    verdict = opened(asked(resolver(before), resolver(after)), filters.found)
    assert verdict is (Verdict.REFUTED if answered(after) - answered(before) else Verdict.PROVED)


@QUICK
@given(questions(NAMES), questions(NAMES))
def test_a_name_that_is_decided_later_is_never_guessed(before, after):
    """With a parameter in a name, what is proved holds for each of its values, and what is refuted for one."""
    verdict = opened(asked(resolver(before), resolver(after)), filters.found)
    found = [answered(after, value) - answered(before, value) for value in ("w", "z", "y")]
    assert verdict is not Verdict.PROVED or not any(found)
    assert verdict is not Verdict.REFUTED or any(found)


HEADERS = st.builds(lambda action, protocol, ports, source: {
    "Action": action, "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}],
    "Header": {"Protocol": protocol, "Source": source, "SourcePort": "ANY", "Direction": "FORWARD",
               "Destination": "ANY", "DestinationPort": ports}},
    st.sampled_from(("PASS", "DROP", "ALERT", "REJECT")), st.sampled_from(("TCP", "UDP", "IP", "TLS")),
    st.sampled_from(("ANY", "443", "80:443", "!443")), st.sampled_from(("ANY", "$HOME_NET", "10.0.0.0/9")))
LISTS = st.builds(lambda kind, names: {"RulesSourceList": {
    "GeneratedRulesType": kind, "TargetTypes": ["TLS_SNI"], "Targets": sorted(names)}},
    st.sampled_from(("ALLOWLIST", "DENYLIST")), st.sets(st.sampled_from((".a.z", "a.z", "b.z", ".z")), min_size=1))
WRITTEN = st.lists(HEADERS, min_size=1, max_size=3).map(lambda rows: {"StatefulRules": rows})
GROUPS = st.lists(WRITTEN | LISTS, max_size=3)
DEFAULTS = st.sampled_from((["aws:drop_strict"], ["aws:drop_established"], ["aws:alert_strict"]))
ORDERS = st.sampled_from(("STRICT_ORDER", "DEFAULT_ACTION_ORDER"))


def policy(sources: list[dict], last: list[str], order: str) -> dict:
    """A firewall policy and its rule groups."""
    kind, names = "AWS::NetworkFirewall::", [f"Group{number}" for number in range(len(sources))]
    return {name: {"Type": f"{kind}RuleGroup", "Properties": {"RuleGroup": {
        "RulesSource": source, "StatefulRuleOptions": {"RuleOrder": order},
        "RuleVariables": {"IPSets": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}}}}}
        for name, source in zip(names, sources, strict=True)} | {"Policy": {
            "Type": f"{kind}FirewallPolicy", "Properties": {"FirewallPolicy": {
                "StatefulDefaultActions": last, "StatefulEngineOptions": {"RuleOrder": order},
                "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"], "StatefulRuleGroupReferences": [
                    {"Priority": number + 1, "ResourceArn": {"Ref": name}} for number, name in enumerate(names)]}}}}


def through(resources: dict) -> dict:
    """Whether each flow of a small space gets past a policy, or its first packets do; nothing where none can tell."""
    names = [name for name in resources if name != "Policy"]
    words = json.loads(json.dumps(resources))
    groups = {name: words[name]["Properties"]["RuleGroup"] for name in names}
    ports, sources = (80, 443, 444), ("10.0.0.1", "10.200.0.1", "11.0.0.1")
    space = [("TCP", port, "TLS_SNI", name, source)
             for port, name, source in product(ports, ("a.z", "x.a.z", "b.z", "q.z", "w"), sources)]
    space += [(protocol, port, "", "", source)
              for protocol, port, source in product(("TCP", "UDP", "ICMP"), ports, sources)]
    return {flow: flows(words["Policy"]["Properties"]["FirewallPolicy"], groups, names, flow) for flow in space}


@QUICK
@given(GROUPS, DEFAULTS, ORDERS, GROUPS, DEFAULTS, ORDERS)
def test_policies_that_are_proved_let_nothing_more_through(before, last, order, after, other_last, other_order):
    """No flow gets past a policy that was proved to let nothing more through; one does past one that was refuted."""
    one, other = policy(before, last, order), policy(after, other_last, other_order)
    verdict = opened(asked(made(one), made(other)), filters.found)
    mine, theirs = through(one), through(other)
    more = [flow for flow in mine if theirs[flow] and mine[flow] is False]
    assert verdict is not Verdict.PROVED or not more
    assert verdict is not Verdict.REFUTED or more


@QUICK
@given(GROUPS, DEFAULTS, ORDERS)
def test_a_policy_lets_nothing_more_through_than_itself(sources, last, order):
    """The same rules in a group twice, or under another name, are no difference."""
    one = policy(sources, last, order)
    assert opened(asked(made(one), made(dict(reversed(one.items())))), filters.found) is Verdict.PROVED
