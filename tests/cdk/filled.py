"""A template as CloudFormation reads it: functions, conditions and imports worked out, ids of resources left.

Only what our templates use is known; another function is refused, so that none is read past.
"""

import re
from ipaddress import ip_network
from itertools import islice
from typing import Any

GONE = object()


class Filled:
    """A template with these values of its parameters and pseudo parameters.

    `zones` are those the region lists; `exports` what other stacks export, by name.
    """

    def __init__(self, template: dict[str, Any], values: dict[str, Any], *, zones: tuple[str, ...] = (),
                 exports: dict[str, Any] | None = None) -> None:
        self.template, self.zones, self.exports_seen = template, list(zones), exports or {}
        types = {name: row["Type"] for name, row in template.get("Parameters", {}).items()}
        self.values = {name: value.split(",") if "List" in types.get(name, "") else value
                       for name, value in values.items()}

    def holds(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return self.holds(self.template["Conditions"][condition])
        (function, parts), = condition.items()
        if function == "Condition":
            return self.holds(parts)
        if function == "Fn::Not":
            return not self.holds(parts[0])
        if function == "Fn::And":
            return all(map(self.holds, parts))
        assert function == "Fn::Equals", function
        return bool(self.read(parts[0]) == self.read(parts[1]))

    def read(self, value: Any) -> Any:
        if isinstance(value, list):
            return [part for part in map(self.read, value) if part is not GONE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, asked), = value.items()
            if name == "Ref":
                return GONE if asked == "AWS::NoValue" else self.values.get(asked, value)
            if name.startswith("Fn::"):
                known = getattr(self, f"fn_{name.removeprefix('Fn::').lower()}", None)
                assert known, f"{name} is not known here"
                return known(asked)
        return {key: part for key, part in ((key, self.read(part)) for key, part in value.items()) if part is not GONE}

    def rows(self, section: str) -> dict[str, Any]:
        """The rows that stand there with these values, without what only the reviewer reads."""
        rows = {key: row for key, row in self.template.get(section, {}).items()
                if "Condition" not in row or self.holds(row["Condition"])}
        return {key: {part: self.read(value) for part, value in row.items() if part not in ("Metadata", "Condition")}
                for key, row in rows.items()}

    def exports(self) -> dict[str, Any]:
        """What this stack exports, by the export's name."""
        return {row["Export"]["Name"]: row["Value"] for row in self.rows("Outputs").values() if "Export" in row}

    def fn_getatt(self, asked: Any) -> Any:
        return {"Fn::GetAtt": asked}

    def fn_importvalue(self, asked: Any) -> Any:
        return self.exports_seen[asked]

    def fn_getazs(self, asked: Any) -> Any:
        assert asked == ""
        return self.zones

    def fn_sub(self, asked: str) -> str:
        filled = re.sub(r"\$\{(?!!)([^}]+)\}", lambda hit: str(self.values[hit[1]]), asked)
        return filled.replace("${!", "${")

    def fn_select(self, asked: Any) -> Any:
        index, parts = self.read(asked)
        return parts[int(index)] if isinstance(parts, list) else {"Fn::Select": [index, parts]}

    def fn_split(self, asked: Any) -> Any:
        by, text = self.read(asked)
        return text.split(by) if isinstance(text, str) else {"Fn::Split": [by, text]}

    def fn_join(self, asked: Any) -> Any:
        by, parts = self.read(asked)
        told: list[Any] = []
        for part in parts:
            told += [by, part] if told else [part]
        whole: list[Any] = []
        for part in flat(told):
            if whole and isinstance(part, str) and isinstance(whole[-1], str):
                whole[-1] += part
            else:
                whole.append(part)
        return whole[0] if len(whole) == 1 else {"Fn::Join": ["", [part for part in whole if part != ""]]}

    def fn_findinmap(self, asked: Any) -> Any:
        name, row, column = self.read(asked)
        return self.template["Mappings"][name][row][column]

    def fn_cidr(self, asked: Any) -> Any:
        """The first parts of a block, `bits` host bits each; a block that is known when made stays as it is asked."""
        block, count, bits = self.read(asked)
        if not isinstance(block, str):
            return {"Fn::Cidr": [block, count, bits]}
        network = ip_network(block)
        parts = network.subnets(new_prefix=network.max_prefixlen - int(bits))
        made = [str(part) for part in islice(parts, int(count))]
        assert len(made) == int(count), f"{block} has no {count} parts of {bits} bits"
        return made

    def fn_if(self, asked: Any) -> Any:
        condition, yes, no = asked
        return self.read(yes if self.holds(condition) else no)


def flat(parts: list[Any]) -> list[Any]:
    """The parts with those of joined texts among them."""
    return [inner for part in parts
            for inner in (part["Fn::Join"][1] if isinstance(part, dict) and "Fn::Join" in part else [part])]


def plain(value: Any, key: str = "") -> Any:
    """One way of writing for what AWS reads alike: one value by itself is a list of one, a number is its text."""
    if isinstance(value, dict):
        return {name: plain(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return plain(value[0]) if len(value) == 1 and key != "Statement" else [plain(part) for part in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def folded(resources: dict[str, Any]) -> dict[str, Any]:
    """Resources with the rules of security groups in their groups, where some stand as resources of their own."""
    kept = {name: row for name, row in resources.items() if row["Type"] not in _RULES}
    for row in resources.values():
        if row["Type"] in _RULES:
            rule = dict(row["Properties"])
            group = kept[rule.pop("GroupId")["Ref"]]
            group["Properties"].setdefault(_RULES[row["Type"]], []).append(rule)
    return kept


_RULES = {"AWS::EC2::SecurityGroupIngress": "SecurityGroupIngress",
          "AWS::EC2::SecurityGroupEgress": "SecurityGroupEgress"}
