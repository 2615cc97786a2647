"""The types that a table of names does not spell: one resource of Pulumi's that is several of CloudFormation's.

Each shape of the table has its function here: it is given the resource, its logical id and its properties, and adds
what they come to. A part that may belong to any of several resources is written into all of them, unread.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conveyor_iac.proofs.pulumi.building import Building
from conveyor_iac.proofs.pulumi.spelling import is_set, pascal, raising
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

Properties = dict[str, Any]
Shape = Callable[[Building, Plain, str, Properties], None]
_NOTHING: Final = {"IpProtocol": "icmp", "CidrIp": "255.255.255.255/32", "FromPort": 252, "ToPort": 86}
"""A rule of no use: in CloudFormation a group without a way out has all of them, with this provider it has none."""
_INLINE: Final = {
    "cidrBlock": "DestinationCidrBlock", "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId", "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn", "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId", "localGatewayId": "LocalGatewayId", "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId", "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId", "vpcPeeringConnectionId": "VpcPeeringConnectionId"}


def _vpc(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """IPv6 blocks are resources of their own."""
    given = [plain.inputs.get(key) for key in ("assignGeneratedIpv6CidrBlock", "ipv6CidrBlock", "ipv6IpamPoolId")]
    if any(value not in (None, "", False) for value in given):
        block = plain.inputs.get("ipv6CidrBlock") or plain.outputs.get("ipv6CidrBlock")
        more = {"Ipv6CidrBlock": building.spelling.value(block, f"{name}.ipv6CidrBlock")} if is_set(block) else {}
        building.emit(f"{name}/Ipv6", "AWS::EC2::VPCCidrBlock", {
            "VpcId": {"Ref": name}, "AmazonProvidedIpv6CidrBlock": True, **more})


def _subnet(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A subnet that the provider cuts has a block all the same."""
    if "CidrBlock" not in row and plain.inputs.get("ipv6Native") is not True:
        row["CidrBlock"] = _missing(building, f"{name}.cidrBlock")


def _missing(building: Building, where: str) -> dict[str, Any]:
    return building.spelling.value(Untold("is not told"), where)  # type: ignore[no-any-return]


def _table(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Routes and propagating gateways that are written into the table."""
    routes, gateways = plain.inputs.get("routes"), plain.inputs.get("propagatingVgws")
    for number, route in enumerate(_rows(building, routes, f"{name}.routes"), 1):
        _route(building, route, f"{name}/Route{number}", name)
    for number, gateway in enumerate(_rows(building, gateways, f"{name}.propagatingVgws"), 1):
        building.emit(f"{name}/Propagation{number}", "AWS::EC2::VPNGatewayRoutePropagation", {
            "RouteTableIds": [{"Ref": name}],
            "VpnGatewayId": building.spelling.value(gateway, f"{name}.propagatingVgws")})


def _route(building: Building, route: Any, own: str, table: str) -> None:
    if not isinstance(route, Mapping):
        building.emit(own, "AWS::EC2::Route", {"RouteTableId": _missing(building, own)})
        return
    told = {_INLINE.get(key, pascal(key)): building.spelling.value(value, f"{own}.{key}")
            for key, value in route.items() if is_set(value)}
    building.emit(own, "AWS::EC2::Route", {"RouteTableId": {"Ref": table}, **told})


def _rows(building: Building, value: Any, where: str) -> Iterator[Any]:
    """The items of a list; one that is not known where the list is not."""
    if isinstance(value, Untold):
        yield value
    elif isinstance(value, list):
        yield from value


def _default_table(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """The table that a VPC was born with: every subnet without one of its own has it."""
    _table(building, plain, name, row)
    vpc = plain.outputs.get("vpcId")
    owner = building.main.get(name, "") or building.named("AWS::EC2::VPC", vpc)
    row["VpcId"] = {"Ref": owner} if owner else building.spelling.value(vpc or Untold("is not told"), f"{name}.vpcId")
    _main(building, name, row["VpcId"], {"Ref": name})


def _main_table(building: Building, plain: Plain, name: str, row: Properties) -> None:
    where = f"{name}.{{}}".format
    _main(building, name, building.spelling.value(plain.inputs.get("vpcId"), where("vpcId")),
          building.spelling.value(plain.inputs.get("routeTableId"), where("routeTableId")))


def _main(building: Building, name: str, vpc: Any, table: Any) -> None:
    building.mains.append((name, vpc, table))


def settle_mains(building: Building) -> None:
    """Every subnet without a table of its own gets its VPC's main one; a VPC has one, the last that was made its own.

    A table that a VPC was born with counts only where no other one became its main table.
    """
    used = {str(table["Ref"]) for _, row in building.of_type("AWS::EC2::Route", "AWS::EC2::VPNGatewayRoutePropagation",
            "AWS::EC2::SubnetRouteTableAssociation") for table in _tables_of(row)}
    for table, vpc in building.main.items():
        if table in used and table not in building.resources:
            building.place(table, "AWS::EC2::RouteTable", {"VpcId": {"Ref": vpc}})
            building.mains.append((table, {"Ref": vpc}, {"Ref": table}))
    own = [row.get("SubnetId") for _, row in building.of_type("AWS::EC2::SubnetRouteTableAssociation")]
    made = {str(vpc) for name, vpc, table in building.mains if table != {"Ref": name}}
    for name, vpc, table in building.mains:
        if "Fn::If" in vpc:
            building.unread(name, ("network",), f"whose main route table {name} is")
        if table == {"Ref": name} and str(vpc) in made:
            continue
        for subnet, row in building.of_type("AWS::EC2::Subnet"):
            if row.get("VpcId") == vpc and {"Ref": subnet} not in own:
                building.emit(f"{subnet}/Main", "AWS::EC2::SubnetRouteTableAssociation", {
                    "SubnetId": {"Ref": subnet}, "RouteTableId": table})


def _tables_of(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for table in (row.get("RouteTableId"), *(row.get("RouteTableIds") or ())):
        if isinstance(table, Mapping) and "Ref" in table:
            yield table


def _association(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A table is a subnet's or a gateway's."""
    if is_set(gateway := plain.inputs.get("gatewayId")):
        building.resources[name]["Type"] = "AWS::EC2::GatewayRouteTableAssociation"
        row["GatewayId"] = building.spelling.value(gateway, f"{name}.gatewayId")


def _gateway(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A gateway that names its VPC is attached to it."""
    if is_set(vpc := plain.inputs.get("vpcId")):
        key = "VpnGatewayId" if plain.type.endswith("VpnGateway") else "InternetGatewayId"
        building.emit(f"{name}/Attachment", "AWS::EC2::VPCGatewayAttachment", {
            "VpcId": building.spelling.value(vpc, f"{name}.vpcId"), key: {"Ref": name}})


def _prefix_list(building: Building, plain: Plain, name: str, row: Properties) -> None:
    entries = plain.inputs.get("entries", plain.outputs.get("entries"))
    row["Entries"] = building.spelling.nested(entries, f"{name}.entries") if isinstance(entries, list) else _missing(
        building, f"{name}.entries")


def _prefix_entry(building: Building, plain: Plain, name: str, row: Properties) -> None:
    value = building.spelling.value(plain.inputs.get("cidr"), f"{name}.cidr")
    _append(building, building.targets("AWS::EC2::PrefixList", plain.inputs.get("prefixListId")), "Entries",
            {"Cidr": value})


def _append(building: Building, owners: list[str], key: str, value: Any) -> None:
    """A value among those of each owner; nothing is added to what is not known."""
    for owner in owners:
        row = building.resources[owner]["Properties"]
        held = row.get(key, [])
        row[key] = [*held, value] if isinstance(held, list) else held


def _group(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """The rules that are written into a security group; without a way out, nothing leaves."""
    ways_in = _ways(building, plain.inputs.get("ingress"), f"{name}.ingress", name, "Source")
    ways_out = _ways(building, plain.inputs.get("egress"), f"{name}.egress", name, "Destination")
    row.setdefault("GroupDescription", "Managed by Pulumi")
    row["SecurityGroupEgress"] = ways_out or [_NOTHING]
    if ways_in:
        row["SecurityGroupIngress"] = ways_in


def _ways(building: Building, rules: Any, where: str, own: str, side: str) -> Any:
    if why := building.spelling.why(rules, where):
        return raising(why)
    return [way for rule in rules or () for way in _expanded(building, rule, where, own, side)]


def _expanded(building: Building, rule: Mapping[str, Any], where: str, own: Any, side: str) -> Iterator[Properties]:
    """A rule for each of its blocks, lists and groups."""
    words = {"protocol": "IpProtocol", "fromPort": "FromPort", "toPort": "ToPort", "description": "Description"}
    shared = {to: rule[key] for key, to in words.items() if is_set(rule.get(key))}
    for key, to in (("cidrBlocks", "CidrIp"), ("ipv6CidrBlocks", "CidrIpv6"),
                    ("prefixListIds", f"{side}PrefixListId"), ("securityGroups", f"{side}SecurityGroupId")):
        for value in rule.get(key) or ():
            yield {**shared, to: building.spelling.value(value, where)}
    if is_set(other := rule.get("sourceSecurityGroupId")):
        yield {**shared, f"{side}SecurityGroupId": building.spelling.value(other, where)}
    if rule.get("self") is True:
        yield {**shared, f"{side}SecurityGroupId": {"Ref": own} if isinstance(own, str) else own}


def _rule(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """One rule of Pulumi's for several blocks; what is not known counts as a way in."""
    inside = plain.inputs.get("type") != "egress"
    kind, side = ("Ingress", "Source") if inside else ("Egress", "Destination")
    group = building.spelling.value(plain.inputs.get("securityGroupId"), f"{name}.securityGroupId")
    type_ = f"AWS::EC2::SecurityGroup{kind}"
    if why := building.spelling.why(dict(plain.inputs), name):
        building.emit(name, type_, {"GroupId": raising(why)})
        return
    for way in _expanded(building, plain.inputs, name, group, side):
        building.emit(name, type_, {"GroupId": group, **way})


def _endpoint(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Subnets may be told with the addresses in them."""
    told = plain.inputs.get("subnetConfigurations")
    if "SubnetIds" not in row and isinstance(told, list):
        row["SubnetIds"] = [building.spelling.value(item.get("subnetId"), f"{name}.subnetConfigurations")
                            for item in told]
    elif "SubnetIds" not in row and told is not None:
        row["SubnetIds"] = building.spelling.value(told, f"{name}.subnetConfigurations")
    if "policy" not in plain.inputs:
        building.from_state.add((name, "PolicyDocument"))


_ENDPOINT_PARTS: Final = {"subnetId": "SubnetIds", "routeTableId": "RouteTableIds",
                          "securityGroupId": "SecurityGroupIds"}


def _endpoint_part(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """What a resource of its own says of an endpoint."""
    owner = plain.inputs.get("vpcEndpointId")
    owners = building.targets("AWS::EC2::VPCEndpoint", owner)
    for key, to in _ENDPOINT_PARTS.items():
        if is_set(value := plain.inputs.get(key)):
            told = building.spelling.value(owner if isinstance(owner, Untold) else value, f"{name}.{key}")
            _append(building, owners, to, told)
    if is_set(value := plain.inputs.get("privateDnsEnabled")):
        _set(building, owners, "PrivateDnsEnabled", building.spelling.value(value, name), owner, name)
    if is_set(value := plain.inputs.get("policy")):
        _set(building, owners, "PolicyDocument", building.spelling.document(value, f"{name}.policy"), owner, name)


def _set(building: Building, owners: list[str], key: str, value: Any, owner: Any, name: str) -> None:
    """A property that another resource gives; given twice, or perhaps another's, nobody knows what it is."""
    for own in owners:
        row = building.resources[own]["Properties"]
        if isinstance(owner, Untold):
            row[key] = building.spelling.value(owner, f"whose {key} {name} is")
        elif key in row and row[key] != value and (own, key) not in building.from_state:
            row[key] = building.spelling.value(Untold("is given twice"), f"{own}.{key}")
        else:
            row[key] = value
            building.from_state.discard((own, key))


def _service(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Whom a service lets ask for a connection."""
    if allowed := plain.inputs.get("allowedPrincipals"):
        building.emit(f"{name}/Permissions", "AWS::EC2::VPCEndpointServicePermissions", {
            "AllowedPrincipals": building.spelling.value(allowed, f"{name}.allowedPrincipals"),
            "ServiceId": {"Ref": name}})


def _card(building: Building, plain: Plain, name: str, row: Properties) -> None:
    for attachment in _rows(building, plain.inputs.get("attachments"), name):
        machine = attachment.get("instance") if isinstance(attachment, Mapping) else attachment
        building.emit(f"{name}/Attachment", "AWS::EC2::NetworkInterfaceAttachment", {
            "NetworkInterfaceId": {"Ref": name}, "InstanceId": building.spelling.value(machine, f"{name}.attachments")})


def _machine(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """The interfaces, the model and the disks of a machine."""
    cards = [*_rows(building, plain.inputs.get("networkInterfaces"), name)]
    cards += [card for key in ("primaryNetworkInterface",) if (card := plain.inputs.get(key)) is not None]
    if is_set(plain.inputs.get("secondaryNetworkInterfaces")):
        row["NetworkInterfaces"] = _missing(building, f"{name}.secondaryNetworkInterfaces")
    elif cards:
        row["NetworkInterfaces"] = [building.spelling.nested(_only(card, "networkInterfaceId"), name) for card in cards]
    if is_set(model := plain.inputs.get("launchTemplate")):
        row["LaunchTemplate"] = _model(building, model, name)
    root = plain.outputs.get("rootBlockDevice") or plain.inputs.get("rootBlockDevice")
    disks = [root] if root else []
    disks += _rows(building, plain.outputs.get("ebsBlockDevices") or plain.inputs.get("ebsBlockDevices"), name)
    if disks:
        row["BlockDeviceMappings"] = [{"Ebs": building.spelling.nested(_only(disk, "encrypted", "snapshotId"), name)}
                                      for disk in disks]


def _model(building: Building, model: Any, name: str) -> Any:
    if isinstance(model, Mapping) and (found := building.named("AWS::EC2::LaunchTemplate", model.get("name"))):
        return {"LaunchTemplateId": {"Ref": found}}
    told = {"LaunchTemplateId": model.get("id") or model.get("name")} if isinstance(model, Mapping) else model
    return building.spelling.value(told, f"{name}.launchTemplate")


def _only(value: Any, *keys: str) -> Any:
    return {key: item for key, item in value.items() if key in keys} if isinstance(value, Mapping) else value


def _launch_template(building: Building, plain: Plain, name: str, row: Properties) -> None:
    cards, disks = plain.inputs.get("networkInterfaces"), plain.inputs.get("blockDeviceMappings")
    told: Properties = {}
    if is_set(plain.inputs.get("secondaryInterfaces")):
        told["NetworkInterfaces"] = _missing(building, f"{name}.secondaryInterfaces")
    elif is_set(cards):
        rows = [_only(card, "subnetId", "networkInterfaceId") for card in cards] if isinstance(cards, list) else cards
        told["NetworkInterfaces"] = building.spelling.nested(rows, name)
    if is_set(disks):
        told["BlockDeviceMappings"] = building.spelling.nested(disks, name)
    row["LaunchTemplateData"] = told


def _rule_group(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Rules may be one text."""
    if is_set(text := plain.inputs.get("rules")):
        row["RuleGroup"] = {"RulesSource": {"RulesString": building.spelling.value(text, f"{name}.rules")}}


def _dns_group(building: Building, plain: Plain, name: str, row: Properties) -> None:
    row.setdefault("FirewallRules", [])


def _dns_rule(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Each rule of a DNS firewall is a resource of its own."""
    group = plain.inputs.get("firewallRuleGroupId")
    told = {("Qtype" if key == "qType" else pascal(key)): building.spelling.value(value, f"{name}.{key}")
            for key, value in plain.inputs.items()
            if key not in ("firewallRuleGroupId", "name", "region") and not key.startswith("__") and is_set(value)}
    for owner in building.targets("AWS::Route53Resolver::FirewallRuleGroup", group):
        if isinstance(group, Untold):
            building.resources[owner]["Properties"]["FirewallRules"] = building.spelling.value(group, name)
        else:
            _append(building, [owner], "FirewallRules", told)


def _role(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Policies that are written into the role, and managed ones it carries: those the state tells of as well."""
    inline = plain.inputs.get("inlinePolicies") or plain.outputs.get("inlinePolicies")
    row["Policies"] = [_inline(building, policy, f"{name}.inlinePolicies") for policy in _rows(building, inline, name)
                       if isinstance(policy, Untold) or is_set(policy.get("policy"))]
    managed = [*_rows(building, plain.inputs.get("managedPolicyArns"), name),
               *_rows(building, plain.outputs.get("managedPolicyArns"), name)]
    row["ManagedPolicyArns"] = [building.spelled(arn, "vague", f"{name}.managedPolicyArns")
                                for arn in dict.fromkeys(managed)]


def _inline(building: Building, policy: Any, where: str) -> Any:
    known = isinstance(policy, Mapping)
    return {"PolicyName": str(policy.get("name") or "inline") if known else "inline", "PolicyDocument":
            building.spelled(policy.get("policy") if known else policy, "identity", where)}


def _attachment(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A managed policy on one or several roles; one whose role nobody knows may be on any."""
    arn = building.spelled(plain.inputs.get("policyArn"), "vague", f"{name}.policyArn")
    roles = plain.inputs.get("roles", [plain.inputs.get("role")])
    for role in filter(is_set, roles if isinstance(roles, list) else [roles]):
        owners = building.targets("AWS::IAM::Role", role)
        if not owners:
            owners = [own for own, told in building.of_type("AWS::IAM::Role") if "RoleName" not in told]
        for owner in owners:
            if arn not in building.resources[owner]["Properties"]["ManagedPolicyArns"]:
                _append(building, [owner], "ManagedPolicyArns", arn)


SHAPES: Final[Mapping[str, Shape]] = {
    "vpc": _vpc, "subnet": _subnet, "table": _table, "default-table": _default_table, "main-table": _main_table,
    "association": _association, "gateway": _gateway, "prefix-list": _prefix_list, "prefix-entry": _prefix_entry,
    "group": _group, "rule": _rule, "endpoint": _endpoint, "endpoint-part": _endpoint_part, "service": _service,
    "card": _card, "machine": _machine, "launch-template": _launch_template, "rule-group": _rule_group,
    "dns-group": _dns_group, "dns-rule": _dns_rule, "role": _role, "attachment": _attachment,
}
