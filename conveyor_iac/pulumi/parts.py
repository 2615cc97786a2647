"""The parts that one component makes: resources by their names in the plan, for others to refer to.

A part is called after its component and its name in the plan, which on AWS is the logical id of the same thing in our
CloudFormation: so names in Pulumi are as stable, and both can be laid side by side. Knows no cloud: what an attribute
is called there, and which tags a part has, is said in the room of each.
"""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

import pulumi

from conveyor_iac.errors import Fault
from conveyor_iac.model.placeholders import Either, Made, Slice
from conveyor_iac.pulumi.door import Entered, missing, refuse
from conveyor_iac.pulumi.spelling import Spelling

Ids = pulumi.Input[dict[str, pulumi.Input[str]]]
"""Ids by the names of parts in the plan, an attribute after the name (`Key`, `KeyArn`); the whole may be an output."""


class Parts:
    """What a component has so far.

    `seen` are ids of parts that other components make. `tags` are those of everything that takes tags, beside those
    of the whole deployment. `known`: values of placeholders, by name.
    """

    def __init__(self, component: pulumi.ComponentResource, entered: Entered, *, tags: Mapping[str, str] | None = None,
                 seen: Ids | None = None, known: Mapping[str, Any] | None = None) -> None:
        self.component, self.name = component, component._name
        placeholders = {f"${{{name}}}": value for name, value in (known or {}).items() if value is not None}
        if entered.external_id is not None:
            placeholders["${ExternalId}"] = entered.external_id
        self.spelling = Spelling({**placeholders, **entered.later})
        self.resources: dict[str, Any] = {}
        given: Any = seen or {}
        self._seen = given if isinstance(given, dict) else pulumi.Output.from_input(given)
        self._tags = {**entered.plan.stack_tags, **(tags or {})}
        self.tenant = entered.installation.tenant

    def called(self, name: str) -> str:
        """What a part is called in Pulumi."""
        return f"{self.name}-{name}"

    def child(self, *after: str, **more: Any) -> pulumi.ResourceOptions:
        """The options of a part: a child of its component, made after the named parts."""
        return pulumi.ResourceOptions(parent=self.component, depends_on=[self.resources[name] for name in after],
                                      **more)

    def fixed(self, *after: str, **more: Any) -> pulumi.ResourceOptions:
        """The options of a part whose name in AWS is fixed: the old one goes before a new one can come."""
        return self.child(*after, delete_before_replace=True, **more)

    def kept(self, *after: str, protect: bool) -> pulumi.ResourceOptions:
        """The options of a part that holds data: it stays in AWS when its stack is destroyed."""
        return self.child(*after, retain_on_delete=True, protect=protect)

    def add(self, name: str, resource: Any) -> Any:
        """Takes a resource among the parts, under its name in the plan."""
        self.resources[name] = resource
        return resource

    def attribute(self, resource: Any, attribute: str) -> Any:
        """What a resource is in the cloud: its id, or an attribute of it by the plan's name for that."""
        if attribute:
            raise ValueError(f"no such attribute here: {attribute}")
        return resource.id

    def tags(self, name: str = "", **more: str) -> dict[str, Any]:
        """The tags of a resource; `name` is that of the part, where it shows one."""
        return {key: self.spelling.text(value) for key, value in {**self._tags, **more}.items()}

    def ref(self, value: Any) -> Any:
        """A text, a CIDR, or what a part is in the cloud, for a typed property."""
        if isinstance(value, Slice):
            return pulumi.Output.from_input(self.ref(value.of)).apply(lambda block: _cut(block, value))
        if isinstance(value, Either):
            raise ValueError(f"the switch {value.switch} is open: only the plan of one installation is spelled here")
        return self._made(value) if isinstance(value, Made) else self.spelling.text(value)

    def refs(self, values: Any) -> list[Any]:
        """The same for several."""
        return [self.ref(value) for value in values]

    def joined(self, value: Any, joiner: str = ",") -> Any:
        """One text of a value or of several, joined."""
        if not isinstance(value, tuple):
            return self.ref(value)
        return pulumi.Output.all(*self.refs(value)).apply(joiner.join)

    def ids(self) -> dict[str, Any]:
        """What other components may refer to: the id of each part."""
        return {name: part.id for name, part in self.resources.items()}

    def _made(self, made: Made) -> Any:
        found = self._found(made)
        if not (made.before or made.after):
            return found
        return pulumi.Output.concat(self.spelling.text(made.before), found, made.after)

    def _found(self, made: Made) -> Any:
        if made.name in self.resources:
            return self.attribute(self.resources[made.name], made.attribute)
        key = f"{made.name}{made.attribute}"
        if isinstance(self._seen, pulumi.Output):
            return self._seen.apply(lambda ids: ids[key] if key in ids else refuse(
                self.component, [_absent(key)], late=True))
        return self._seen[key] if key in self._seen else refuse(self.component, [_absent(key)])


def _cut(block: str, part: Slice) -> str:
    """A part of a block that AWS chooses: parts of so many host bits, one after the other, as Fn::Cidr has them."""
    whole, bits = ip_network(block), int(part.bits)
    return str(type(whole)((int(whole.network_address) + (part.index << bits), whole.max_prefixlen - bits)))


def _absent(key: str) -> Fault:
    return missing(f"ids.{key}", "the id of a part of the network", "Give all that the network's component hands out")
