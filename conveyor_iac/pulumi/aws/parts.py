"""The parts of a component of AWS: what CloudFormation calls the attributes of resources, and their Name tag."""

from typing import Any

from conveyor_iac.pulumi import parts


class Parts(parts.Parts):
    """As everywhere; a part's tags hold its name, and a key is handed out with its ARN."""

    def tags(self, name: str = "", **more: str) -> dict[str, Any]:
        """The tags of a resource, its name among them when it has one."""
        return super().tags(**({"Name": f"{self.tenant} {name}"} if name else {}), **more)

    def ids(self) -> dict[str, Any]:
        """What other components may refer to: the id of each part, and the ARN of each key."""
        arns = {f"{name}Arn": part.arn for name, part in self.resources.items() if name.endswith("Key")}
        return super().ids() | arns

    def attribute(self, resource: Any, attribute: str) -> Any:
        """The id of a resource, or what CloudFormation calls an attribute of it."""
        match attribute:
            case "Arn":
                return resource.arn
            case "AvailabilityZone":
                return resource.availability_zone
            case "AvailabilityZoneId":
                return resource.availability_zone_id
            case "Ipv6CidrBlocks":
                return resource.ipv6_cidr_block
            case "EndpointIds":
                return resource.firewall_statuses.apply(
                    lambda rows: rows[0].sync_states[0].attachments[0].endpoint_id)
            case "DnsEntries":  # none until accepted
                return resource.dns_entries.apply(lambda rows: rows[0].dns_name if rows else "")
        return super().attribute(resource, attribute)
