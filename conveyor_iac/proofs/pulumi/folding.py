"""The types that a table of names does not spell: one resource of Pulumi's that is several of CloudFormation's.

Each shape of the table has its function here: it is given the resource, its logical id and its properties, and adds
what they come to. A part that may belong to any of several resources is written into all of them, unread.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conveyor_iac.proofs.pulumi.building import LIKE_AN_ID, Building
from conveyor_iac.proofs.pulumi.spelling import is_set, pascal, raising
from conveyor_iac.proofs.pulumi.standing import told
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
        block = told(plain, "ipv6CidrBlock")
        more = {"Ipv6CidrBlock": building.spelling.value(block, f"{name}.ipv6CidrBlock")} if is_set(block) else {}
        building.emit(f"{name}/Ipv6", "AWS::EC2::VPCCidrBlock", {
            "VpcId": {"Ref": name}, "AmazonProvidedIpv6CidrBlock": True, **more})
    _main_of_the_state(building, plain, name)


def _main_of_the_state(building: Building, plain: Plain, name: str) -> None:
    """The table that became a VPC's main one, as the state tells; one that the stack does not have is not read."""
    table = plain.outputs.get("mainRouteTableId")
    if not is_set(table) or isinstance(table, Untold) or table == plain.outputs.get("defaultRouteTableId"):
        return
    found = building.spelling.references.whole(table)
    known = found is not None and found.get("Ref") in building.names.values()
    _main(building, f"{name}/mainRouteTableId", {"Ref": name}, found if known else raising(
        f"{name}.mainRouteTableId, which no resource of the stack is"))


def _subnet(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A subnet that the provider cuts has a block all the same."""
    if "CidrBlock" not in row and plain.inputs.get("ipv6Native") is not True:
        row["CidrBlock"] = building.missing(f"{name}.cidrBlock")


def _table(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Routes and propagating gateways that are written into the table."""
    routes, gateways = told(plain, "routes"), told(plain, "propagatingVgws")
    by_state = not is_set(plain.inputs.get("routes"))
    for number, route in enumerate(building.rows(routes), 1):
        _route(building, route, f"{name}/Route{number}", name, by_state=by_state)
    for number, gateway in enumerate(building.rows(gateways), 1):
        building.emit(f"{name}/Propagation{number}", "AWS::EC2::VPNGatewayRoutePropagation", {
            "RouteTableIds": [{"Ref": name}],
            "VpnGatewayId": building.spelling.value(gateway, f"{name}.propagatingVgws")})


def _route(building: Building, route: Any, own: str, table: str, *, by_state: bool) -> None:
    if not isinstance(route, Mapping):
        building.emit(own, "AWS::EC2::Route", {"RouteTableId": building.missing(own)})
        return
    row = {_INLINE.get(key, pascal(key)): building.spelling.value(value, f"{own}.{key}")
           for key, value in route.items() if is_set(value) and not key.startswith("__")}
    building.emit(own, "AWS::EC2::Route", {"RouteTableId": {"Ref": table}, **row}, by_state=by_state)


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
    if (vpc, table) not in [one[1:] for one in building.mains]:
        building.mains.append((name, vpc, table))


def settle_mains(building: Building) -> None:
    """Every subnet without a table of its own gets its VPC's main one; a VPC has one, the last that was made its own.

    A table that a VPC was born with counts only where no other one became its main table.
    """
    _settle_twins(building)
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


def _settle_twins(building: Building) -> None:
    """Two resources that are one thing of AWS's, by its id: nobody knows which of them the others speak of."""
    for (type_, called), names in building.called.items():
        here = [name for name in names if not name.endswith("/leaving")]
        if len(here) > 1 and type_.startswith("AWS::EC2::") and LIKE_AN_ID.fullmatch(called):
            building.unread(here[0], ("network",), f"which of {', '.join(here)} is meant")


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
    entries = told(plain, "entries")
    where = f"{name}.entries"
    row["Entries"] = building.spelling.nested(entries, where) if isinstance(entries, list) else building.missing(where)


def _prefix_entry(building: Building, plain: Plain, name: str, row: Properties) -> None:
    value = building.spelling.value(plain.inputs.get("cidr"), f"{name}.cidr")
    building.append(building.targets("AWS::EC2::PrefixList", plain.inputs.get("prefixListId")), "Entries",
            {"Cidr": value})


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
    if not isinstance(rules or [], list) or not all(isinstance(rule, Mapping) for rule in rules or ()):
        return building.missing(where)
    return [way for rule in rules or () for way in _expanded(building, rule, where, own, side)]


def _expanded(building: Building, rule: Mapping[str, Any], where: str, own: Any, side: str) -> Iterator[Properties]:
    """A rule for each of its blocks, lists and groups."""
    words = {"protocol": "IpProtocol", "fromPort": "FromPort", "toPort": "ToPort", "description": "Description"}
    shared = {to: rule[key] for key, to in words.items() if is_set(rule.get(key))}
    for key, to in (("cidrBlocks", "CidrIp"), ("ipv6CidrBlocks", "CidrIpv6"),
                    ("prefixListIds", f"{side}PrefixListId"), ("securityGroups", f"{side}SecurityGroupId")):
        for value in building.rows(rule.get(key)):
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
    subnets = plain.inputs.get("subnetConfigurations")
    if "SubnetIds" not in row and isinstance(subnets, list):
        row["SubnetIds"] = [building.spelling.value(_member(item, "subnetId"), f"{name}.subnetConfigurations")
                            for item in subnets]
    elif "SubnetIds" not in row and subnets is not None:
        row["SubnetIds"] = building.spelling.value(subnets, f"{name}.subnetConfigurations")
    if "policy" not in plain.inputs:
        building.from_state.add((name, "PolicyDocument"))


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else value


_ENDPOINT_PARTS: Final = {"subnetId": "SubnetIds", "routeTableId": "RouteTableIds",
                          "securityGroupId": "SecurityGroupIds"}


def _endpoint_part(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """What a resource of its own says of an endpoint."""
    owner = plain.inputs.get("vpcEndpointId")
    owners = building.targets("AWS::EC2::VPCEndpoint", owner)
    for key, to in _ENDPOINT_PARTS.items():
        if is_set(value := plain.inputs.get(key)):
            building.append(owners, to, building.spelling.value(
                owner if isinstance(owner, Untold) else value, f"{name}.{key}"))
    if is_set(value := plain.inputs.get("privateDnsEnabled")):
        building.set(owners, "PrivateDnsEnabled", building.spelling.value(value, name), owner, name)
    if plain.type.endswith("VpcEndpointPolicy"):
        value = told(plain, "policy")
        policy = building.spelling.document(value, f"{name}.policy") if is_set(value) else building.missing(
            f"{name}.policy")
        building.set(owners, "PolicyDocument", policy, owner, name)


def _service(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Whom a service lets ask for a connection."""
    if allowed := told(plain, "allowedPrincipals"):
        building.emit(f"{name}/Permissions", "AWS::EC2::VPCEndpointServicePermissions", {
            "AllowedPrincipals": building.spelling.value(allowed, f"{name}.allowedPrincipals"),
            "ServiceId": {"Ref": name}})


def _card(building: Building, plain: Plain, name: str, row: Properties) -> None:
    for attachment in building.rows(told(plain, "attachments")):
        machine = _member(attachment, "instance")
        if is_set(machine):
            building.emit(f"{name}/Attachment", "AWS::EC2::NetworkInterfaceAttachment", {
                "NetworkInterfaceId": {"Ref": name},
                "InstanceId": building.spelling.value(machine, f"{name}.attachments")})


def _machine(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """The interfaces, the model and the disks of a machine."""
    cards = [*building.rows(plain.inputs.get("networkInterfaces"))]
    cards += [card for key in ("primaryNetworkInterface",) if (card := plain.inputs.get(key)) is not None]
    if is_set(plain.inputs.get("secondaryNetworkInterfaces")):
        row["NetworkInterfaces"] = building.missing(f"{name}.secondaryNetworkInterfaces")
    elif cards:
        row["NetworkInterfaces"] = [building.spelling.nested(_only(card, "networkInterfaceId"), name) for card in cards]
    if is_set(model := plain.inputs.get("launchTemplate")):
        row["LaunchTemplate"] = _model(building, model, name)
    root = plain.outputs.get("rootBlockDevice") or plain.inputs.get("rootBlockDevice")
    disks = [root] if root else []
    disks += building.rows(plain.outputs.get("ebsBlockDevices") or plain.inputs.get("ebsBlockDevices"))
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
    data: Properties = {}
    if is_set(plain.inputs.get("secondaryInterfaces")):
        data["NetworkInterfaces"] = building.missing(f"{name}.secondaryInterfaces")
    elif is_set(cards):
        rows = [_only(card, "subnetId", "networkInterfaceId") for card in cards] if isinstance(cards, list) else cards
        data["NetworkInterfaces"] = building.spelling.nested(rows, name)
    if is_set(disks):
        data["BlockDeviceMappings"] = building.spelling.nested(disks, name)
    row["LaunchTemplateData"] = data


def _rule_group(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Rules may be one text."""
    if is_set(text := plain.inputs.get("rules")):
        row["RuleGroup"] = {"RulesSource": {"RulesString": building.spelling.value(text, f"{name}.rules")}}


def _domains(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A list whose names were not told is not empty."""
    row.setdefault("Domains", building.missing(f"{name}.domains"))


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
            building.append([owner], "FirewallRules", told)


SHAPES: Final[Mapping[str, Shape]] = {
    "vpc": _vpc, "subnet": _subnet, "table": _table, "default-table": _default_table, "main-table": _main_table,
    "association": _association, "gateway": _gateway, "prefix-list": _prefix_list, "prefix-entry": _prefix_entry,
    "group": _group, "rule": _rule, "endpoint": _endpoint, "endpoint-part": _endpoint_part, "service": _service,
    "card": _card, "machine": _machine, "launch-template": _launch_template, "rule-group": _rule_group,
    "domains": _domains, "dns-group": _dns_group, "dns-rule": _dns_rule,
}
