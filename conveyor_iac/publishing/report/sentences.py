"""What the page opens with: what the vendor can do, what it cannot, what leaves, and the worst case.

Each sentence is made of facts. One that rests on claims says so, and changes where they are not proved: nothing here
promises what was not shown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conveyor_iac.publishing.report.claims import Claims
from conveyor_iac.publishing.report.permissions import actions_of

CAN, CANNOT, LEAVES, WORST = "can", "cannot", "leaves", "worst"
TITLES = {CAN: "What the vendor can do", CANNOT: "What the vendor cannot do", LEAVES: "What data leaves",
          WORST: "The worst case"}
STAYS = ("VPC endpoint", "endpoint service", "resolver", "inside the VPC", "nothing")
"""What lets a path through without a way out of the networks."""
TO_VENDOR = "Agent to the vendor's queues"
"""The row of the outbound table that ends in the vendor's account."""
_LOOKS = {"List": "list", "Read": "read", "Write": "write", "Tagging": "tag",
          "Permissions management": "decide who may do what"}
_UNLESS = "not claimed "
"""How a note begins that says where a claim is not made."""
_INSIDE = ("a created role may read ", " from inside the network")
_CREATE, _RETRUST, _REGISTER = "iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:CreateOpenIDConnectProvider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What the contract of a role says, in the words of the template: placeholders stay."""

    role: str
    principal: str
    session_name: str
    created: str
    boundary: str
    predefined: int
    passes_to: tuple[str, ...]
    policies: tuple[Mapping[str, Any], ...]
    limits: tuple[Mapping[str, Any], ...]
    """The boundary's own statements, as permissions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentences are made of. plans: what `plan --json` says, by what it is a plan of (empty: the one)."""

    claims: Claims
    role: Role | None
    networks: Mapping[str, Mapping[str, Any]]
    """The contract of each network, by its template."""
    plans: Mapping[str, Mapping[str, Any]]


def sentences(facts: Facts) -> list[dict[str, Any]]:
    """Every sentence: about, text, rests_on (ids of claims), holds (none where it rests on no claim)."""
    found: list[dict[str, Any]] = []
    for part in (_can, _cannot, _leaves, _worst):
        found += part(facts)
    return found


def _plain(about: str, text: str) -> dict[str, Any]:
    """A sentence that is read off the templates or the plan."""
    return {"about": about, "text": text, "rests_on": [], "holds": None}


def _claimed(facts: Facts, about: str, text: str, *ids: str) -> dict[str, Any]:
    """A sentence that rests on claims. It is said as it is only where each is asked, and proved wherever it is."""
    states = {claim: facts.claims.state(claim) for claim in ids}
    worst = next((state for state in ("refuted", "undecided", "not asked") if state in states.values()), "proved")
    if worst != "proved":
        which = ", ".join(claim for claim, state in states.items() if state == worst)
        text = {"refuted": f"REFUTED, and a counterexample stands below ({which}). It is not so that: {text}",
                "undecided": f"NOT PROVED, so do not count on it (undecided: {which}): {text}",
                "not asked": f"NOT CLAIMED here (not asked: {which}): {text}"}[worst]
    unless = dict.fromkeys(note for claim in ids for note in facts.claims.notes(claim) if note.startswith(_UNLESS))
    text += "".join(f" ({note[0].upper()}{note[1:]}.)" for note in unless)
    return {"about": about, "text": text, "rests_on": list(ids), "holds": worst == "proved"}


def _can(facts: Facts) -> Iterator[dict[str, Any]]:
    role = facts.role
    if role is None:
        yield _plain(CAN, "The vendor gets no role here: none of these templates makes one.")
        return
    yield _claimed(facts, CAN, f"The vendor gets one role, {role.role}, and only {role.principal} can assume it.",
                   "trust.principal")
    yield _claimed(facts, CAN, "It is assumed with your external id and under the session name"
                   f" {role.session_name} only, by which CloudTrail shows what it did.",
                   "trust.external-id", "trust.session-name")
    if facts.claims.state("trust.switch") != "not asked":
        yield _claimed(facts, CAN, "With VendorAccess=Disabled nobody can assume it; roles that it made before stay.",
                       "trust.switch")
    yield _plain(CAN, _powers(role))
    yield _claimed(facts, CAN, f"It creates roles named {role.created}, each with the boundary {role.boundary}, and"
                   f" attaches the {role.predefined} predefined policies to them and no other policy.",
                   "iam.boundary-on-create", "iam.attach-predefined-only")
    more = [text for action, text in ((_RETRUST, "changes whom the roles that it created trust"),
                                      (_REGISTER, "registers issuers of EKS as identity providers of your account"))
            if action in _allowed(role)]
    if more:
        behind = ", ".join(dict.fromkeys(policy["only_if"] for policy in role.policies if policy["only_if"]
                                         and {_RETRUST, _REGISTER} & _named([policy])))
        yield _plain(CAN, f"It {' and '.join(more)}{f', only where {behind}' if behind else ''}.")


def _allowed(role: Role) -> set[str]:
    """The actions that the role's policies allow."""
    return _named(role.policies)


def _named(policies: Sequence[Mapping[str, Any]]) -> set[str]:
    return {action for actions in actions_of(policies).values() for action in actions}


def _powers(role: Role) -> str:
    """What the role's policies allow, counted."""
    found = actions_of(role.policies)
    counts = [f"{len(actions)} that {_LOOKS.get(level, level)}" for level, actions in found.items()]
    every = {action for actions in found.values() for action in actions}
    gone = [action for action in every if action.partition(":")[2].startswith(("Delete", "Terminate", "Deregister"))]
    services = sorted({action.partition(":")[0] for action in every})
    switched = [policy["only_if"] for policy in role.policies if policy["only_if"]]
    behind = f" Some of it only where {', '.join(switched)}." if switched else ""
    return (f"The role's {len(role.policies)} policies name {len(every)} actions of {len(services)} services"
            f" ({', '.join(services)}): {', '.join(counts)}; {len(gone)} of them delete.{behind}")


def _cannot(facts: Facts) -> Iterator[dict[str, Any]]:
    role = facts.role
    if role is None:
        return
    trust = "no trust but that of roles that it creates" if _allowed(role) & {_CREATE, _RETRUST} else "no trust"
    yield _claimed(facts, CANNOT, f"It writes no policy, {trust}, no boundary and no credential, and changes neither"
                   " its own policies nor the boundary nor the predefined ones.",
                   "iam.no-policy-authoring", "iam.actions-whitelisted", "iam.own-policies-untouched")
    yield _claimed(facts, CANNOT, "It changes, deletes and passes no role but those it creates, and passes them to"
                   f" {', '.join(role.passes_to)} only.", "iam.writes-created-roles-only",
                   "iam.pass-role-named-services")
    yield _claimed(facts, CANNOT, "It takes over nothing that is not the tenant's own (no session, command, code or"
                   " access entry), and neither it nor a role it creates assumes a role that is not named in full.",
                   "installer.own-resources-only", "iam.assume-role-scoped")
    exceptions = [note.partition(": ")[0] for claim in ("data.no-read", "data.no-share")
                  for note in facts.claims.notes(claim) if _inside(note) is None and not note.startswith(_UNLESS)]
    but = f" Except: {'; '.join(dict.fromkeys(exceptions))}." if exceptions else ""
    yield _claimed(facts, CANNOT, "Neither it nor a role it creates reads or shares your data from outside the data"
                   f" plane's network.{but}", "data.no-read", "data.no-share")


def _leaves(facts: Facts) -> Iterator[dict[str, Any]]:
    yield from _ways_out(facts)
    for name, told in facts.plans.items():
        yield _plain(LEAVES, _paths(f"{name}: " if name else "", told["outbound"]))
    yield from _unbounded(facts)
    if facts.claims.state("privatelink.acceptance") != "not asked":
        yield _claimed(facts, LEAVES, "Nobody comes in by PrivateLink before you have accepted the connection, and"
                       " only named principals may ask for one.", "privatelink.acceptance", "privatelink.principals")


def _ways_out(facts: Facts) -> Iterator[dict[str, Any]]:
    """What the networks let out, as it is claimed of them."""
    closed = {name: contract for name, contract in facts.networks.items() if contract.get("egress")}
    isolated = sorted({subnet for contract in closed.values() for subnet in _isolated(contract)})
    if isolated and facts.claims.state("network.no-internet-path") != "not asked":
        yield _claimed(facts, LEAVES, f"In {', '.join(closed)}: no packet reaches the internet from"
                       f" {', '.join(isolated)}.", "network.no-internet-path")
    listed = {name: contract for name, contract in closed.items() if contract["egress"] == "allow-list"}
    subnets = sorted({subnet for contract in listed.values() for subnet in contract.get("subnets", ())})
    domains = sorted({str(domain) for contract in listed.values() for domain in contract.get("domains", ())})
    if listed:
        yield _claimed(facts, LEAVES, f"In {', '.join(listed)}: but for VPC endpoints and the resolver, all that leaves"
                       f" {', '.join(subnets)} is TLS on 443 to {', '.join(domains)}, through a firewall.",
                       "network.allow-list-only")
    if facts.claims.state("network.dns-exit") != "not asked":
        where = ", ".join(row["template"] for row in facts.claims.rows()["network.dns-exit"])
        yield _claimed(facts, LEAVES, f"In {where}: DNS answers for AWS's own and the agreed names, and asks nobody"
                       " else.", "network.dns-exit")


def _unbounded(facts: Facts) -> Iterator[dict[str, Any]]:
    """The ways out that nothing holds to names: a NAT gateway, and a resolver without a firewall.

    A plan without any path puts nothing of ours into a network that would take them.
    """
    networks = [(name, network) for name, told in facts.plans.items() if told["outbound"]
                for network in told["networks"]]
    ways = [("NAT lets nodes reach any address of the internet", [
        name for name, network in networks if network["egress"]["kind"] == "nat"]),
            ("DNS is an open exit, for the VPC's resolver answers for any public name", [
        name for name, network in networks if not network["egress"]["dns_answers"]])]
    for text, where in ways:
        if where:
            names = ", ".join(dict.fromkeys(filter(None, where)))
            yield _plain(LEAVES, f"{text}{f' ({names})' if names else ''}: no claim holds it, and the template does not"
                         " either.")


def _isolated(contract: Mapping[str, Any]) -> Sequence[str]:
    return contract.get("isolated") or (contract.get("subnets", ()) if contract.get("egress") == "none" else ())


def _paths(head: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The outbound table in a sentence: what leaves the network, what goes to the vendor, what comes in."""
    if not rows:
        return f"{head}nothing here opens a path of its own: the outbound table is empty."
    out = [row for row in rows if row["direction"] == "out" and row["by"] not in STAYS]
    vendor = [row for row in rows if row["component"] == TO_VENDOR]
    came = [row for row in rows if row["direction"] == "in"]
    parts = [f"of {len(rows)} paths {len(out)} {'leads' if len(out) == 1 else 'lead'} out of the network"
             + _listed(out, _path_out)]
    parts += [f"to the vendor's account go {_joined(vendor, _data)}" for _ in vendor[:1]]
    parts += [f"in come {_joined(came, _path_out)}" for _ in came[:1]]
    text = "; ".join(parts)
    return f"{head}{text}." if head else f"{text[0].upper()}{text[1:]}."


def _listed(rows: Sequence[Mapping[str, Any]], shown: Callable[[Mapping[str, Any]], str]) -> str:
    """What the rows say; where there are more than a handful, what lets them through."""
    if not rows:
        return ""
    if len(rows) <= 4:
        return f" ({_joined(rows, shown)})"
    ways = list(dict.fromkeys(row["by"] for row in rows))
    return f" (by {', '.join(ways)}: each stands in the table below with its data)"


def _joined(rows: Sequence[Mapping[str, Any]], shown: Callable[[Mapping[str, Any]], str]) -> str:
    return ", ".join(dict.fromkeys(map(shown, rows)))


def _data(row: Mapping[str, Any]) -> str:
    return str(row["data"])


def _path_out(row: Mapping[str, Any]) -> str:
    way = f"{row['data']} to {row['destination']}" if row["direction"] == "out" else str(row["data"])
    return f"{way} by {row['by']}"


def _inside(note: str) -> str | None:
    """What a created role reads from inside the network, as a note of a claim tells it; nothing for another note."""
    before, inside = _INSIDE
    return note.removeprefix(before).partition(inside)[0] if note.startswith(before) and inside in note else None


def _worst(facts: Facts) -> Iterator[dict[str, Any]]:
    role = facts.role
    if role is None:
        return
    services = sorted({action.partition(":")[0] for actions in actions_of(role.limits).values() for action in actions})
    yield _claimed(facts, WORST, "A role that the vendor makes and turns against you, with every predefined policy at"
                   f" once, stays within the boundary, which names {len(services)} services: {', '.join(services)}.",
                   "iam.closure", "iam.boundary-on-create")
    if _CREATE in _allowed(role):
        yield _plain(WORST, "Whom a created role trusts is the installer's to say, and IAM has no condition that limits"
                     " it: such a role may let in a stranger, who then can do what that role can.")
    read = list(filter(None, map(_inside, facts.claims.notes("data.no-read"))))
    if read:
        yield _plain(WORST, "From inside the data plane's network such a role can read, of what its policies name:"
                     f" {', '.join(dict.fromkeys(read))}.")
    for name, told in facts.plans.items():
        rows = (told.get("perimeter") or {}).get("data_actions", ())
        open_rows = [f"{row['what']} ({row['service']})" for row in rows if not row["held"]]
        if open_rows:
            yield _plain(WORST, f"{name + ': n' if name else 'N'}ot held to the network, so such a role reaches it from"
                         f" anywhere: {', '.join(open_rows)}.")
