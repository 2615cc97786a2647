"""One packet, or one name, held by hand against rules as they are written, with every value filled in.

Written apart from `groups`, `acls`, `firewalls` and `resolver`, and knows nothing of pieces or of what is not decided
yet. What it cannot read it does not let pass for the one side, and lets pass for the other: see `unread`.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

Row = Mapping[str, Any]
_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}


def admitted(rules: Iterable[tuple[str, Row]], direction: str, protocol: str, port: int, peer: str) -> bool | None:
    """Whether one of these rules of security groups, each with its direction, lets a packet pass.

    peer: an address, or the name of a group or list whose members are meant. None: a member of a group may have an
    address of a block that is let in.
    """
    unsure = False
    for way, row in rules:
        if way != direction or not _fits(row, protocol, port):
            continue
        fits = _is_peer(row, peer)
        if fits:
            return True
        unsure = unsure or fits is None
    return None if unsure else False


def _fits(row: Row, protocol: str, port: int) -> bool:
    written = str(row["IpProtocol"]).lower()
    wanted = _PROTOCOLS.get(written, written)
    if wanted == "-1":
        return True
    if wanted != protocol:
        return False
    first, last = (str(row[key]) if key in row else None for key in ("FromPort", "ToPort"))
    if protocol not in ("1", "6", "17", "58") or first in (None, "-1"):
        return True
    if protocol in ("1", "58"):
        return int(str(first)) == port >> 8 and (last in (None, "-1") or int(str(last)) == port & 255)
    return int(str(first)) <= port <= int(str(last))


def _is_peer(row: Row, peer: str) -> bool | None:
    named = [str(row[key]) for key in row if key.endswith(("SecurityGroupId", "SecurityGroupName", "PrefixListId"))]
    if named:
        return peer == named[0]
    block = str(row["CidrIp"] if "CidrIp" in row else row["CidrIpv6"])
    return inside(peer, block)


def inside(address: str, block: str) -> bool | None:
    """Whether an address lies in a block, bit by bit; None for what is no address."""
    try:
        at = ip_address(address)
    except ValueError:
        return None
    start, _, length = block.partition("/")
    first = ip_address(start)
    if first.version != at.version:
        return False
    shift = at.max_prefixlen - int(length or at.max_prefixlen)
    return int(at) >> shift == int(first) >> shift


def first_fit(entries: Iterable[Row], outward: bool, protocol: str, port: int, address: str) -> bool:
    """Whether the entries of a network ACL, asked by their numbers, let a packet pass; what none fits does not."""
    for row in sorted(entries, key=lambda row: int(row["RuleNumber"])):
        number = _PROTOCOLS.get(str(row["Protocol"]).lower(), str(row["Protocol"]))
        if (str(row.get("Egress", "false")).lower() == "true") != outward or number not in ("-1", protocol):
            continue
        if not inside(address, str(row["CidrBlock"] if "CidrBlock" in row else row["Ipv6CidrBlock"])):
            continue
        if number in ("6", "17") and "PortRange" in row and not (
                int(row["PortRange"]["From"]) <= port <= int(row["PortRange"]["To"])):
            continue
        if number in ("1", "58") and "Icmp" in row and not _is_icmp(row["Icmp"], port):
            continue
        return str(row["RuleAction"]).lower() == "allow"
    return False


def _is_icmp(row: Row, port: int) -> bool:
    kind, code = (str(row.get(key, "-1")) for key in ("Type", "Code"))
    return kind == "-1" or (int(kind) == port >> 8 and (code == "-1" or int(code) == port & 255))


def flows(policy: Row, groups: Mapping[str, Row], order: Iterable[str], flow: tuple[str, int, str, str, str],
          own: list[str] | None = None) -> bool | None:
    """Whether anything of a flow (protocol, port, by what its name is told, name, source) gets past a policy's
    stateful rules; None where a rule cannot be read by hand. `own` is home where the rules do not say."""
    strict = _is_strict(policy.get("StatefulEngineOptions", {}))
    done: list[str] = []
    try:
        for name in order:
            body = groups[name]
            strict = strict and _is_strict(body.get("StatefulRuleOptions", {}))
            home = _home(body.get("RuleVariables", {}), _home(policy.get("PolicyVariables", {}).get(
                "RuleVariables", {}), own))
            for action, fits in _lines(body["RulesSource"], home, flow):
                done += [action] if fits and action in ("pass", "drop") else []
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    if not strict:
        return "pass" in done or "drop" not in done
    if done:
        return done[0] == "pass"
    words = policy.get("StatefulDefaultActions", [])
    if "aws:drop_strict" in words:
        return False
    return flow[0] != "TCP" or not any(str(word).startswith("aws:drop_established") for word in words)


def _is_strict(options: Row) -> bool:
    return bool(options.get("RuleOrder") == "STRICT_ORDER")


def _home(variables: Row, otherwise: list[str] | None) -> list[str] | None:
    found = variables.get("IPSets", {}).get("HOME_NET")
    return otherwise if found is None else [str(block) for block in found["Definition"]]


def _lines(source: Row, home: list[str] | None, flow: tuple[str, int, str, str, str]) -> Iterable[tuple[str, bool]]:
    """Each rule's action, and whether the flow fits it."""
    if "RulesSourceList" in source:
        names = source["RulesSourceList"]
        fits = flow[2] in names["TargetTypes"] and _from("$HOME_NET", home, flow[4]) and any(
            _is_named(str(name).lower(), flow[3]) for name in names["Targets"])
        yield {"ALLOWLIST": "pass", "DENYLIST": "drop", "REJECTLIST": "drop"}.get(
            names["GeneratedRulesType"], "alert"), fits
    for rule in source.get("StatefulRules", ()):
        header = rule["Header"]
        options = [(row["Keyword"], ",".join(row.get("Settings", ()))) for row in rule.get("RuleOptions", ())]
        yield _action(rule["Action"]), _header(
            [header[key] for key in ("Protocol", "Source", "SourcePort", "Destination", "DestinationPort")],
            options, home, flow)
    for line in str(source.get("RulesString", "")).splitlines():
        if line.strip() and not line.strip().startswith("#"):
            head, _, rest = line.strip().partition("(")
            action, protocol, start, start_port, _, end, port = head.split()
            parts = [part.strip().partition(":") for part in rest.rstrip(")").split(";") if part.strip()]
            options = [(key.strip(), value.strip().strip('"')) for key, _, value in parts]
            yield _action(action), _header([protocol, start, start_port, end, port], options, home, flow)


def _action(word: str) -> str:
    return {"reject": "drop"}.get(word.lower(), word.lower())


def _is_named(written: str, name: str) -> bool:
    return name == written or (written[:1] == "." and (name == written[1:] or name.endswith(written)))


def _from(written: str, home: list[str] | None, source: str) -> bool:
    if written.upper() == "ANY":
        return True
    if written == "$HOME_NET":
        return source == "the VPC's own block" if home is None else any(inside(source, block) for block in home)
    if "$" in written or "[" in written or "!" in written:
        raise ValueError(written)
    return bool(inside(source, written))


def _header(words: list[str], options: list[tuple[str, str]], home: list[str] | None,
            flow: tuple[str, int, str, str, str]) -> bool:
    protocol, start, start_port, end, ports = (str(word).upper() if not str(word).startswith("$") else str(word)
                                               for word in words)
    if start_port != "ANY" or end not in ("ANY", "$EXTERNAL_NET"):
        raise ValueError(words)
    said = {"TLS_SNI": "TLS", "HTTP_HOST": "HTTP"}.get(flow[2], "")
    if protocol not in ("IP", flow[0], said):
        if protocol not in ("TCP", "UDP", "ICMP", "TLS", "HTTP"):
            raise ValueError(protocol)
        return False
    if ports != "ANY" and flow[0] not in ("TCP", "UDP"):
        raise ValueError(ports)
    first, colon, last = ports.removeprefix("!").partition(":")
    among = ports == "ANY" or int(first or 0) <= flow[1] <= int(last or (65535 if colon else first))
    if among == ports.startswith("!") or not _from(start, home, flow[4]):
        return False
    return _is_narrowed_to(options, flow)


def _is_narrowed_to(options: list[tuple[str, str]], flow: tuple[str, int, str, str, str]) -> bool:
    """Whether a flow is one that a rule's options narrow it to; `ValueError` for an option that is not read here."""
    keys = {key for key, _ in options}
    for key, value in options:
        if key == "ip_proto":
            if (value.upper().removeprefix("!") in (flow[0], {"TCP": "6", "UDP": "17"}.get(flow[0]))) == (
                    value.startswith("!")):
                return False
        elif key == "content" and "tls.sni" in keys and "endswith" in keys and keys & {"startswith", "dotprefix"}:
            below = value if "dotprefix" in keys else ""
            if flow[2] != "TLS_SNI" or not (flow[3] == value.lower() or (below and f".{flow[3]}".endswith(below))):
                return False
        elif key not in ("sid", "msg", "rev", "priority", "metadata", "classtype", "nocase", "tls.sni", "startswith",
                         "endswith", "dotprefix", "ssl_state"):
            raise ValueError(key)
    return True


def answered(rules: Iterable[Row], name: str, kind: str, leads_to: str = "") -> bool | None:
    """Whether a DNS firewall's rules, asked by their places, let a question pass whose answer leads on to another
    name; None where a rule's names are not known. Each row has `place`, `Action`, `names`, `Qtype` and `trusts`."""
    for row in sorted(rules, key=lambda row: row["place"]):
        if row["names"] is None:
            return None
        if row.get("Qtype") not in (None, kind):
            continue
        if any(_asks(str(written).lower(), name.lower()) for written in row["names"]):
            if row["Action"] == "BLOCK":
                return False
            return True if not leads_to or row["trusts"] else answered(rules, leads_to, kind)
    return True if not leads_to else answered(rules, leads_to, kind)


def _asks(written: str, name: str) -> bool:
    return name.endswith(written[1:]) if written.startswith("*") else name == written
