"""Templates made for comparing: small ones of a few resources that speak of each other, and ours under other names."""

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from conveyor_iac.proofs import template
from conveyor_iac.proofs.diff.compare import Comparison, compare
from conveyor_iac.proofs.diff.renaming import Renaming
from conveyor_iac.proofs.template import Template

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
PUBLISHED = sorted(path.name.removesuffix(".template.json") for path in (ROOT / "templates").glob("*.template.json"))


def read(body: Json, name: str = "made") -> Template:
    """A template of a mapping."""
    return template.read(json.dumps(body), name)


@cache
def published(name: str) -> Template:
    """One of our templates."""
    return template.read((ROOT / "templates" / f"{name}.template.json").read_text(), name)


def compared(old: Json | Template, new: Json | Template) -> Comparison:
    """What comes of two templates that have no neighbours."""
    before, after = (one if isinstance(one, Template) else read(one) for one in (old, new))
    return compare({"made": before}, {"made": after}, timeout=60)


def fresh(body: Json) -> Renaming:
    """Another name for every resource, condition and map of a template; its parameters are its interface."""
    return Renaming(**{room: {name: f"{letter}{index}" for index, name in enumerate(body.get(section, {}))}
                       for room, section, letter in (("names", "Resources", "Q"), ("conditions", "Conditions", "C"),
                                                     ("maps", "Mappings", "M"))})


def shuffled(body: Json, seed: int = 1) -> Json:
    """The same template with its resources, statements and tags in another order."""
    found = _turned(body, random.Random(seed))
    return {**found, "Resources": dict(random.Random(seed).sample(list(found["Resources"].items()),
                                                                    len(found["Resources"])))}


def _turned(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: dice.sample(item, len(item)) if key in ("Statement", "Tags") and isinstance(item, list)
                else _turned(item, dice) for key, item in value.items()}
    return [_turned(item, dice) for item in value] if isinstance(value, list) else value


def statement(action: Any = "s3:GetObject", resource: Any = "*", effect: str = "Allow", **more: Any) -> Json:
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Json) -> Json:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(*statements: Json, trust: Json | None = None, **properties: Any) -> Json:
    """A role with an inline policy, which an account may assume."""
    assumed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}, **(trust or {})}
    own = {"Policies": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}]} if statements else {}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy(assumed), **own, **properties}}


ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:GetRole")


@st.composite
def templates(draw: st.DrawFn) -> Json:
    """A template of roles, policies, buckets and queues that speak of each other in every way CloudFormation knows."""
    count = draw(st.integers(1, 5))
    names = [f"R{index}" for index in range(count)]
    conditions = {"Big": {"Fn::Equals": [{"Ref": "Size"}, "big"]}, "Small": {"Fn::Not": [{"Condition": "Big"}]},
                  "Mapped": {"Fn::Equals": [{"Fn::FindInMap": ["Sizes", "all", "word"]}, {"Ref": "Size"}]}}
    resources = {name: draw(_resource(names, [*conditions])) for name in names}
    return {"Parameters": {"Size": {"Type": "String", "AllowedValues": ["big", "small"]}}, "Conditions": conditions,
            "Mappings": {"Sizes": {"all": {"word": "big"}}}, "Resources": resources,
            "Outputs": {"First": {"Value": {"Ref": names[0]}, "Condition": "Big"}}}


@st.composite
def _resource(draw: st.DrawFn, names: list[str], conditions: list[str]) -> Json:
    other = draw(st.sampled_from(names))
    arn = draw(st.sampled_from([
        "*", {"Fn::GetAtt": [other, "Arn"]}, {"Fn::GetAtt": f"{other}.Arn"},
        {"Fn::Sub": f"arn:aws:s3:::${{{other}}}/*"},
        {"Fn::Sub": [f"${{{other}.Arn}}/${{R0}}-${{!R0}}-${{Size}}", {"R0": {"Ref": "Size"}}]},
        {"Fn::If": [draw(st.sampled_from(conditions)), "arn:aws:s3:::one", {"Fn::Join": ["", [
            "arn:aws:s3:::", {"Ref": other}]]}]}]))
    said = policy(*(statement(action, arn) for action in draw(st.lists(st.sampled_from(ACTIONS), min_size=1,
                                                                       max_size=3))))
    made: Json = draw(st.sampled_from([
        {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "Name", "Value": "one"}]}},
        {"Type": "AWS::SQS::Queue"}, role(*said["Statement"]),
        {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": said}}]))
    more = {"Condition": draw(st.sampled_from(conditions)), "DependsOn": [draw(st.sampled_from(names))]}
    return {**made, **{key: more[key] for key in draw(st.sets(st.sampled_from(sorted(more))))}}
