"""What stands in a packet's or a question's way: firewall policies with their rules, and DNS firewalls.

Knows nouns only. A rule that an adapter cannot read is a `Riddle`, with the reason; it counts as passing anything.
"""

from dataclasses import dataclass

from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """A rule about names that clients say: in TLS greetings (`TLS_SNI`) or plain HTTP (`HTTP_HOST`).

    drops: it drops them, where it does not only tell. listed: it was made from a list of names.
    """

    passes: bool
    names: tuple[Text, ...]
    told_by: tuple[str, ...]
    ports: str = "ANY"
    drops: bool = False
    listed: bool = True
    source: str = "$HOME_NET"
    destination: str = "$EXTERNAL_NET"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRule:
    """A rule about addresses, ports and protocols, in the words of the firewall; `options` narrow it."""

    action: str
    protocol: str
    source: str
    destination: str
    ports: str
    source_ports: str = "ANY"
    both_ways: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Riddle:
    """A rule that may pass something and cannot be read here."""

    because: str


Rule = NameRule | HeaderRule | Riddle


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """Rules in their order. `home` are the blocks behind $HOME_NET, None when it is not given; `strict` the order."""

    name: str
    strict: bool
    rules: tuple[Rule, ...] = ()
    home: tuple[Block, ...] | None = None
    renames_outside: bool = False
    passes_unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A rule group of a policy at its place; `group` is None when the template does not have it."""

    priority: str
    name: str
    group: RuleGroup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A firewall policy: what happens to packets before, by and after its rules, in the firewall's words."""

    name: str
    strict: bool
    first: tuple[str, ...] | None = None
    fragments: tuple[str, ...] | None = None
    last: tuple[str, ...] | None = None
    references: tuple[Reference, ...] = ()
    stateless: tuple[Reference, ...] = ()
    home: tuple[Block, ...] | None = None
    riddles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRule:
    """A rule of a DNS firewall: which names, None when the template does not tell, and what becomes of the question."""

    priority: tuple[int, int]
    action: str
    names: tuple[Text, ...] | None
    partial: bool = False
    riddle: str = ""
