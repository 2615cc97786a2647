"""Rules across the values of PrivateLink: who may connect, what stands behind the endpoint service, whom it tells.

As in `checks.py`: reads the words as they came, and leaves a value that is missing or of the wrong type to its own
rule.
"""

import re
from collections.abc import Iterator

from conveyor_iac.errors import Fault
from conveyor_iac.model import addresses, catalogue
from conveyor_iac.model.door import LOAD_BALANCER_ARN, TOPIC_ARN, Words, breaks, part, shown, texts, twice
from conveyor_iac.model.unused import is_service

MOST_PRINCIPALS = 50
"""How many principals a file may name: far more than planes that connect, far fewer than fill a template."""


def of_private_link(words: Words, blocks: tuple[str, ...]) -> Iterator[Fault]:
    """The faults of an endpoint service; `blocks` are those of the VPC it stands in."""
    given = part(words, "private_link")
    if given and words.get("deployment") == "shared" and not is_service(words):
        yield Fault(path="private_link", value="(given)", rule="in a shared deployment the control plane comes over the"
                    " internet", way_out="Leave it out, or write deployment: private")
    yield from _lists(given)
    yield from _targets(given, blocks)
    yield from _arns(words, given)
    yield from of_principals(words, "private_link.principals", texts(given.get("principals")))
    yield from _own_account(words, texts(given.get("principals")))
    if given.get("principals") is None:
        yield from _role_with_a_path(words)


def of_principals(words: Words, path: str, principals: tuple[str, ...]) -> Iterator[Fault]:
    """A fault for every principal of another partition than the region's: EC2 knows none of them."""
    partition = catalogue.partition_of(words.get("region"))
    for number, principal in enumerate(principals):
        if partition and not breaks("ServicePrincipal", principal) and principal.split(":")[1] != partition:
            yield Fault(path=f"{path}.{number}", value=shown(principal), rule=f"a principal of {partition}, the"
                        f" partition of {words['region']}", way_out="Ask the vendor for the role in this partition")


def _lists(given: Words) -> Iterator[Fault]:
    for key in ("principals", "ports"):
        value = given.get(key)
        if isinstance(value, list | tuple) and not value:
            yield Fault(path=f"private_link.{key}", value="(empty)", rule="at least one",
                        way_out="Name them, or leave the key out")
    ports, principals = given.get("ports"), given.get("principals")
    if isinstance(ports, list | tuple) and len(set(map(repr, ports))) != len(ports):
        yield Fault(path="private_link.ports", value=", ".join(map(str, ports)), rule="each port once",
                    way_out="Leave the second out")
    if isinstance(principals, list | tuple) and len(principals) > MOST_PRINCIPALS:
        yield Fault(path="private_link.principals", value=f"{len(principals)} of them",
                    rule=f"at most {MOST_PRINCIPALS}", way_out="Name the account root of those who share an account")
    for key in ("principals", "targets"):
        yield from twice(f"private_link.{key}", given.get(key))


def _targets(given: Words, blocks: tuple[str, ...]) -> Iterator[Fault]:
    targets = texts(given.get("targets"))
    if targets and given.get("load_balancer") is not None:
        yield Fault(path="private_link.targets", value=", ".join(targets), rule="a load balancer that exists"
                    " (private_link.load_balancer) has its own targets", way_out="Leave one of the two out")
        return
    for target in targets:
        if addresses.unfit_address(target)[0] or not blocks:
            continue
        if not addresses.within(target, blocks):
            yield Fault(path="private_link.targets", value=shown(target), rule="an address within the VPC",
                        way_out="Put a load balancer of your own before what is elsewhere: private_link.load_balancer")
        elif addresses.reserved(target, blocks):
            yield Fault(path="private_link.targets", value=shown(target), rule="none of the five addresses that AWS"
                        " keeps in a subnet: the first four and the last", way_out="Name the address of what answers")


def _arns(words: Words, given: Words) -> Iterator[Fault]:
    """A fault for what stands elsewhere: an endpoint service has load balancer and topic in its own place only."""
    region, account = words.get("region"), words.get("account")
    partition = catalogue.partition_of(region)
    if not partition or breaks("ControlPlaneAccount", account):
        return
    for key, form in (("load_balancer", LOAD_BALANCER_ARN), ("topic", TOPIC_ARN)):
        arn = given.get(key)
        if not isinstance(arn, str) or not re.fullmatch(form, arn, re.ASCII):
            continue
        _, found, _, *place, _ = arn.split(":", 5)
        if [found, *place] != [partition, region, account]:
            yield Fault(path=f"private_link.{key}", value=shown(arn), rule=f"of account {account}, in {region} of"
                        f" {partition}, as the endpoint service itself", way_out="Name one of there, or leave it out")


def _own_account(words: Words, principals: tuple[str, ...]) -> Iterator[Fault]:
    account = words.get("account")
    if words.get("deployment") != "dedicated" or is_service(words) or breaks("ControlPlaneAccount", account):
        return
    for number, principal in enumerate(principals):
        if not breaks("ServicePrincipal", principal) and principal.split(":")[4] != account:
            yield Fault(path=f"private_link.principals.{number}", value=shown(principal),
                        rule=f"in a dedicated deployment both planes are in your own account, {account}: nobody else"
                        " connects", way_out="Leave it out, or write deployment: private")


def _role_with_a_path(words: Words) -> Iterator[Fault]:
    vendor, role = part(words, "control_plane").get("account"), part(words, "control_plane").get("role")
    served = is_service(words) or words.get("deployment") in ("private", "dedicated")
    partition = catalogue.partition_of(words.get("region"))
    if served and isinstance(role, str) and "/" in role and not breaks("ControlPlaneRole", role):
        root = f"arn:{partition}:iam::{vendor}:root" if partition and not breaks("ControlPlaneAccount", vendor) else (
            "its account root")
        yield Fault(path="private_link.principals", value="(missing)", rule="EC2 takes no principal with a path, and"
                    f" control_plane.role has one: {role}", way_out=f"Name {root}, or have a role without a path")
