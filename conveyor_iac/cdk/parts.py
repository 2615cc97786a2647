"""The parts of one network as they are made: resources by their names in the plan, for others to refer to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, CfnResource, CfnTag, Fn, Stack
from constructs import Construct

from conveyor_iac.cdk.spelling import Spelling, Where, standing
from conveyor_iac.model.placeholders import Either, Made, Slice


class Parts:
    """What one network has so far.

    `named`: the network stands directly in a stack, and its parts take their names as logical ids, without a hash.
    `tags` are those of everything that takes tags; `others` are networks whose parts may be referred to.
    """

    def __init__(self, scope: Construct, tags: Mapping[str, str], *, named: bool, others: Sequence["Parts"] = ()
                 ) -> None:
        self.spelling, self._stack = Spelling.of(scope), Stack.of(scope)
        self.named = named
        self.resources = {name: resource for parts in others for name, resource in parts.resources.items()}
        self._tenant = tags.get("conveyor:tenant", "")
        self._tags = {key: self.spelling.text(value) for key, value in tags.items()}
        self._refs: dict[Made, str] = {}
        self._owners = {name: owner for parts in others for name, owner in parts._owners.items()}
        self._exports: dict[str, str] = {}
        self._awaited: list[Parts] = []

    def add(self, name: str, resource: CfnResource, where: Where = ()) -> Any:
        """Takes a resource into the network, under its name and behind its switches."""
        if self.named:
            resource.override_logical_id(name)
        if where:
            resource.cfn_options.condition = self.spelling.holds(where)
        self.resources[name], self._owners[name] = resource, self
        return resource

    def tags(self, name: str = "", **more: str) -> list[CfnTag]:
        """The tags of a resource, its name among them when it has one."""
        mine = {**({"Name": self.spelling.text(f"{self._tenant} {name}")} if name else {}), **self._tags,
                **{key: self.spelling.text(value) for key, value in more.items()}}
        return [CfnTag(key=key, value=value) for key, value in mine.items()]

    def ref(self, value: Any) -> str:
        """A text, a CIDR, or what something of this network is in the cloud, for a typed property."""
        if isinstance(value, Slice):
            return self.spelling.block(value, self.ref)
        if isinstance(value, Either):
            return self.spelling.chosen(value.switch, *(None if side is None else self.ref(side)
                                                        for side in (value.yes, value.no)))
        return self._made(value) if isinstance(value, Made) else self.spelling.text(value)

    def refs(self, values: Any) -> Any:
        """The same for several, each perhaps behind a switch, or for one placeholder that holds a list."""
        return self.spelling.list(values) if isinstance(values, str) else [self.ref(value) for value in values]

    def joined(self, value: Any, joiner: str = ",") -> str:
        """One text of a value or of several, joined; of these one switch may bring more."""
        if not isinstance(value, tuple):
            return self.ref(value)
        switch = next((part.switch for part in value if isinstance(part, Either)), None)
        fixed = [self.ref(part) for part in value if not isinstance(part, Either)]
        if switch is None:
            return Fn.join(joiner, fixed)
        every = [self.ref(part.yes if isinstance(part, Either) else part) for part in value]
        return self.spelling.chosen(switch, Fn.join(joiner, every), Fn.join(joiner, fixed))

    def json(self, value: Any) -> Any:
        """The same for a document that is rendered whole."""
        return self._made(value) if isinstance(value, Made) else self.spelling.json(value)

    def _made(self, made: Made) -> str:
        if made not in self._refs:
            if made.name not in self.resources:
                raise ValueError(f"{made.name} is not among the parts made so far: make what it belongs to first")
            before = self.spelling.text(made.before) if made.before else ""
            self._refs[made] = f"{before}{self._seen(made)}{made.after}"
        return self._refs[made]

    def _seen(self, made: Made) -> str:
        """What a resource is in the cloud, as seen from this stack: another stack exports it under a readable name."""
        owner = self._owners[made.name]
        if owner._stack is self._stack:
            return _of(self.resources[made.name], made.attribute)
        if owner not in self._awaited:
            self._awaited.append(owner)
            self._stack.add_stack_dependency(owner._stack)
        return Fn.import_value(owner._exported(made))

    def _exported(self, made: Made) -> str:
        """The name under which this stack exports what a resource of it is."""
        name = f"{made.name}{made.attribute}"
        if name not in self._exports:
            self._exports[name] = f"{self._stack.stack_name}-{name}"
            CfnOutput(self._stack, f"Export{name}", value=_of(self.resources[made.name], made.attribute),
                      export_name=self._exports[name])
        return self._exports[name]


_PAIRS = ("EndpointIds", "DnsEntries")
"""Attributes that are lists of pairs: ZONE:ENDPOINT, of which ours have one; HOSTED-ZONE:NAME, the general first."""
_LISTS = (*_PAIRS, "Ipv6CidrBlocks")
"""Attributes that are lists, of which the first entry counts."""


def _of(resource: CfnResource, attribute: str) -> str:
    """The id of a resource, or an attribute by its typed property."""
    if not attribute:
        return resource.ref
    found = getattr(resource, f"attr{re.sub('(?=[A-Z])', '_', attribute).lower()}")
    if attribute not in _LISTS:
        return found
    first = Fn.select(0, found)
    return Fn.select(1, Fn.split(":", first)) if attribute in _PAIRS else first


def each(parts: Iterable[Any]) -> Iterable[tuple[Any, Where]]:
    """Each part that can stand, with the switches it stands behind."""
    return standing(tuple(parts))


def named(scope: Construct) -> bool:
    """Whether what stands in this scope takes its own names as logical ids."""
    return isinstance(scope, Stack)
