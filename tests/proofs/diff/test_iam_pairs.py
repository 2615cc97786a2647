"""Pairs of small roles: what one may do more than the other is shown, and what is the same in other words is not."""

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.diff import iam
from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.judging import answers, verdicts
from tests.proofs.diff.made import policy, read
from tests.proofs.iam.small import denied, like, one_of, ref, role_of, statement, sub, when

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
EQUAL, BROADER, OTHER = (PROVED, PROVED), (REFUTED, PROVED), (REFUTED, REFUTED)
USERS = "arn:aws:iam::111122223333:user/"
KEY = "aws:RequestTag/team"
TAGS = "aws:TagKeys"
P = {"P": like("[a-z]+")}
PATH = {"Path": like("/([a-z]+/)*")}
PQ = {"P": like("[a-z]+"), "Q": like("[a-z]+")}


def equals(value, operator="StringEquals", key=KEY):
    """One test."""
    return {operator: {key: value}}


PAIRS = {
    "a wildcard": (role_of(statement(resource=USERS + "a")), role_of(statement(resource=USERS + "*")), BROADER),
    "an action with a wildcard": (role_of(statement()), role_of(statement(action="iam:Create*")), BROADER),
    "all but some actions": (role_of(statement()), role_of(statement(NotAction="iam:DeleteUser")), BROADER),
    "fewer actions left out": (role_of(statement(NotAction=["iam:*", "s3:*"])), role_of(statement(NotAction="iam:*")),
                               BROADER),
    "all but some resources": (role_of(statement(resource=USERS + "a")), role_of(statement(NotResource=USERS + "b")),
                               BROADER),
    "a Deny that is gone": (role_of(statement(), denied(resource=USERS + "a")), role_of(statement()), BROADER),
    "a Deny that took nothing away": (role_of(statement(), denied(action="s3:*")), role_of(statement()), EQUAL),
    "a Deny of all but some": (role_of(statement(action="*"), denied(NotAction="iam:*")),
                               role_of(statement(action="*"), denied(NotAction=["iam:*", "s3:*"])), BROADER),
    "a Deny with a condition": (role_of(statement(), denied()), role_of(statement(), denied(equals("a"))), BROADER),
    "a Deny that an absent key evades": (
        role_of(statement(), denied(equals("a", "StringNotEquals"))),
        role_of(statement(), denied(equals("a", "StringNotEqualsIfExists"))), EQUAL),
    "a Deny that an absent key now evades": (
        role_of(statement(), denied(equals("a", "StringNotEquals"))),
        role_of(statement(), denied(equals("a", "ForAnyValue:StringNotEquals"))), (REFUTED, UNDECIDED)),
    "a boundary that is wider": (
        role_of(statement(action="*"), boundary=(statement(resource=USERS + "a"),)),
        role_of(statement(action="*"), boundary=(statement(resource=USERS + "*"),)), BROADER),
    "a boundary that is gone": (role_of(statement(), boundary=(statement(resource=USERS + "a"),)),
                                role_of(statement()), BROADER),
    "a boundary that took nothing away": (role_of(statement(resource=USERS + "a"), boundary=(statement(action="*"),)),
                                          role_of(statement(resource=USERS + "a")), EQUAL),
    "a Deny of the boundary that is gone": (
        role_of(statement(), boundary=(statement(action="*"), denied(resource=USERS + "a"))),
        role_of(statement(), boundary=(statement(action="*"),)), BROADER),
    "a Deny that moved into the boundary": (
        role_of(statement(), denied(resource=USERS + "a"), boundary=(statement(action="*"),)),
        role_of(statement(), boundary=(statement(action="*"), denied(resource=USERS + "a"))), EQUAL),
    "a condition that is gone": (role_of(statement(equals("a"))), role_of(statement()), BROADER),
    "a value more": (role_of(statement(equals("a"))), role_of(statement(equals(["a", "b"]))), BROADER),
    "two conditions, one left": (role_of(statement({**equals("a"), **equals("b*", "StringLike", "k:other")})),
                                 role_of(statement(equals("a"))), BROADER),
    "without case": (role_of(statement(equals("a"))), role_of(statement(equals("a", "StringEqualsIgnoreCase"))),
                     BROADER),
    "if it exists": (role_of(statement(equals("a"))), role_of(statement(equals("a", "StringEqualsIfExists"))), BROADER),
    "any of several": (role_of(statement(equals(["a", "b"], "ForAllValues:StringEquals", TAGS))),
                       role_of(statement(equals(["a", "b"], "ForAnyValue:StringEquals", TAGS))), OTHER),
    "all of more": (role_of(statement(equals(["a", "b"], "ForAllValues:StringEquals", TAGS))),
                    role_of(statement(equals(["a", "b", "c"], "ForAllValues:StringEquals", TAGS))), BROADER),
    "a literal for a parameter": (role_of(statement(resource=sub(USERS + "${P}")), parameters=P),
                                  role_of(statement(resource=USERS + "a"), parameters=P), OTHER),
    "a parameter that can be one value": (
        role_of(statement(resource=USERS + "a"), parameters={"P": one_of("a")}),
        role_of(statement(resource=sub(USERS + "${P}")), parameters={"P": one_of("a")}), (PROVED, UNDECIDED)),
    "another parameter": (role_of(statement(equals(ref("P"))), parameters=PQ),
                          role_of(statement(equals(ref("Q"))), parameters=PQ), OTHER),
    "either parameter": (role_of(statement(equals(ref("P"))), parameters=PQ),
                         role_of(statement(equals([ref("P"), ref("Q")])), parameters=PQ), BROADER),
    "a wildcard after a parameter": (role_of(statement(resource=sub(USERS + "${P}/*")), parameters=P),
                                     role_of(statement(resource=sub(USERS + "${P}*")), parameters=P), BROADER),
    "a path as a parameter": (role_of(statement(resource=sub(USERS[:-1] + "${Path}*")), parameters=PATH),
                              role_of(statement(resource=USERS + "*"), parameters=PATH), (REFUTED, PROVED)),
    "a condition of the template": (
        role_of(statement(), parameters=P, Conditions={"C": {"Fn::Equals": [ref("P"), "on"]}}),
        role_of(when("C", statement(), ref("AWS::NoValue")), parameters=P,
                Conditions={"C": {"Fn::Equals": [ref("P"), "on"]}}), (PROVED, REFUTED)),
    "the other case of a condition": (
        role_of(when("C", statement(), statement(action="s3:GetObject")), parameters=P,
                Conditions={"C": {"Fn::Equals": [ref("P"), "on"]}}),
        role_of(when("C", statement(action="s3:GetObject"), statement()), parameters=P,
                Conditions={"C": {"Fn::Equals": [ref("P"), "on"]}}), OTHER),
    "the account of the stack": (
        role_of(statement(resource=sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*"))),
        role_of(statement(resource=sub("arn:${AWS::Partition}:iam::*:user/*"))), BROADER),
    "the partition written out": (role_of(statement(resource="arn:aws:iam::111122223333:user/*")),
                                  role_of(statement(resource=sub("arn:${AWS::Partition}:iam::111122223333:user/*"))),
                                  OTHER),
    "split in two": (role_of(statement(action=["iam:CreateUser", "iam:DeleteUser"],
                                       resource=[USERS + "a", USERS + "b"])),
                     role_of(*(statement(action=action, resource=USERS + name) for name in "ba"
                               for action in ("iam:DeleteUser", "iam:CreateUser"))), EQUAL),
    "a pattern that covers both": (role_of(statement(resource=[USERS + "a*", USERS + "ab*"])),
                                   role_of(statement(resource=USERS + "a*")), EQUAL),
    "two that come to one": (role_of(statement(equals("true", "Bool", "aws:SecureTransport")),
                                     statement(equals("false", "BoolIfExists", "aws:SecureTransport"))),
                             role_of(statement()), EQUAL),
    "addresses": (role_of(statement(equals("10.0.0.0/8", "IpAddress", "aws:SourceIp"))),
                  role_of(statement(equals(["10.0.0.0/8", "203.0.113.0/24"], "IpAddress", "aws:SourceIp"))),
                  (REFUTED, PROVED)),
}


@pytest.mark.parametrize("name", list(PAIRS))
def test_what_is_more_is_shown_on_either_side(name):
    """Each pair is judged in both directions; a counterexample is confirmed by an evaluator of its own."""
    old, new, expected = PAIRS[name]
    assert verdicts(old, new) == expected


def test_a_role_that_is_new_may_do_more():
    """What was not there could do nothing, so that whatever a new role may do is more; one that may nothing is not."""
    old = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    assert verdicts(old, role_of(statement())) == (REFUTED, PROVED)
    assert verdicts(old, role_of(denied())) == (PROVED, PROVED)


def test_a_role_made_in_more_worlds_may_do_more():
    """A role that lost its condition is there where it was not."""
    sections = {"parameters": P, "Conditions": {"C": {"Fn::Equals": [ref("P"), "on"]}}}
    old, new = role_of(statement(), **sections), role_of(statement(), **sections)
    old["Resources"]["Role"]["Condition"] = "C"
    assert verdicts(old, new) == (REFUTED, PROVED)
    shown = answers(old, new, Kind.ROLE)["Role"].counterexample
    assert shown["conditions"] == {"C": False}
    assert shown["refusedBefore"] == "no statement allowed it"


def test_a_counterexample_says_who_allows_it_and_why_it_was_refused():
    """The statement that allows it is told by where it stands; so is the Deny, and a boundary is told as one."""
    gone = answers(role_of(statement(Sid="Make"), denied(resource=USERS + "a", Sid="Guard")),
                   role_of(statement(Sid="Make")), Kind.ROLE)["Role"].counterexample
    assert gone["allowedBy"] == ["Role.own: Make"]
    assert gone["refusedBefore"] == "denied by Role.own: Guard"
    unbound = answers(role_of(statement(), boundary=(statement(action="s3:*"),)), role_of(statement()),
                      Kind.ROLE)["Role"].counterexample
    assert unbound["refusedBefore"] == "the boundary did not allow it"
    assert gone["eventName"] == unbound["eventName"] == "CreateUser"


def test_a_wider_pattern_is_shown_with_an_action_that_there_is():
    """Of all that a pattern allows, an action of the tables is told, as AWS writes it."""
    shown = answers(role_of(statement(action="iam:GetUser")), role_of(statement(action="iam:*")), Kind.ROLE)
    assert shown["Role"].counterexample["eventName"] in ("TagRole", "PassRole", "CreateUser") or \
        shown["Role"].counterexample["eventName"][0].isupper()


def test_a_secret_parameter_is_never_shown():
    """The value of a parameter that either template keeps secret does not stand in a counterexample."""
    secret = {"S": {"NoEcho": True, "Default": "hush-hush-hush"}}
    old = role_of(statement(equals(ref("S"))), parameters=secret)
    new = role_of(statement(), parameters={"S": {"Default": "hush-hush-hush"}})
    assert "hush" not in str(answers(old, new, Kind.ROLE)["Role"].counterexample)
    assert "hush" not in str(answers(new, old, Kind.ROLE)["Role"].counterexample)
    longer = role_of(statement(equals({"Fn::Sub": "${S}-and-more"})), parameters=secret)
    assert "hush" not in str(answers(old, longer, Kind.ROLE)["Role"].counterexample)


def test_names_that_are_made_up_are_told_apart():
    """No two things have one name, so that what may be done to another role is more."""
    made = {name: {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{name.lower()}.amazonaws.com"}})}}
        for name in ("One", "Two")}
    old, new = (role_of(statement(action="iam:PassRole", resource={"Fn::GetAtt": [name, "Arn"]}), resources=made)
                for name in ("One", "Two"))
    assert answers(old, new, Kind.ROLE)["Role"].verdict is REFUTED
    assert verdicts(old, new) == OTHER
    assert answers(old, old, Kind.ROLE)["Role"].verdict is PROVED


def test_a_document_that_iam_would_refuse_is_an_input_error():
    """Nothing is said of a policy that IAM does not take."""
    with pytest.raises(InputError, match="Perhaps"):
        answers(role_of(statement()), role_of({**statement(), "Perhaps": 1}), Kind.ROLE)


def test_macros_leave_it_undecided():
    """Nobody knows what a macro writes."""
    body = {**role_of(statement()), "Transform": "AWS::Serverless-2016-10-31"}
    assert answers(body, body, Kind.ROLE)["Role"].verdict is UNDECIDED


def test_what_takes_too_long_is_undecided_and_what_is_the_same_is_not_asked():
    """Without any time only what needs no solving is proved."""
    old, new = read(role_of(statement(resource=USERS + "*"))), read(role_of(statement(resource=USERS + "a*")))
    timely = {found.answer.verdict for found in iam.found(joint(old, old, timeout=0.0))}
    late = next(iam.found(joint(old, new, timeout=0.0))).answer
    assert timely == {PROVED}
    assert (late.verdict, late.notes) == (UNDECIDED, ("it was not decided within the time limit of 0 s",))
