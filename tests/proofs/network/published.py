"""The published templates as cases for a claim, and ways to change them first."""

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Answer

TEMPLATES = Path(__file__).parents[3] / "templates"
Body = dict[str, Any]
Change = Callable[[Body], object]
INTERNET = {"GatewayId": {"Ref": "InternetGateway"}}
PRIVATE_PODS = {"subnets": ["PodSubnet*"], "egress": "none"}


@cache
def _text(name: str) -> str:
    return (TEMPLATES / f"{name}.template.json").read_text(encoding="utf-8")


def case(name: str, network: Body | None = None, *changes: Change) -> Case:
    """A published template, changed, with a contract about its network."""
    body = json.loads(_text(name))
    for change in changes:
        change(body)
    return Case(template=read(json.dumps(body), name),
                contract=Contract.model_validate({"network": network} if network else {}))


def answer(claim: Claim, name: str, network: Body | None = None, *changes: Change) -> Answer:
    """What the claim says of a published template; it must be asked."""
    made = case(name, network, *changes)
    assert claim.asked(made)
    return claim.check(made)


def properties(template: Body, name: str) -> Body:
    """The properties of a resource; `KeyError` when there is none."""
    return template["Resources"][name].setdefault("Properties", {})


def given(name: str, **values: Any) -> Change:
    """Properties of a resource get other values."""
    return lambda template: properties(template, name).update(copy.deepcopy(values))


def within(name: str, *path: str | int, value: Any) -> Change:
    """A value deep in a resource's properties becomes another; it must be there before."""

    def change(template: Body) -> None:
        part: Any = properties(template, name)
        for key in path[:-1]:
            part = part[key]
        part[path[-1]]  # it is there
        part[path[-1]] = copy.deepcopy(value)

    return change


def without(name: str, *path: str | int) -> Change:
    """A property is left out."""

    def change(template: Body) -> None:
        part: Any = properties(template, name)
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]

    return change


def gone(*names: str) -> Change:
    """Resources are left out."""

    def change(template: Body) -> None:
        for name in names:
            del template["Resources"][name]

    return change


def added(name: str, type_name: str, /, condition: str | None = None, **values: Any) -> Change:
    """One resource more."""
    body: Body = {"Type": type_name, "Properties": values} | ({"Condition": condition} if condition else {})
    return lambda template: template["Resources"].update({name: copy.deepcopy(body)})


def route(table: str, destination: Any, /, **target: Any) -> Change:
    """One route more."""
    six = isinstance(destination, str) and ":" in destination
    block = {"DestinationIpv6CidrBlock" if six else "DestinationCidrBlock": destination}
    return added("Another", "AWS::EC2::Route", RouteTableId={"Ref": table}, **block, **target)


def changed(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(template: Body) -> None:
        for one in changes:
            one(template)

    return change


def renamed(template: Body) -> None:
    """Every resource gets another logical id."""
    names = set(template["Resources"])

    def text(written: str) -> str:
        return re.sub(r"\$\{(\w+)", lambda found: "${X" + found[1] if found[1] in names else found[0], written)

    def new(value: Any) -> Any:
        if isinstance(value, list):
            return [new(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("Ref") in names:
            return {"Ref": f"X{value['Ref']}"}
        if "Fn::GetAtt" in value:
            return {"Fn::GetAtt": [f"X{value['Fn::GetAtt'][0]}", *value["Fn::GetAtt"][1:]]}
        if isinstance(value.get("Fn::Sub"), str):
            return {"Fn::Sub": text(value["Fn::Sub"])}
        return {key: new(item) for key, item in value.items()}

    resources = {f"X{name}": new(row) for name, row in template["Resources"].items()}
    for row in resources.values():
        row.pop("DependsOn", None)
    template.update(Resources=resources, Outputs={})
