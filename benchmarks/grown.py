"""Published templates made larger, to see how the proofs grow.

Law: what is added says what the product's own templates say, under names and addresses of its own, so that nothing is
worked out once for many and no pattern holds another. Each claim must stay proved (`hold.py` refuses otherwise): a
template that is refuted at the first look would be fast as well. Limits of AWS are passed over where they stand in the
way of growth: 10 managed policies of a role, and that services behind endpoints exist.
"""

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import count, cycle, islice
from typing import Any

_OWN_NAMES = re.compile(r"(conveyor-\$\{TenantId\}-|\$\{RolePrefix\}|/conveyor/\$\{TenantId\}/)\*")
"""Patterns of names that an installer's policy may be narrowed in and still say something of the tenant's own."""
_CORE = re.compile(r"Vpc|VpcPodCidr|(Node|Public|Firewall)RouteTable1|(Pod|Endpoint)RouteTable|"
                   r"\w+Subnet1(Association)?|InternetGateway(Attachment)?|NatGateway1(Address)?|"
                   r"Firewall(Protocols|Names|Policy|1|1Logging)|\w+Route1|DnsFirewall\w+|EndpointSecurityGroup")
_COPIED = re.compile(r"\w*1(Address|Logging|Association)?")
"""What a further row of subnets has of its own: everything of the first zone."""
_ENDPOINTS = 0.3  # of the resources, about as many as the published templates have


def policies(template: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The role's template with as many managed policies on the role, each with names of its own."""
    body = json.loads(json.dumps(template))
    resources, role = body["Resources"], body["Resources"]["InstallerRole"]["Properties"]
    rows = [(row, row["Fn::If"][1]["Ref"] if "Fn::If" in row else row["Ref"]) for row in role["ManagedPolicyArns"]]
    originals = {name: json.dumps(resources[name]) for _, name in rows}
    arns = []
    for index, (row, name) in enumerate(islice(cycle(rows), number)):
        own = name if index < len(rows) else f"{name}{index}"
        resources[own] = _narrowed(json.loads(originals[name]), index)
        arns.append(json.loads(json.dumps(row).replace(f'"{name}"', f'"{own}"')))
    for _, name in rows[number:]:
        del resources[name]
    role["ManagedPolicyArns"] = arns
    body.pop("Outputs", None)
    return dict(body)


def _narrowed(policy: dict[str, Any], index: int) -> dict[str, Any]:
    """The policy under another name, what it allows narrowed to names of its own. What it denies stays as it is."""
    properties = policy["Properties"]
    name = properties["ManagedPolicyName"]["Fn::Sub"]
    properties["ManagedPolicyName"] = {"Fn::Sub": f"{name}{index}"}
    document = properties["PolicyDocument"]
    document["Statement"] = [
        {**(json.loads(_OWN_NAMES.sub(rf"\g<1>n{index}-*", json.dumps(row))) if row["Effect"] == "Allow" else row),
         "Sid": f"{row.get('Sid', '')}N{index}"} for row in document["Statement"]]
    return policy


def networks(template: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The network of a private data plane with as many resources: rows of subnets with their ways out, and endpoints.

    The first row is the first zone of the published template. Blocks are literal, so that each cuts the address space.
    """
    body = json.loads(json.dumps(template).replace('{"Ref": "VpcCidr"}', '"10.0.0.0/16"')
                      .replace('{"Ref": "PodCidr"}', '"100.64.0.0/16"'))
    every = body["Resources"]
    core = _whole({name: row for name, row in every.items() if _CORE.fullmatch(name)}, every)
    own = [name for name in core if _COPIED.fullmatch(name)]
    found, blocks = dict(core), _blocks()
    found |= _row({name: core[name] for name in own}, 1, blocks)
    wanted = int(number * (1 - _ENDPOINTS))
    for index in count(2):
        if len(found) + len(own) > wanted:
            break
        found |= _row({name: core[name] for name in own}, index, blocks)
    part = body["Metadata"]["Conveyor::Contract"]["network"]
    part["endpoints"] = []
    for name, service, row in islice(_endpoints(every), number - len(found)):
        found[name] = row
        part["endpoints"].append(service)
    body["Resources"] = found
    body.pop("Outputs", None)
    body.pop("Rules", None)
    return dict(body)


def _whole(rows: dict[str, Any], every: Mapping[str, Any]) -> dict[str, Any]:
    """The rows and all that they speak of, but without what only tells of what they do."""
    rows = {name: row for name, row in rows.items() if row["Type"] != "AWS::NetworkFirewall::LoggingConfiguration"}
    written = json.dumps(rows)
    more = {name: row for name, row in every.items() if name not in rows
            and (f'"{name}"' in written or f"${{{name}" in written)}
    return _whole(rows | more, every) if more else rows


def _blocks() -> Mapping[str, Iterator[IPv4Network]]:
    return {"Pod": IPv4Network("100.64.0.0/16").subnets(new_prefix=26),
            "": IPv4Network("10.0.0.0/16").subnets(new_prefix=26)}


def _row(rows: Mapping[str, dict[str, Any]], index: int, blocks: Mapping[str, Iterator[IPv4Network]]
         ) -> dict[str, dict[str, Any]]:
    """The resources of the first zone once more, under names with another number and with blocks of their own."""
    names = re.compile(rf"(?<!\w)({'|'.join(sorted(rows, key=len, reverse=True))})(?!\w)")
    found = json.loads(names.sub(lambda hit: hit[0].replace("1", str(index)), json.dumps(rows)))
    for name, row in found.items():
        if row["Type"] == "AWS::EC2::Subnet":
            row["Properties"]["CidrBlock"] = str(next(blocks["Pod" if name.startswith("Pod") else ""]))
    back = found[f"NodeReturnRoute{index}"]["Properties"]
    back["DestinationCidrBlock"] = found[f"NodeSubnet{index}"]["Properties"]["CidrBlock"]
    return dict(found)


def _endpoints(every: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Interface endpoints without end: those of the template, then the same for services of other names."""
    rows = {name: row for name, row in every.items() if row["Type"] == "AWS::EC2::VPCEndpoint"
            and row["Properties"]["VpcEndpointType"] == "Interface" and "Condition" not in row}
    for turn in count(1):
        for name, row in rows.items():
            copy = json.loads(json.dumps(row))
            written = copy["Properties"]["ServiceName"]["Fn::Sub"] + (f"-n{turn}" if turn > 1 else "")
            copy["Properties"] |= {"ServiceName": {"Fn::Sub": written}, "SubnetIds": [{"Ref": "EndpointSubnet1"}]}
            yield f"{name}{turn if turn > 1 else ''}", written.rpartition("${AWS::Region}.")[2], copy
