"""Two constraints on one value, met in every way that could deceive a proof: each hole is real, and none is proved.

A hole has a witness: parameters and a request that the replay allows. A twin differs by what closes the hole, and is
proved. Each test's own fact is the name of its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from conveyor_iac.proofs.iam.replay import Decision, replay
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.iam.confirming import Deployed, Json, confirmed, of_role, takes
from tests.proofs.iam.small import (
    ACTION,
    KEY,
    USERS,
    answer,
    denied,
    like,
    one_of,
    ref,
    role_of,
    statement,
    sub,
    when,
)

TAGS = "aws:TagKeys"
ABC, UPPER = like("[a-z]+"), like("[A-Z]+")
ANY: Json = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A template in which somebody may create a user after all.

    values: of parameters, pseudo parameters and names that AWS makes up; key: the value of the condition key (`None`:
    absent); unseen: what the value is read from, where no template can show it, so that there is no witness.
    """

    name: str
    body: Json
    values: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    resource: str = USERS + "x"
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unseen: str = ""


def tag(**operators: Any) -> Json:
    """Conditions on the one key."""
    return {name: {KEY: value} for name, value in operators.items()}


def both(one: Any, other: Any, **parameters: Json) -> Json:
    """A value that must equal one text and be like another."""
    return role_of(statement(tag(StringEquals=one, StringLike=other)), parameters=parameters)


def bounded(one: Any, other: Any, **parameters: Json) -> Json:
    """A resource that the role's policy and its boundary must both name."""
    return role_of(statement(resource=one), boundary=(statement(resource=other),), parameters=parameters)


def map_of(**rows: str) -> Json:
    return {"Mappings": {"Map": {name: {"user": value} for name, value in rows.items()}}}


SWITCHES = {"Conditions": {"On": {"Fn::Equals": [ref("S"), "on"]}, "Up": {"Fn::Equals": [ref("T"), "up"]}}}
TWO = {"S": one_of("on", "off"), "T": one_of("up", "down")}
BOTH_KINDS = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/x")
HERE = {"AWS::AccountId": "111122223333"}

HOLES = (
    Hole(name="two parameters on one key", body=both(ref("A"), sub("${B}"), A=ABC, B=ABC),
         values={"A": "a", "B": "a"}, key="a"),
    Hole(name="a parameter against a literal", body=both(ref("A"), "abc", A=ABC), values={"A": "abc"}, key="abc"),
    Hole(name="the policy's parameter against the boundary's", body=role_of(
        statement(tag(StringEquals=ref("A"))), boundary=(statement(tag(StringEquals=ref("B"))),),
        parameters={"A": ABC, "B": ABC}), values={"A": "a", "B": "a"}, key="a"),
    Hole(name="the policy's pattern against the boundary's literal",
         body=bounded(sub(USERS + "${A}"), USERS + "x", A=ABC), values={"A": "x"}),
    Hole(name="two Denies that spare one value each", body=role_of(
        statement(), denied(tag(StringNotEquals=ref("A"))), denied(tag(StringNotEquals=ref("B"))),
        parameters={"A": ABC, "B": ABC}), values={"A": "a", "B": "a"}, key="a"),
    Hole(name="two Denies that spare one resource each", body=role_of(
        statement(), denied(NotResource=sub(USERS + "${A}")), denied(NotResource=sub(USERS + "x*")),
        parameters={"A": ABC}), values={"A": "x"}),
    Hole(name="a literal partition against the real one", body=bounded(BOTH_KINDS, USERS + "x"), values=HERE),
    Hole(name="a wildcard partition against the real one", body=bounded(
        BOTH_KINDS, "arn:aws*:iam::1*:user/?"), values=HERE),
    Hole(name="case ignored on a parameter", body=role_of(statement(tag(StringEqualsIgnoreCase=ref("A"),
                                                                       StringLike="ABC")), parameters={"A": ABC}),
         values={"A": "abc"}, key="ABC"),
    Hole(name="case ignored on a part", body=role_of(statement(tag(
        StringEqualsIgnoreCase=sub("team-${A}"), StringEquals="TEAM-ÄB")), parameters={"A": like("[^*]+")}),
        values={"A": "äb"}, key="TEAM-ÄB"),
    Hole(name="case ignored on both sides", body=role_of(
        statement(tag(StringEqualsIgnoreCase=ref("A"))), boundary=(statement(tag(StringEqualsIgnoreCase=ref("B"))),),
        parameters={"A": ABC, "B": UPPER}), values={"A": "a", "B": "A"}, key="a"),
    Hole(name="a parameter against a wildcard", body=both(ref("A"), "a*c", A=ABC), values={"A": "abc"}, key="abc"),
    Hole(name="a parameter against one open character", body=both(ref("A"), "a?c", A=ABC), values={"A": "abc"},
         key="abc"),
    Hole(name="open characters that are a whole parameter", body=both(ref("A"), "???", A=ABC), values={"A": "abc"},
         key="abc"),
    Hole(name="a parameter amid letters", body=both(sub("x${A}y"), "xaby", A=ABC), values={"A": "ab"}, key="xaby"),
    Hole(name="a parameter that begins where the other text ends",
         body=both(sub("con${A}"), sub("${B}vey"), A=ABC, B=ABC), values={"A": "vey", "B": "con"}, key="convey"),
    Hole(name="two parameters side by side against a third", body=both(
        sub("${A}${B}"), sub("${C}"), A=ABC, B=ABC, C=ABC), values={"A": "a", "B": "b", "C": "ab"}, key="ab"),
    Hole(name="two parameters that change places", body=both(
        sub("${A}${B}"), sub("${B}${A}"), A=ABC, B=ABC), values={"A": "a", "B": "aa"}, key="aaa"),
    Hole(name="prefixes that overlap", body=role_of(statement(resource=sub(USERS + "conveyor-${A}-*")), boundary=(
        statement(resource=sub(USERS + "conveyor-a${B}*")),), parameters={"A": ABC, "B": ABC}),
        values={"A": "ab", "B": "b"}, resource=USERS + "conveyor-ab-x"),
    Hole(name="a tenant whose name begins like another's", body=role_of(
        statement(resource=sub(USERS + "${A}-*")), denied(resource=sub(USERS + "${A}-${B}-*")),
        parameters={"A": ABC, "B": ABC}), values={"A": "a", "B": "b"}, resource=USERS + "a-c-x"),
    Hole(name="a parameter with colons in an ARN", body=bounded(
        sub("arn:aws:iam::${A}"), USERS + "x", A=like("[0-9]{12}:user/[a-z]+")), values={"A": "111122223333:user/x"}),
    Hole(name="a parameter with colons under a Deny of ARNs", body=role_of(
        statement(tag(StringEquals=sub("arn:aws:iam:${A}"))), denied(tag(ArnLike="arn:aws:iam:*")),
        parameters={"A": like("[a-z0-9:/]+")}), values={"A": ":1:user/x"}, key="arn:aws:iam::1:user/x"),
    Hole(name="an open character for a colon", body=bounded(BOTH_KINDS, "arn?aws?iam::111122223333:user/x"),
         values=HERE),
    Hole(name="an open character for a slash", body=bounded(sub(USERS + "${A}/${B}"), USERS + "a?b", A=ABC, B=ABC),
         values={"A": "a", "B": "b"}, resource=USERS + "a/b"),
    Hole(name="a parameter without a pattern", body=both(ref("A"), "b", A=ANY), values={"A": "b"}, key="b"),
    Hole(name="a parameter that may be a wildcard", body=bounded(ref("A"), USERS + "x", A=ANY), values={"A": "*"}),
    Hole(name="a wildcard among the allowed values", body=bounded(
        sub(USERS + "${A}"), USERS + "x", A=one_of("nobody", "*")), values={"A": "*"}),
    Hole(name="a parameter that may be a variable", body=bounded(
        sub(USERS + "${A}"), USERS + "x", A=ANY), values={"A": "${aws:username}"}, context={"aws:username": ("x",)}),
    Hole(name="a list of resources", body=bounded(ref("L"), USERS + "x", L={"Type": "CommaDelimitedList"}),
         values={"L": f"{USERS}a,{USERS}x"}),
    Hole(name="a list of values with a pattern", body=both(ref("L"), "b", L={"Type": "CommaDelimitedList", **ABC}),
         values={"L": "b"}, key="b"),
    Hole(name="one item of a list", body=both({"Fn::Select": [1, ref("L")]}, "b", L={"Type": "CommaDelimitedList"}),
         values={"L": "a,b"}, key="b"),
    Hole(name="a part of a parameter", body=both({"Fn::Select": [0, {"Fn::Split": ["-", ref("A")]}]}, "b",
                                                 A=like("[a-z-]+")), values={"A": "b-c"}, key="b"),
    Hole(name="a part of a parameter, cut at two characters", body=role_of(
        statement(tag(StringEquals={"Fn::Select": [0, {"Fn::Split": ["--", sub("x-${A}")]}]})),
        denied(tag(StringNotEquals="x")), parameters={"A": like("[a-z-]+")}), values={"A": "-b"}, key="x"),
    Hole(name="a map looked up by region", body=role_of(
        statement(tag(StringEquals={"Fn::FindInMap": ["Map", ref("AWS::Region"), "user"]}, StringLike="y")),
        **map_of(**{"eu-west-1": "x", "us-east-1": "y"})), values={"AWS::Region": "us-east-1"}, key="y"),
    Hole(name="a map looked up by a parameter, twice", body=role_of(
        statement(tag(StringEquals={"Fn::FindInMap": ["Map", ref("A"), "user"]},
                      StringLike={"Fn::FindInMap": ["Map", ref("B"), "user"]})),
        parameters={"A": one_of("p", "q"), "B": one_of("p", "q")}, **map_of(p="x", q="y")),
        values={"A": "p", "B": "p"}, key="x"),
    Hole(name="texts joined against a literal", body=both(
        {"Fn::Join": ["-", [ref("A"), "b", ref("B")]]}, "a-b-c", A=ABC, B=ABC), values={"A": "a", "B": "c"},
        key="a-b-c"),
    Hole(name="one of several values is another", body=role_of(
        statement({"ForAnyValue:StringEquals": {TAGS: "a"}}), denied({"ForAllValues:StringEquals": {TAGS: "a"}})),
        context={TAGS: ("a", "b")}),
    Hole(name="each of no values", body=role_of(
        statement({"ForAllValues:StringEquals": {TAGS: "a"}}), denied({"ForAnyValue:StringLike": {TAGS: "*"}}))),
    Hole(name="two of several values", body=role_of(statement({
        "ForAnyValue:StringEquals": {TAGS: "a"}, "ForAnyValue:StringLike": {TAGS: "b"}})), context={TAGS: ("a", "b")}),
    Hole(name="each one of two, and two of them", body=role_of(statement({
        "ForAllValues:StringEquals": {TAGS: [ref("A"), "b"]}, "ForAnyValue:StringEquals": {TAGS: "b"},
        "ForAnyValue:StringLike": {TAGS: "c"}}), parameters={"A": ABC}), values={"A": "c"}, context={TAGS: ("b", "c")}),
    Hole(name="only if it is there", body=role_of(
        statement(tag(StringEqualsIfExists="a")), denied(tag(StringEquals="a")))),
    Hole(name="absent, and not another", body=role_of(statement(tag(Null="true", StringNotEquals="a")))),
    Hole(name="there, and not another", body=role_of(statement(tag(Null="false", StringNotLike="a*"))), key="b"),
    Hole(name="a Deny that needs the key", body=role_of(statement(), denied(tag(StringEquals=["a", "b"])))),
    Hole(name="a Deny of what is there and another", body=role_of(
        statement(), denied({**tag(Null="false", StringNotEquals="a")}))),
    Hole(name="a variable against a literal", body=bounded(USERS + "${aws:username}", USERS + "x"),
         context={"aws:username": ("x",)}),
    Hole(name="a variable with a default", body=bounded(USERS + "${aws:username, 'x'}", USERS + "x")),
    Hole(name="a star that is escaped", body=bounded(USERS + "${*}", sub(USERS + "${A}"), A=ANY),
         values={"A": "*"}, resource=USERS + "*"),
    Hole(name="a variable whose name is a parameter", body=bounded(
        {"Fn::Join": ["", [USERS + "${", ref("A"), "}"]]}, USERS + "x", A=like("[a-z:]+")),
        values={"A": "aws:username"}, context={"aws:username": ("x",)}),
    Hole(name="a dollar before a parameter", body=bounded(
        sub(USERS + "$${A}"), USERS + "x", A=like("[a-z:{}]+")),
        values={"A": "{aws:username}"}, context={"aws:username": ("x",)}),
    Hole(name="variables in a document whose version is filled in", body=role_of(
        statement(resource=USERS + "${aws:username}"), boundary=(statement(resource=USERS + "x"),),
        version=sub("2012-10-17")), context={"aws:username": ("x",)}),
    Hole(name="the region against a literal", body=role_of(statement({
        "StringEquals": {"aws:RequestedRegion": ref("AWS::Region")},
        "StringLike": {"aws:RequestedRegion": "us-east-1"}})), values={"AWS::Region": "us-east-1"},
        context={"aws:RequestedRegion": ("us-east-1",)}),
    Hole(name="the account against a literal", body=both(ref("AWS::AccountId"), "111122223333"), values=HERE,
         key="111122223333"),
    Hole(name="the account against a parameter", body=both(ref("AWS::AccountId"), sub("${A}"), A=like("[0-9]{12}")),
         values={**HERE, "A": "111122223333"}, key="111122223333"),
    Hole(name="a made-up name against a literal", body=role_of(
        statement(tag(StringEquals=ref("Other"), StringLike="stack-Other-AB1")),
        resources={"Other": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": []}}}}), values={"Other": "stack-Other-AB1"}, key="stack-Other-AB1"),
    Hole(name="an id of a resource against a literal", body=role_of(
        statement(tag(StringEquals=ref("Net"), StringLike="vpc-0a*")),
        resources={"Net": {"Type": "AWS::EC2::VPC", "Properties": {}}}), values={"Net": "vpc-0ab"}, key="vpc-0ab"),
    Hole(name="a Deny of a parameter that is another", body=role_of(
        statement(resource=USERS + "x"), denied(resource=sub(USERS + "${A}")), parameters={"A": ABC}),
        values={"A": "y"}),
    Hole(name="a Deny of a key that a parameter names", body=role_of(
        statement(tag(StringEquals="a")), denied(tag(StringEquals=ref("A"))), parameters={"A": ABC}),
        values={"A": "b"}, key="a"),
    Hole(name="all but a parameter", body=role_of(
        statement(NotResource=sub(USERS + "${A}")), boundary=(statement(resource=USERS + "x"),),
        parameters={"A": ABC}), values={"A": "y"}),
    Hole(name="a Deny of all but a parameter", body=role_of(
        statement(resource=USERS + "x"), denied(NotResource=sub(USERS + "${A}")), parameters={"A": ABC}),
        values={"A": "x"}),
    Hole(name="a parameter that may be empty", body=both(sub("${A}b"), "b", A=like("[a-z]*")), values={"A": ""},
         key="b"),
    Hole(name="one switch, two values", body=role_of(
        statement(tag(StringEquals=when("On", "a", "b"))), boundary=(
            statement(tag(StringEquals=when("On", "c", "b"))),), parameters=TWO, **SWITCHES),
        values={"S": "off", "T": "up"}, key="b"),
    Hole(name="a Deny behind another switch", body=role_of(
        when("On", statement(), ref("AWS::NoValue")), when("Up", denied(), ref("AWS::NoValue")),
        parameters=TWO, **SWITCHES), values={"S": "on", "T": "down"}),
    Hole(name="letters of either case in a pattern", body=bounded(
        sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/ABC"), sub(USERS + "${A}"), A=like("(?i)[a-z]+")),
        values={**HERE, "A": "ABC"}, resource=USERS + "ABC"),
    Hole(name="a class of characters that only Java reads so", body=bounded(
        sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/b"), sub(USERS + "${A}"), A=like("[a[bc]]")),
        unseen="Java reads [a[bc]] as a, b or c"),
    Hole(name="classes that Java cuts", body=bounded(
        sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/ac"), sub(USERS + "${A}"), A=like("[a-z&&[^b]]+")),
        unseen="Java reads && as what two classes share"),
    Hole(name="letters beyond ASCII", body=bounded(
        sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/é"), sub(USERS + "${A}"), A=like("[^:/*?$]+")),
        values={**HERE, "A": "é"}, resource=USERS + "é"),
    Hole(name="an action read from elsewhere", body=role_of(statement(action="{{resolve:ssm:/action}}")),
         unseen="the parameter store may hold any action"),
    Hole(name="a resource read from elsewhere", body=bounded("{{resolve:ssm:/users}}", USERS + "x"),
         unseen="the parameter store may hold any text"),
    Hole(name="a parameter that names another parameter", body=both(
        ref("A"), "b", A={"Type": "AWS::SSM::Parameter::Value<String>", "AllowedPattern": "/names/.*"}),
        values={"A": "b"}, key="b"),
    Hole(name="an ARN compared that is none", body=role_of(
        statement(tag(StringEquals=ref("A"))), denied(tag(ArnEquals=ref("A"))), parameters={"A": ABC}),
        values={"A": "a"}, key="a"),
    Hole(name="a number against a literal", body=both(ref("N"), "1?", N={"Type": "Number"}), values={"N": "12"},
         key="12"),
    Hole(name="one parameter and not another", body=role_of(statement(tag(
        StringEquals=ref("A"), StringNotEquals=ref("B"))), parameters={"A": ABC, "B": ABC}),
        values={"A": "a", "B": "b"}, key="a"),
    Hole(name="an action that a parameter names", body=role_of(
        statement(action=ref("A")), parameters={"A": one_of("iam:GetUser", ACTION)}), values={"A": ACTION}),
    Hole(name="all actions but one that a parameter names", body=role_of(
        statement(NotAction=ref("A")), boundary=(statement(),), parameters={"A": one_of("iam:GetUser", ACTION)}),
        values={"A": "iam:GetUser"}),
    Hole(name="a Deny of an action that a parameter names", body=role_of(
        statement(), denied(action=ref("A")), parameters={"A": one_of("iam:GetUser", ACTION)}),
        values={"A": "iam:GetUser"}),
    Hole(name="a Deny of addresses elsewhere", body=role_of(
        statement(), denied({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        context={"aws:SourceIp": ("10.0.0.1",)}),
    Hole(name="a Deny until a day", body=role_of(
        statement(), denied({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})),
        context={"aws:CurrentTime": ("2031-01-01T00:00:00Z",)}),
    Hole(name="a key in two spellings", body=role_of(statement({
        "StringEquals": {"aws:PrincipalTag/team": ref("A")}, "StringLike": {"AWS:principaltag/TEAM": "b*"}}),
        parameters={"A": ABC}), values={"A": "b"}, key="b"),
)


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_a_hole_is_real(hole: Hole) -> None:
    """The witness of each hole is allowed by the replay, with values that the parameters take."""
    if hole.unseen:
        return
    rows = hole.body["Parameters"]
    assert set(rows) <= set(hole.values)
    assert all(takes(rows[name], value) for name, value in hole.values.items() if name in rows and "List" not in rows[
        name]["Type"])
    deployed = Deployed(hole.body, {name: value for name, value in hole.values.items() if name in rows})
    deployed.values |= {name: value for name, value in hole.values.items() if name not in rows}
    context = {**hole.context, **({KEY: (hole.key,)} if hole.key is not None else {})}
    request = Request(action=ACTION, resource=hole.resource, context=context)
    assert replay(request, *of_role(deployed, "Role", [])).decision is Decision.ALLOWED


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_no_hole_is_proved(hole: Hole) -> None:
    """Each hole is refuted, by a request that is allowed, or left undecided."""
    found = answer(hole.body)
    assert found.verdict is not Verdict.PROVED
    if found.counterexample is not None:
        assert confirmed(hole.body, {"installer": {"role": "Role"}}, found.counterexample, "")


TWINS = {
    "two Denies that spare one value each": role_of(
        statement(), denied(tag(StringNotEquals=ref("A"))), denied(tag(StringNotEquals=ref("B"))),
        parameters={"A": ABC, "B": UPPER}),
    "open characters that are a whole parameter": both(ref("A"), "?1?", A=ABC),
    "two parameters side by side against a third": both(sub("${A}${B}"), sub("${C}"), A=ABC, B=ABC, C=UPPER),
    "texts joined against a literal": both({"Fn::Join": ["-", [ref("A"), "b", ref("B")]]}, "a-c-*", A=ABC, B=ABC),
    "a parameter with colons in an ARN": bounded(
        sub("arn:aws:iam::${A}"), "arn:aws:iam::*:role/*", A=like("[0-9]{12}:user/[a-z]+")),
    "an id of a resource against a literal": role_of(
        statement(tag(StringEquals=ref("Net"), StringLike="subnet-*")),
        resources={"Net": {"Type": "AWS::EC2::VPC", "Properties": {}}}),
    "two parameters on one key": both(ref("A"), sub("${B}"), A=one_of("a"), B=one_of("b")),
    "a parameter against a literal": both(ref("A"), "ABC", A=ABC),
    "the policy's parameter against the boundary's": role_of(
        statement(tag(StringEquals="b")), boundary=(statement(tag(StringEquals=ref("A"))),), parameters={"A": UPPER}),
    "the policy's pattern against the boundary's literal": bounded(sub(USERS + "${A}"), USERS + "X", A=ABC),
    "a literal partition against the real one": bounded(BOTH_KINDS, "arn:none:iam::111122223333:user/x"),
    "case ignored on a parameter": role_of(statement(tag(StringEqualsIgnoreCase=ref("A"), StringLike="A1")),
                                           parameters={"A": ABC}),
    "a parameter against a wildcard": both(ref("A"), "A*c", A=ABC),
    "a parameter against one open character": both("a?c", ref("A"), A=ABC),
    "a parameter amid letters": both(sub("x${A}y"), "yaby", A=ABC),
    "prefixes that overlap": role_of(statement(resource=sub(USERS + "conveyor-${A}-*")), boundary=(
        statement(resource=sub(USERS + "other-a${B}*")),), parameters={"A": ABC, "B": ABC}),
    "an open character for a colon": bounded(BOTH_KINDS, "arn?aws?s3::111122223333:user/x"),
    "one of several values is another": role_of(
        statement({"ForAnyValue:StringEquals": {TAGS: "a"}}), denied({"ForAnyValue:StringLike": {TAGS: "a*"}})),
    "only if it is there": role_of(statement(tag(StringEqualsIfExists="a")), denied(tag(StringEqualsIfExists="a"))),
    "absent, and not another": role_of(statement(tag(Null="true", StringEquals="a"))),
    "there, and not another": role_of(statement(tag(Null="false", StringNotLike="*"))),
    "a Deny that needs the key": role_of(statement(), denied(tag(StringEquals=["a", "b"])), denied(
        tag(StringNotEquals=["a", "b"]))),
    "a variable against a literal": bounded(USERS + "${aws:username}", "arn:aws:iam::111122223333:group/x"),
    "the region against a literal": both(ref("AWS::Region"), "EU-WEST-1"),
    "the account against a literal": both(ref("AWS::AccountId"), "11112222333x"),
    "a made-up name against a literal": role_of(
        statement(tag(StringEquals=ref("Other"), StringLike="stack/*")),
        resources={"Other": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": []}}}}),
    "a Deny of a parameter that is another": role_of(
        statement(resource=sub(USERS + "${A}")), denied(resource=sub(USERS + "${A}")), parameters={"A": ABC}),
    "a Deny of a key that a parameter names": role_of(
        statement(tag(StringEquals=ref("A"))), denied(tag(StringEquals=ref("A"))), parameters={"A": ABC}),
    "all but a parameter": role_of(
        statement(NotResource=sub(USERS + "${A}")), boundary=(statement(resource=sub(USERS + "${A}")),),
        parameters={"A": ABC}),
    "a Deny of all but a parameter": role_of(
        statement(resource=USERS + "X"), denied(NotResource=sub(USERS + "${A}")), parameters={"A": ABC}),
    "a parameter that may be empty": both(sub("${A}b"), "b", A=ABC),
    "one switch, two values": role_of(
        statement(tag(StringEquals=when("On", "a", "b"))), boundary=(
            statement(tag(StringEquals=when("On", "b", "a"))),), parameters=TWO, **SWITCHES),
    "a Deny behind another switch": role_of(
        when("On", statement(), ref("AWS::NoValue")), when("On", denied(), ref("AWS::NoValue")),
        parameters=TWO, **SWITCHES),
    "letters of either case in a pattern": bounded(
        sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/ABC"), sub(USERS + "${A}"), A=ABC),
    "a number against a literal": both(ref("N"), "a*", N={"Type": "Number"}),
    "one parameter and not another": role_of(statement(tag(
        StringEquals=ref("A"), StringNotLike=sub("${A}"))), parameters={"A": ABC}),
    "an action that a parameter names": role_of(
        statement(action=ref("A")), denied(action="*"), parameters={"A": one_of("iam:GetUser", ACTION)}),
    "a part of a parameter": both({"Fn::Select": [0, {"Fn::Split": ["/", ref("A")]}]}, "B", A=like("[a-z-]+")),
    "an ARN compared that is none": role_of(
        statement(tag(StringEquals=sub("arn:aws:iam::1:user/${A}"))),
        denied(tag(ArnEquals=sub("arn:aws:iam::1:user/${A}"))), parameters={"A": ABC}),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_without_the_hole_is_proved(name: str) -> None:
    """Where the same two constraints cannot meet, that is proved: the prover is careful, and not blind."""
    assert name in {hole.name for hole in HOLES}
    found = answer(TWINS[name])
    assert found.verdict is Verdict.PROVED, found


VENDOR = "arn:aws:iam::111122223333:role/vendor"
AGREED: Json = {"account": "111122223333", "role": "vendor"}


def trusting(principal: Any, condition: Any = None, parameters: Json | None = None, *, element: str = "Principal",
             **sections: Any) -> Json:
    """A role that this principal may assume."""
    row = {"Effect": "Allow", "Action": "sts:AssumeRole", element: principal, "Condition": condition}
    return role_of(statement(action="s3:ListAllMyBuckets"), parameters=parameters, trust=[
        {name: value for name, value in row.items() if value is not None}], **sections)


TRUSTS_OTHERS = {
    "everybody": trusting("*"),
    "everybody, by the one switch": trusting({"AWS": when("On", VENDOR, "*")}, None, TWO, **SWITCHES),
    "all but one": trusting({"AWS": VENDOR}, element="NotPrincipal"),
    "a parameter that may be a star": trusting({"AWS": ref("A")}, None, {"A": ANY}),
    "a parameter that may be the root": trusting(
        {"AWS": sub("arn:aws:iam::111122223333:${A}")}, None, {"A": one_of("root", "role/vendor")}),
    "an account that is a parameter": trusting(
        {"AWS": sub("arn:aws:iam::${A}:role/vendor")}, None, {"A": like("[0-9]{12}")}),
    "an account by its number": trusting({"AWS": "111122223333"}),
    "a role of another name": trusting({"AWS": sub("arn:aws:iam::111122223333:role/${A}")}, None, {"A": ABC}),
    "a principal read from elsewhere": trusting({"AWS": "{{resolve:ssm:/principal}}"}),
    "a whole organisation": trusting("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    "a service": trusting({"AWS": VENDOR, "Service": "ec2.amazonaws.com"}),
    "an id that nobody can read": trusting({"AWS": "AROAEXAMPLEEXAMPLE123"}),
}


@pytest.mark.parametrize("name", TRUSTS_OTHERS)
def test_trust_of_others_is_not_proved(name: str) -> None:
    """A trust policy that may name somebody beside the agreed role is refuted, and truly, or left undecided."""
    body = TRUSTS_OTHERS[name]
    found = answer(body, "trust.principal", trust=AGREED)
    assert found.verdict is not Verdict.PROVED
    if found.counterexample is not None:
        assert confirmed(body, {"installer": {"role": "Role"}}, found.counterexample, "trust.principal")


@pytest.mark.parametrize("principal", [VENDOR, sub("arn:${AWS::Partition}:iam::111122223333:role/vendor")])
def test_trust_of_the_one_is_proved(principal: Any) -> None:
    """A trust policy that names the agreed role alone is proved to."""
    assert answer(trusting({"AWS": principal}), "trust.principal", trust=AGREED).verdict is Verdict.PROVED


def test_a_caller_is_who_its_keys_say() -> None:
    """No refutation tells of a caller whose aws:PrincipalArn is somebody else's: AWS fills that key itself."""
    body = trusting("*", {"ArnEquals": {"aws:PrincipalArn": VENDOR}})
    assert answer(body, "trust.principal", trust=AGREED).verdict is not Verdict.REFUTED


def test_atoms_are_no_characters_of_a_policy() -> None:
    """A Deny that is written with the very characters that stand for unknowns proves nothing."""
    atoms = [chr(0xF0000 + number) for number in range(600)]
    body = role_of(statement(tag(StringEquals=ref("A"))), denied(tag(StringEquals=atoms)), parameters={"A": ABC})
    assert answer(body).verdict is not Verdict.PROVED


MANAGED = {"Version": "2012-10-17", "Statement": [statement(action="s3:ListAllMyBuckets")]}


@pytest.mark.parametrize("properties", [
    {"ManagedPolicyName": "more", "Roles": [ref("Role")]},
    {"ManagedPolicyName": when("On", "more", "other"), "Roles": [ref("Role")]},
])
def test_a_policy_that_names_the_role_is_its_own(properties: Json) -> None:
    """`iam.own-policies-untouched` speaks of policies that attach themselves, and of names that hang on a switch."""
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {**properties, "PolicyDocument": MANAGED}}
    body = role_of(statement(action="iam:CreatePolicyVersion", resource="arn:aws:iam::*:policy/more"),
                   resources={"More": policy}, parameters=TWO, **SWITCHES)
    assert answer(body, "iam.own-policies-untouched").verdict is not Verdict.PROVED
