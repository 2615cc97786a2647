"""Whether two assemblies say the same: their managed policies and roles, without what only differs in spelling.

Law: the difference is told, never smoothed over. Not compared, because it has no meaning: logical ids (a reference is
compared by the name of the policy it leads to), the order of actions and statements, one value or a list of one,
`Fn::Sub` or `Fn::Join`. Not compared, because L2 has no word for it: the Sid of the trust statement. Not compared,
because it is no content: metadata (ours explains each statement there, the CDK writes construct paths).
"""

import json
import re
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def differences(one: Path, other: Path) -> list[str]:
    """What differs between the policies and roles of two assemblies, by their names; empty where nothing does."""
    left, right = _content(one), _content(other)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def statements(folder: Path) -> int:
    """How many statements the policies of an assembly have."""
    return sum(len(given["PolicyDocument"]) for given in _content(folder).values() if "PolicyDocument" in given)


def _content(folder: Path) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for file in sorted(folder.glob("*.template.json")):
        resources = {name: given for name, given in json.loads(file.read_text())["Resources"].items()
                     if given["Type"].startswith("AWS::IAM::")}
        names = {name: _name(given["Properties"]) for name, given in resources.items()}
        for name, given in resources.items():
            found[f"{given['Type']} {names[name]}"] = _resource(given, names)
    if not found:
        raise ValueError(f"no policy in {folder}")
    return found


def _name(properties: Json) -> str:
    return str(plain(properties.get("ManagedPolicyName") or properties["RoleName"], {}))


def _resource(given: Json, names: dict[str, str]) -> Json:
    said: Json = {"Condition": given.get("Condition"), **plain(given["Properties"], names)}
    for key in ("PolicyDocument", "AssumeRolePolicyDocument"):
        if key in said:
            rows = said[key]["Statement"]
            for row in rows if key == "AssumeRolePolicyDocument" else ():
                row.pop("Sid", None)
            said[key] = sorted((listed(row) for row in rows), key=json.dumps)
    if "Tags" in said:
        said["Tags"] = sorted(said["Tags"], key=json.dumps)
    return said


def plain(value: Any, names: dict[str, str]) -> Any:
    """The value with every reference and joined text as `${...}` in a text."""
    if isinstance(value, list):
        return [plain(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)}:
            return f"${{{names.get(name, name)}}}"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{!", "${", text)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{names.get(name, name)}.{attribute}}}"
        case {"Fn::ImportValue": _}:
            return "${other stack}"
        case {"Fn::Join": ["", parts]}:
            return "".join(plain(parts, names))
    return {key: plain(one, names) for key, one in value.items()}


def listed(value: Any) -> Any:
    """A statement with its lists sorted, and a single value as a list of one."""
    if isinstance(value, dict):
        return {key: value[key] if key in ("Sid", "Effect") else listed(value[key]) for key in sorted(value)}
    return sorted(map(listed, value), key=json.dumps) if isinstance(value, list) else [value]
