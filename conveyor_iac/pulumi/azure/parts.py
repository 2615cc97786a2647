"""The parts of a component of Azure: the attributes of resources by their plan's names, and where they lie."""

from collections.abc import Mapping
from typing import Any

import pulumi

from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.pulumi import parts
from conveyor_iac.pulumi.door import Entered, enter, keyed, missing, refuse, unfit

SUBSCRIPTION_ID = "SubscriptionId"
"""The key, among ids, of the id of a subscription that is made in the same program."""
_ATTRIBUTES = {"ObjectId": "object_id", "PrincipalId": "principal_id"}


class Parts(parts.Parts):
    """As everywhere; `scaffolding` is the plan, and `protect` whether what holds data is protected."""

    def __init__(self, component: pulumi.ComponentResource, entered: Entered, *, protect: bool = True,
                 seen: Any = None, **known: Any) -> None:
        super().__init__(component, entered, seen=seen, known=known)
        assert entered.plan.azure
        self.scaffolding: Scaffolding = entered.plan.azure
        self.protect = protect
        self.group: Any = self.scaffolding.subscription.group.azure_name

    def attribute(self, resource: Any, attribute: str) -> Any:
        """The id of a resource, or an attribute that the plan names."""
        return getattr(resource, _ATTRIBUTES[attribute]) if attribute in _ATTRIBUTES else super().attribute(
            resource, attribute)

    def placed(self, **more: Any) -> dict[str, Any]:
        """The arguments of every resource that lies in the group: group, region and tags."""
        return {"resource_group_name": self.group, "location": self.scaffolding.region, "tags": self.tags(), **more}

    def holding(self, *after: str, **more: Any) -> pulumi.ResourceOptions:
        """The options of a part that holds data: it stays in Azure when its stack is destroyed, unless told not to.

        So does the resource group it lies in: Azure deletes a group with everything in it.
        """
        options = self.kept(*after, protect=self.protect)
        return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(**more)) if more else options


def entering(component: pulumi.ComponentResource, form: type, args: Any, *, makes_subscription: bool = False) -> Parts:
    """The parts of a component that is given the words of an installation, perhaps `ids` and `protect`.

    A component that itself makes the subscription is told no id of it. Raises `Refused` for every fault of the words,
    each said on the component.
    """
    given, faults = keyed(form, args)
    protect, seen = given.get("protect", True), given.get("ids")
    entered = enter(component, given.get("installation"), further=[*faults, *unfit(protect)], kind="installation",
                    cloud="azure")
    known = {} if makes_subscription else {SUBSCRIPTION_ID: _known(component, entered.plan.azure, seen)}
    return Parts(component, entered, protect=protect, seen=seen, **known)


def _known(component: pulumi.ComponentResource, made: Scaffolding | None, seen: Any) -> Any:
    """The id of a subscription that is made first, from the ids that its component hands out."""
    if made is None or made.subscription.alias is None:
        return None
    fault = missing(f"ids.{SUBSCRIPTION_ID}", "the id of the subscription that is made",
                    "Give all that AzureSubscription hands out")
    if isinstance(seen, Mapping):
        return seen[SUBSCRIPTION_ID] if SUBSCRIPTION_ID in seen else refuse(component, [fault])
    return pulumi.Output.from_input(seen or {}).apply(
        lambda ids: ids[SUBSCRIPTION_ID] if SUBSCRIPTION_ID in ids else refuse(component, [fault], late=True))
