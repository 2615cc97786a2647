"""What the CloudFormation stacks of one installation say together, as `comparing` reads it.

Knows how CloudFormation names things to one another: `Ref`, attributes, exports, the tags of a stack.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.agreement.comparing import KIND, OUTPUTS, Telling
from tests.agreement.place import Place
from tests.cdk.filled import Filled

_BY_ARN = ("AWS::SNS::Topic", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup",
           "AWS::IAM::ManagedPolicy")
"""Types whose `Ref` is the ARN."""
_ARNS = ("RuleGroupArn", "FirewallPolicyArn", "FirewallArn")
_IDS = ("Id", "AllocationId")
"""Attributes that are the ARN, and those that are what the other side knows the thing by, under names of their own."""
_FIXED = {"AWS::IAM::ManagedPolicy": ("policy", "ManagedPolicyName"), "AWS::IAM::Role": ("role", "RoleName")}
"""Types whose ARN is known beforehand: how it begins, and which property names them."""
_BY_PORT = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::TargetGroup")
"""Types that the templates number, and that the other side calls by their port."""


class Named(Filled):
    """A template in which other resources are named by their names."""

    def __init__(self, template: dict[str, Any], place: Place, seen: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {"AWS::AccountId": place.account, "AWS::Region": place.region,
                                  "AWS::Partition": place.partition, "ExternalId": place.external_id}
        super().__init__(template, values, zones=place.zones, exports=dict(seen))
        self._place = place
        for name, row in template["Resources"].items():
            own = called(name, row)
            self.values[name] = self._arn(row) or f"<{own}.Arn>" if row["Type"] in _BY_ARN else f"<{own}>"

    def fn_getatt(self, asked: Any) -> Any:
        name, attribute = asked
        row = self.template["Resources"][name]
        if attribute in _IDS:
            return f"<{name}>"
        if attribute in ("EndpointIds", "DnsEntries"):
            return [f"<{name}.HostedZone>:<{name}.{attribute}>"]
        if attribute == "Ipv6CidrBlocks":
            return [self._place.ipv6]
        if attribute == "AvailabilityZone":
            return self._zone(row["Properties"])
        if attribute == "AvailabilityZoneId":  # asked for where the file names no zone
            return f"<the id of {self._zone(row['Properties'])}>"
        return self._arn(row) or f"<{name}.{'Arn' if attribute in _ARNS else attribute}>"

    def _arn(self, row: Mapping[str, Any]) -> str:
        """The ARN of a policy, or of a role, whose name is fixed."""
        kind, name = _FIXED.get(row["Type"], ("", ""))
        return self._place.iam(kind, *(self.read(row["Properties"][key]) for key in ("Path", name))) if kind else ""

    def _zone(self, subnet: Mapping[str, Any]) -> Any:
        if "AvailabilityZoneId" in subnet:
            return f"<the zone {self.read(subnet['AvailabilityZoneId'])}>"
        return self.read(subnet["AvailabilityZone"])


def telling(stacks: Mapping[str, dict[str, Any]], tags: Mapping[str, Mapping[str, str]], place: Place) -> Telling:
    """What the stacks of one installation say: in the order of deployment, with the tags of each."""
    found: Telling = {OUTPUTS: {KIND: OUTPUTS}}
    seen: dict[str, Any] = {}
    for stack, template in stacks.items():
        filled = Named(template, place, seen)
        for name, row in filled.rows("Resources").items():
            own = called(name, row)
            assert own not in found, f"there are two {own}"
            found[own] = _thing(row, tags[stack])
        for key, row in filled.rows("Outputs").items():
            assert key not in found[OUTPUTS], f"two stacks hand out {key}"
            found[OUTPUTS][key] = row["Value"]
        seen |= filled.exports()
    return found


def stack_tags(folder: Path) -> dict[str, dict[str, str]]:
    """The tags of each stack of a cloud assembly: CloudFormation puts them on everything that takes tags."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    return {name: row["properties"].get("tags", {}) for name, row in artifacts.items()
            if row["type"] == "aws:cloudformation:stack"}


def called(name: str, row: Mapping[str, Any]) -> str:
    """What a resource is called on the other side."""
    return re.sub("[0-9]+$", str(row["Properties"]["Port"]), name) if row["Type"] in _BY_PORT else name


def _thing(row: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("DeletionPolicy", "UpdateReplacePolicy") if key in row}
    says = {KIND: row["Type"], **row["Properties"], **kept}
    if "Targets" in says:  # a target without a port has its group's
        says["Targets"] = [{"Port": says["Port"], **target} for target in says["Targets"]]
    if key := _tagged(row["Type"]):
        says["Tags"] = {**tags, **{tag["Key"]: tag["Value"] for tag in says.pop(key, ())}}
    return says


@cache
def _tagged(type_: str) -> str:
    """The property that holds the tags of a type; empty where CloudFormation cannot tag it."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    tagging = schema["tagging"]
    return str(tagging.get("tagProperty", "/properties/Tags")).rpartition("/")[2] if tagging["taggable"] else ""
