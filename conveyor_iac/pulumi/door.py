"""The Pulumi door: the words of a component become a plan, or Pulumi errors on it before anything else is registered.

What a word says must be known when the plan is made: from it follow names and numbers of resources. A few ids may
be outputs of a platform's own program (`LATER`): a stand-in of the same form passes the door in their place, and the
spelling puts the output back. Knows no cloud.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pulumi

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.door import breaks, perhaps, shown
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import Plan, plan
from conveyor_iac.model.settings import EXTERNAL_ID, SET_EXTERNAL_ID

_DIGITS = "%017x"
_SUBNET = f"subnet-{_DIGITS}"
_VPC = f"vpc-{_DIGITS}"
LATER = {
    "network.existing.vpc": _VPC,
    "network.existing.endpoint_subnets[]": _SUBNET,
    "network.existing.node_subnets[]": _SUBNET,
    "network.existing.pod_subnets[]": _SUBNET,
    "network.existing.route_tables[]": f"rtb-{_DIGITS}",
    "iam.data_plane_vpc": _VPC,
    "iam.boundary": "arn:{partition}:iam::{account}:policy/later-%x",
    "private_link.load_balancer":
        "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/net/later/%016x",
    "private_link.topic": "arn:{partition}:sns:{region}:{account}:later-%x",
}
"""The words that may be outputs, with the form of what stands in for them: a lone value, or each of a list (`[]`)."""
_NAME = r"(?!sg-)[A-Za-z][A-Za-z0-9-]{0,28}"
_SOME_EXTERNAL_ID = "0" * 16
"""Stands in for an external id that is an output, so that the door sees there is one."""


class Refused(pulumi.RunError):
    """The words that were given are wrong; carries every fault at once.

    `told`: each fault was said already, as an error on its component.
    """

    def __init__(self, subject: str, faults: tuple[Fault, ...], *, told: bool = False) -> None:
        self.faults = faults
        count = f"{subject}: {len(faults)} fault{'s' if len(faults) > 1 else ''}"
        super().__init__(f"{count}, said on the component" if told else "\n  ".join([f"{count}:", *map(str, faults)]))


@dataclass(frozen=True, kw_only=True)
class Entered:
    """An installation that passed the door, with what is known only later.

    `later`: outputs by the text that stands in for them. `external_id` is a secret, or nothing where none is given.
    """

    installation: Installation
    plan: Plan
    later: Mapping[str, pulumi.Output[Any]] = field(default_factory=dict)
    external_id: pulumi.Output[str] | None = None

    def made(self, value: Any) -> Any:
        """A value made of texts, lists and mappings, with the outputs in place of what stands in for them."""
        if isinstance(value, Mapping):
            return {key: self.made(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.made(part) for part in value]
        return self.later.get(value, value) if isinstance(value, str) else value


class Words(dict[str, Any]):
    """The words of an installation that passed the door: components within a component are given them."""

    def __init__(self, entered: Entered) -> None:
        super().__init__()
        self.entered = entered


def enter(component: pulumi.ComponentResource, words: Any, *, further: Iterable[Fault] = (), trusting: bool = False,
          **said: str) -> Entered:
    """The installation that a component is given, planned; says every fault on the component and stops the program.

    As `admitted`; raises `Refused`.
    """
    return entered(component, admitted(component._name, words, further=further, trusting=trusting, **said))


def entered(component: pulumi.ComponentResource, asked: "Entered | tuple[Fault, ...]") -> Entered:
    """What passed the door; `Refused` for what did not, each fault said on the component."""
    return asked if isinstance(asked, Entered) else refuse(component, asked)


def admitted(name: str, words: Any, *, further: Iterable[Fault] = (), trusting: bool = False, **said: str
             ) -> Entered | tuple[Fault, ...]:
    """The installation of these words, planned; or every fault at once, `further` ones and the name's included.

    `said`: keys that the component itself decides. `trusting`: it writes a trust policy, which needs an external id.
    """
    if isinstance(words, Words):
        return words.entered
    later: dict[str, pulumi.Output[Any]] = {}
    faults = [*further, *named(name)]
    if not isinstance(words, Mapping):
        return (*faults, missing("installation", "a mapping of keys to values, known when planned",
                                 "Give the words of an installation file"))
    known = _known(words, "", _forms(words), later, faults)
    external_id = known.get(EXTERNAL_ID)
    if trusting and external_id is None:
        faults.append(missing(EXTERNAL_ID, "the external id that the vendor gave you",
                              f"Give it as a secret: {SET_EXTERNAL_ID}"))
    if isinstance(external_id, pulumi.Output):
        known[EXTERNAL_ID] = _SOME_EXTERNAL_ID
    faults += [fault for key, value in said.items() for fault in _contradicted(key, value, known)]
    try:
        installation = Installation.read({**known, **said})
        made = plan(installation)
    except InputError as refused:
        paths = {fault.path for fault in faults}
        found = [fault for fault in refused.faults if not _told(fault.path, paths)]
        own = [fault for fault in found if not any(text in fault.value for text in later)]
        faults += own if own or faults else found  # of a stand-in only where nothing else is wrong
    if faults:
        return tuple(faults)
    secret = None if external_id is None else pulumi.Output.secret(external_id).apply(_fit)
    return Entered(installation=installation, plan=made, later=later, external_id=secret)


def _fit(external_id: Any) -> str:
    """An external id as it is known at last: held to the same rule as one in a file, and never shown."""
    if rule := breaks("ExternalId", external_id):
        raise Refused(EXTERNAL_ID, (Fault(path=EXTERNAL_ID, value=HIDDEN, rule=rule, way_out="Take the one that the"
                                          f" vendor gave you: {SET_EXTERNAL_ID}"),))
    return str(external_id)


def _told(path: str, paths: set[str]) -> bool:
    """Whether there is a fault at a path already, or at what it stands in."""
    return any(path == other or path.startswith(f"{other}.") for other in paths)


def named(name: object) -> Iterator[Fault]:
    """The fault of a component's name that the names AWS gets from it could not begin with."""
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        yield Fault(path="name", value=repr(name), way_out="Take the tenant id",
                    rule="a letter, then at most 28 letters, digits and hyphens, and not sg-: what AWS names of itself"
                         " begins with it")


def refuse(component: pulumi.ComponentResource, faults: Iterable[Fault], *, late: bool = False) -> NoReturn:
    """Says what is wrong as Pulumi errors on the component, and stops the program.

    `late`: within an output's function, where the program ends before a message is sent: the error says it all.
    """
    ordered = tuple(sorted(faults, key=lambda fault: fault.path))
    if late:
        raise Refused(component._name, ordered)
    for fault in ordered:
        pulumi.log.error(str(fault), component)
    raise Refused(component._name, ordered, told=True)


def _forms(words: Mapping[str, Any]) -> Mapping[str, str]:
    """The forms of stand-ins in the place that the words name: ids of another account or region would be refused."""
    region, account = (text if isinstance(text := words.get(key), str) else "" for key in ("region", "account"))
    partition = catalogue.partition_of(region)
    return {path: form.format(partition=partition, region=region, account=account) for path, form in LATER.items()}


def _known(value: Any, path: str, forms: Mapping[str, str], later: dict[str, pulumi.Output[Any]], faults: list[Fault]
           ) -> Any:
    """The words with stand-ins for outputs; a fault for an output where none may be."""
    if isinstance(value, Mapping):
        return {key: _known(part, f"{path}.{key}" if path else str(key), forms, later, faults)
                for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_known(part, f"{path}.{number}", forms, later, faults) for number, part in enumerate(value)]
    if not isinstance(value, pulumi.Output) or path == EXTERNAL_ID:
        return value
    form = forms.get(re.sub(r"\.\d+$", "[]", path))
    if form is None:
        faults.append(Fault(
            path=path, value="an output",
            rule="known when the plan is made: names and numbers of resources follow from it",
            way_out=f"Give the value itself; outputs may be {', '.join((EXTERNAL_ID, *LATER))}"))
        return value
    text = form % (len(later) + 1)
    later[text] = value
    return text


def _contradicted(key: str, value: str, words: Mapping[str, Any]) -> Iterator[Fault]:
    """The fault of a word that says something else than the component does."""
    if not isinstance(words.get(key), pulumi.Output) and words.get(key, value) != value:
        yield Fault(path=key, value=repr(words[key]), rule=f"{value}: this component is of that kind",
                    way_out="Leave it out, or take the component of the other kind")


def missing(path: str, rule: str, way_out: str) -> Fault:
    """The fault of something that a component needs and was not given."""
    return Fault(path=path, value="(missing)", rule=rule, way_out=way_out)


def keyed(form: type, args: Any) -> tuple[Mapping[str, Any], list[Fault]]:
    """What a component is given beside its name, and a fault for each key that its form does not have."""
    if not isinstance(args, Mapping):
        return {}, [Fault(path="args", value=in_words(args), rule="a mapping of keys to values",
                          way_out=f"Known here: {', '.join(form.__annotations__)}")]
    return args, [Fault(path=str(key), value=in_words(args[key]), rule="no such key",
                        way_out=perhaps(str(key), form.__annotations__))
                  for key in args if key not in form.__annotations__]


def in_words(value: Any) -> str:
    """A value in a message."""
    return "an output" if isinstance(value, pulumi.Output) else shown(value)


def unfit(protect: object) -> Iterator[Fault]:
    """The fault of a protection that is neither on nor off."""
    if not isinstance(protect, bool):
        yield Fault(path="protect", value=in_words(protect), rule="true or false, known when planned",
                    way_out="Leave it out: what holds data is protected")
