"""The rules of IAM, one fact each, as the concrete evaluator holds them."""

import ast
import sys
from pathlib import Path

import pytest

from conveyor_iac.proofs.iam.replay import Decision, Replayed, replay, replay_trust, unsupported
from conveyor_iac.proofs.iam.request import Request

ROLE = "arn:aws:iam::222222222222:role/conveyor/acme/x"
CALLER = "arn:aws:iam::111122223333:role/conveyor-control-plane"
SESSION = "arn:aws:sts::111122223333:assumed-role/conveyor-control-plane/acme"
ALLOWED, EXPLICIT, IMPLICIT = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def document(*statements, version="2012-10-17"):
    """A policy document; version None leaves it out."""
    return ({"Version": version} if version else {}) | {"Statement": list(statements)}


def statement(effect="Allow", **more):
    """One statement over everything, unless said otherwise."""
    found = {"Effect": effect, "Action": "*", "Resource": "*"} | more
    return {name: value for name, value in found.items() if value is not None}


def request(action="iam:CreateRole", resource=ROLE, context=None, **more):
    """One request."""
    return Request(action=action, resource=resource, context=context or {}, **more)


def allows(*, action="iam:CreateRole", resource=ROLE, context=None, version="2012-10-17", **more):
    """Whether one Allow statement of these elements lets the request through."""
    said = replay(request(action, resource, context), [document(statement(**more), version=version)])
    assert said.decision is not EXPLICIT
    return said.decision is ALLOWED


def meets(operator, wanted, *values, version="2012-10-17", **others):
    """Whether key k with these values meets one operator; no values: the key is absent; None: present and empty."""
    context = {"k": () if values == (None,) else values} if values else {}
    context |= {name.replace("_", ":"): (value,) for name, value in others.items()}
    return allows(context=context, version=version, Condition={operator: {"k": wanted}})


def trusts(principal, caller=CALLER, kind="AWS", **more):
    """The decision of a trust policy with one statement."""
    who = {"Resource": None, "Action": "sts:AssumeRole"} | ({"Principal": principal} if principal else {})
    named = statement(**who | more)
    asked = request("sts:AssumeRole", "*", principal=caller, principal_kind=kind)
    return replay_trust(asked, document(named)).decision


def test_nothing_is_allowed_that_no_statement_allows():
    """Without a matching Allow the answer is an implicit deny, and nothing decided it."""
    assert replay(request(), []) == Replayed(decision=IMPLICIT, by=())
    assert replay(request(), [document()]).decision is IMPLICIT
    assert replay(request(), [document(statement(Action="s3:*"))]).decision is IMPLICIT


def test_a_deny_decides_wherever_it_stands():
    """A matching Deny wins over every Allow, in another document too."""
    denies, may = document(statement("Deny")), document(statement())
    assert replay(request(), [may, denies]).decision is EXPLICIT
    assert replay(request(), [denies, may]).decision is EXPLICIT
    assert replay(request(), [may, document(statement("Deny", Action="s3:*"))]).decision is ALLOWED


def test_the_answer_names_what_decided():
    """A statement is named by its Sid, or by its place."""
    documents = [document(statement(Sid="May"), statement()), document(statement("Deny", Action="s3:*", Sid="No"))]
    assert replay(request(), documents).by == ("May", "statement 2 of document 1")
    assert replay(request(action="s3:GetObject"), documents).by == ("No",)
    assert replay(request(), [document(statement(Sid="May"))], [document(statement())]).by == (
        "May", "statement 1 of boundary document 1")


def test_a_statement_may_stand_alone():
    """Statement may be one mapping instead of a list."""
    assert replay(request(), [{"Statement": statement()}]).decision is ALLOWED


@pytest.mark.parametrize(("pattern", "fits"), [
    ("iam:CreateRole", True), ("IAM:createrole", True), ("iam:Create*", True), ("*:CreateRole", True), ("*", True),
    ("i?m:*Role", True), ("iam:CreateRole?", False), ("iam:Create", False), ("iam", False), ("", False),
    (["s3:*", "iam:C*"], True), ([], False)])
def test_actions_ignore_case_and_take_wildcards_anywhere(pattern, fits):
    """Action matches without case; NotAction is its opposite."""
    assert allows(Action=pattern) is fits
    assert allows(Action=None, NotAction=pattern) is not fits


@pytest.mark.parametrize(("pattern", "fits"), [
    (ROLE, True), ("*", True), (ROLE.upper(), False), ("arn:aws:iam::*:role/conveyor/*", True), ("arn:*:x", False),
    ("arn:aws:iam::222222222222:role/*/?", True), ("arn:aws:iam::222222222222:role/?", False), ("arn:*/x", False),
    ("arn:aws:iam", True), ("arn:aws:s3", False), ("arn:aws:iam::222222222222", True), ("arn:aws:iam::3", False),
    (["arn:aws:s3:::b", ROLE], True)])
def test_resources_heed_case_and_missing_fields_are_stars(pattern, fits):
    """Resource matches with case, wildcards pass colons and slashes; NotResource is its opposite."""
    assert allows(Resource=pattern) is fits
    assert allows(Resource=None, NotResource=pattern) is not fits


@pytest.mark.parametrize(("pattern", "fits"), [("*", True), ("arn:aws:iam::*:*", False), ("arn:*", False)])
def test_an_action_without_resources_needs_the_star(pattern, fits):
    """The request's * is covered by a pattern that fits that text only."""
    assert allows(action="iam:ListRoles", resource="*", Resource=pattern) is fits


def test_a_statement_without_its_elements_does_not_apply():
    """No Action, no Resource, no known Effect, or a Principal where none belongs: nothing is allowed."""
    for missing in ("Action", "Resource", "Effect"):
        assert replay(request(), [document(statement() | {missing: []})]).decision is IMPLICIT
    assert not allows(Action=None)
    assert not allows(Resource=None)
    assert not allows(Principal="*")


def test_a_boundary_intersects():
    """Allowed only if identity and boundary both allow, and denied by either; an empty boundary allows nothing."""
    everything, s3 = document(statement()), document(statement(Action="s3:*"))
    assert replay(request(), [everything], [everything]).decision is ALLOWED
    assert replay(request(), [everything], [s3]).decision is IMPLICIT
    assert replay(request(), [s3], [everything]).decision is IMPLICIT
    assert replay(request(), [everything], []).decision is IMPLICIT
    assert replay(request(), [everything], [everything, document(statement("Deny"))]).decision is EXPLICIT
    assert replay(request(), [everything], [s3, document(statement(Action="iam:*"))]).decision is ALLOWED


@pytest.mark.parametrize(("operator", "wanted", "value", "fits"), [
    ("StringEquals", "Aa", "Aa", True), ("StringEquals", "Aa", "aa", False), ("StringEquals", "A*", "Aa", False),
    ("StringEquals", "A*", "A*", True), ("StringEquals", ["b", "Aa"], "Aa", True), ("StringEquals", [], "Aa", False),
    ("StringNotEquals", "Aa", "aa", True), ("StringNotEquals", ["b", "Aa"], "Aa", False),
    ("StringNotEquals", [], "a", True), ("StringEqualsIgnoreCase", "Aa", "aA", True),
    ("StringNotEqualsIgnoreCase", "Aa", "aA", False), ("StringNotEqualsIgnoreCase", "Aa", "b", True),
    ("StringLike", "A*z", "A:/z", True), ("StringLike", "a*z", "A:/z", False), ("StringLike", "?", "", False),
    ("StringLike", "*", "", True), ("StringLike", "*a*b*", "xbxaxb", True), ("StringLike", "*a*b", "aba", False),
    ("StringNotLike", "A*", "Ab", False), ("StringNotLike", ["A*", "b*"], "c", True),
    ("Bool", "true", "true", True), ("Bool", True, "true", True), ("Bool", "True", "true", True),
    ("Bool", False, "true", False), ("Bool", "yes", "yes", False),
    ("NumericEquals", "10", "10.0", True), ("NumericEquals", 10, "10", True), ("NumericEquals", "ten", "ten", False),
    ("NumericNotEquals", "10", "10.0", False), ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True), ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True), ("NumericGreaterThan", "-1", "0", True),
    ("NumericGreaterThanEquals", "1.5", "1.5", True), ("NumericGreaterThanEquals", "1.5", "1.4", False),
    ("BinaryEquals", "QQ==", "QQ==", True), ("BinaryEquals", "QQ==", "QR==", True),
    ("BinaryEquals", "QQ==", "Qg==", False), ("BinaryEquals", "A", "A", False)])
def test_each_operator_compares_in_its_own_way(operator, wanted, value, fits):
    """Texts, patterns, booleans, numbers and bytes; several values are an "or", for a negated operator a "none of"."""
    assert meets(operator, wanted, value) is fits


@pytest.mark.parametrize(("operator", "wanted", "value", "fits"), [
    ("DateEquals", "2026-11-22T00:00:00Z", "2026-11-22", True),
    ("DateEquals", "2026-11-22T01:00+01:00", "2026-11-22", True),
    ("DateEquals", "2026-11-21T22:30:00-01:30", "2026-11-22", True),
    ("DateEquals", "2026-11-22", "1795305600", True), ("DateEquals", 1795305600, "2026-11-22T00:00:00.0Z", True),
    ("DateEquals", "2026", "2026-01-01", True), ("DateEquals", "2026-11", "2026-11-01T00:00Z", True),
    ("DateEquals", "2026-13", "2026-13", False), ("DateEquals", "2026-11-22T00:00:00", "2026-11-22", False),
    ("DateNotEquals", "2026-11-22", "2026-11-23", True), ("DateLessThan", "2026-11-22", "2026-11-21T23:59:59.9Z", True),
    ("DateLessThan", "2026-11-22", "2026-11-22", False), ("DateLessThanEquals", "2026-11-22", "2026-11-22", True),
    ("DateGreaterThan", "2026-11-22T00:00:00.1Z", "2026-11-22T00:00:00.2Z", True),
    ("DateGreaterThanEquals", "0", "1970-01-01T00:00:00Z", True), ("DateGreaterThan", "1970", "1969-12-31", False)])
def test_dates_are_moments(operator, wanted, value, fits):
    """ISO 8601 in the forms of the W3C and epoch seconds name the same moments."""
    assert meets(operator, wanted, value) is fits


@pytest.mark.parametrize(("wanted", "value", "fits"), [
    ("203.0.113.0/24", "203.0.113.9", True), ("203.0.113.0/24", "203.0.114.9", False),
    ("203.0.113.9", "203.0.113.9", True), ("203.0.113.9", "203.0.113.8", False),
    ("203.0.113.77/24", "203.0.113.9", True), ("2001:DB8::/32", "2001:db8::1", True),
    ("2001:db8::/32", "203.0.113.9", False), ("0.0.0.0/0", "2001:db8::1", False), ("nowhere", "203.0.113.9", False),
    (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True)])
def test_addresses_are_ranges_of_one_family(wanted, value, fits):
    """IpAddress holds inside a range of the same family; NotIpAddress is its opposite."""
    assert meets("IpAddress", wanted, value) is fits
    assert meets("NotIpAddress", wanted, value) is not fits


@pytest.mark.parametrize(("wanted", "fits"), [
    (ROLE, True), ("arn:*:iam::*:role/*", True), ("arn:aws:iam:*:*:*x", True),
    ("arn:aws:*:role/conveyor/acme/x", False), ("arn:aws:iam::*/x", False), ("arn:aws:i?m::*:role*", True),
    ("*", False),
    ("arn:aws:iam::222222222222:ROLE/*", False), ("arn:aws:iam::222222222222", False),
    (["arn:aws:s3:::b", ROLE], True)])
def test_an_arn_is_compared_field_by_field(wanted, fits):
    """A wildcard of the first five fields passes no colon, the last field may hold colons, ArnEquals is ArnLike."""
    for same in ("ArnLike", "ArnEquals"):
        assert meets(same, wanted, ROLE) is fits
    for opposite in ("ArnNotLike", "ArnNotEquals"):
        assert meets(opposite, wanted, ROLE) is not fits
    assert meets("ArnLike", "arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:222222222222:log-group:a:b")
    assert not meets("ArnLike", "arn:aws:x:*:111122223333:f/*", "arn:aws:x:eu:9:store/abc:111122223333:f/d")


POSITIVE = [("StringEquals", "a"), ("StringEqualsIgnoreCase", "a"), ("StringLike", "*"), ("ArnEquals", "arn:*:*:*:*:*"),
            ("ArnLike", "arn:*:*:*:*:*"), ("Bool", "true"), ("NumericEquals", "1"), ("NumericLessThan", "1"),
            ("DateEquals", "1"), ("DateGreaterThan", "1"), ("IpAddress", "0.0.0.0/0"), ("BinaryEquals", "QQ==")]
NEGATED = [("StringNotEquals", "a"), ("StringNotEqualsIgnoreCase", "a"), ("StringNotLike", "*"), ("ArnNotLike", ROLE),
           ("ArnNotEquals", ROLE), ("NumericNotEquals", "1"), ("DateNotEquals", "1"), ("NotIpAddress", "0.0.0.0/0")]


@pytest.mark.parametrize(("operator", "wanted"), POSITIVE)
def test_an_absent_key_fails_a_positive_operator(operator, wanted):
    """An absent key is false, with IfExists true; a key that is there and empty is false with IfExists too."""
    assert not meets(operator, wanted)
    assert meets(f"{operator}IfExists", wanted)
    assert not meets(operator, wanted, None)
    assert not meets(f"{operator}IfExists", wanted, None)


@pytest.mark.parametrize(("operator", "wanted"), NEGATED)
def test_an_absent_key_meets_a_negated_operator(operator, wanted):
    """An absent or empty key is true, IfExists or not."""
    for values in ((), (None,)):
        assert meets(operator, wanted, *values)
        assert meets(f"{operator}IfExists", wanted, *values)


@pytest.mark.parametrize(("operator", "wanted"), POSITIVE + NEGATED)
def test_sets_without_values(operator, wanted):
    """Of an absent or empty key everything holds for all its values and nothing for any, not even with IfExists."""
    for values in ((), (None,)):
        for suffix in ("", "IfExists"):
            assert meets(f"ForAllValues:{operator}{suffix}", wanted, *values)
            assert not meets(f"ForAnyValue:{operator}{suffix}", wanted, *values)


def test_if_exists_tests_a_key_that_is_there():
    """IfExists only forgives an absent key."""
    assert meets("StringEqualsIfExists", "a", "a")
    assert not meets("StringEqualsIfExists", "a", "b")
    assert not meets("StringNotEqualsIfExists", "a", "a")


@pytest.mark.parametrize(("operator", "fits"), [
    ("ForAllValues:StringEquals", {"a": True, "ab": True, "ac": False, "c": False, "": False}),
    ("ForAnyValue:StringEquals", {"a": True, "ab": True, "ac": True, "c": False, "": False}),
    ("ForAllValues:StringNotEquals", {"a": False, "ab": False, "ac": False, "c": True, "": True}),
    ("ForAnyValue:StringNotEquals", {"a": False, "ab": False, "ac": True, "c": True, "": True}),
    ("StringEquals", {"a": True, "ab": True, "ac": True, "c": False, "": False}),
    ("StringNotEquals", {"a": False, "ab": False, "ac": False, "c": True, "": True})])
def test_keys_with_several_values(operator, fits):
    """Against a and b: every value, any value, and a plain operator that means any (negated: none)."""
    assert {values: meets(operator, ["a", "b"], *(values or [""])) for values in fits} == fits


def test_null_asks_whether_a_key_is_there():
    """Null true: absent or empty; Null false: there with a value; both: always."""
    assert meets("Null", "true")
    assert meets("Null", True, None)
    assert not meets("Null", "true", "")
    assert meets("Null", False, "a")
    assert not meets("Null", "false")
    assert meets("Null", ["true", "false"], "a")


def test_keys_are_told_apart_without_case():
    """A key of the policy meets the request's key in any spelling; the same key twice is refused."""
    assert allows(context={"AWS:PrincipalTag/Team": ("x",)}, Condition={"StringEquals": {"aws:principaltag/team": "x"}})
    with pytest.raises(ValueError, match="two spellings"):
        request(context={"aws:username": ("a",), "aws:UserName": ("b",)})
    with pytest.raises(ValueError, match="tuple"):
        request(context={"aws:username": "a"})


def test_operators_and_keys_are_an_and():
    """Every operator and every key must hold."""
    both = {"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}}
    given = {"a": ("1",), "b": ("2",), "c": ("true",)}
    assert allows(context=given, Condition=both)
    for key in given:
        assert not allows(context=given | {key: ("x",)}, Condition=both)
    assert allows(Condition={})


def test_an_unknown_operator_holds_for_nothing():
    """A name that AWS does not document is false, and is named as unsupported."""
    for name in ("StringMatches", "ForSomeValues:StringEquals", "NullIfExists", "ForAllValues:Null", "stringequals"):
        assert not meets(name, "true", "true")
        assert not meets(name, "true")
        assert unsupported([document(statement(Condition={name: {"k": "true"}}))]) == (
            f"document 1: statement 1: operator {name}",)


def test_variables_stand_for_the_value_of_a_key():
    """A variable is filled in resources and in texts of conditions, in any spelling of its key."""
    home = "arn:aws:s3:::b/${aws:username}/*"
    ann = {"AWS:UserName": ("ann",)}
    assert allows(resource="arn:aws:s3:::b/ann/x", context=ann, Resource=home)
    assert not allows(resource="arn:aws:s3:::b/bob/x", context=ann, Resource=home)
    assert meets("StringEquals", "home/${aws:username}", "home/ann", aws_username="ann")
    assert meets("StringNotEquals", "${aws:username}", "bob", aws_username="ann")
    assert meets("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/ann", aws_username="ann")
    assert not meets("StringEquals", "${aws:username}", "${aws:username}", aws_username="ann")
    account = {"aws:PrincipalAccount": ("222222222222",)}
    assert allows(context=account, Resource="arn:aws:iam::${aws:PrincipalAccount}")


def test_the_value_of_a_variable_stands_for_itself():
    """A star that comes out of a variable is no wildcard, and an escape is the plain character."""
    assert not meets("StringLike", "${aws:username}", "ann", aws_username="*")
    assert meets("StringLike", "${aws:username}*", "*nn", aws_username="*")
    assert meets("StringLike", "a${*}${?}${$}*", "a*?$b")
    assert not meets("StringLike", "a${*}", "ab")
    assert meets("StringEquals", "a${*}", "a*")
    assert allows(resource="arn:aws:s3:::b/*", Resource="arn:aws:s3:::b/${*}")
    assert not allows(resource="arn:aws:s3:::b/x", Resource="arn:aws:s3:::b/${*}")


def test_a_variable_without_a_value_matches_nothing():
    """Absent, empty or with several values: the pattern fits nothing, another one of the list still may."""
    home = "arn:aws:s3:::b/${aws:username}"
    for context in ({}, {"aws:username": ()}, {"aws:username": ("a", "b")}):
        for resource in ("arn:aws:s3:::b/", "arn:aws:s3:::b/a", f"arn:aws:s3:::b/{home[-15:]}"):
            assert not allows(resource=resource, context=context, Resource=home)
            assert not allows(resource=resource, context=context, Resource=None, NotResource=home)
            assert allows(resource=resource, context=context, Resource=[home, "*"])
    assert not meets("StringLike", "${aws:username}*", "a")
    assert not meets("StringNotLike", "${aws:username}*", "a")
    assert not meets("StringNotEquals", ["b", "${aws:username}"], "a")
    assert meets("StringEquals", ["a", "${aws:username}"], "a")
    assert meets("StringEqualsIfExists", "${aws:username}")


def test_a_variable_has_its_default_when_the_key_has_no_value():
    """The default stands only for a key without a value, and stands for itself."""
    named = "u-${aws:username, 'any*one'}"
    assert meets("StringLike", named, "u-any*one")
    assert not meets("StringLike", named, "u-anyone")
    assert meets("StringLike", named, "u-ann", aws_username="ann")
    assert not meets("StringLike", named, "u-any*one", aws_username="ann")
    assert not allows(context={"k": ("u-any*one",), "aws:username": ("a", "b")}, Condition={"StringLike": {"k": named}})


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_before_2012_variables_are_plain_text(version):
    """In an older document, or one without Version, ${aws:username} is that text and ${*} holds a wildcard."""
    assert meets("StringEquals", "${aws:username}", "${aws:username}", version=version, aws_username="ann")
    assert not meets("StringEquals", "${aws:username}", "ann", version=version, aws_username="ann")
    assert meets("StringLike", "${*}", "${abc}", version=version)
    assert allows(resource="arn:aws:s3:::b/${aws:username}", Resource="arn:aws:s3:::b/${aws:username}", version=version)


@pytest.mark.parametrize(("principal", "caller", "kind", "named"), [
    ("*", CALLER, "AWS", True), ("*", "", "AWS", True), ("*", "ec2.amazonaws.com", "Service", True),
    ({"AWS": "*"}, CALLER, "AWS", True), ({"AWS": "*"}, "", "AWS", True),
    ({"AWS": "*"}, "ec2.amazonaws.com", "Service", False),
    ({"AWS": "111122223333"}, CALLER, "AWS", True), ({"AWS": "111122223333"}, SESSION, "AWS", True),
    ({"AWS": "222222222222"}, CALLER, "AWS", False), ({"AWS": "111122223333"}, "", "AWS", False),
    ({"AWS": "arn:aws:iam::111122223333:root"}, CALLER, "AWS", True),
    ({"AWS": "arn:aws:iam::111122223333:root"}, SESSION, "AWS", True),
    ({"AWS": "arn:aws:iam::111122223333:root"}, "arn:aws:iam::111122223333:user/ann", "AWS", True),
    ({"AWS": "arn:aws-cn:iam::111122223333:root"}, CALLER, "AWS", False),
    ({"AWS": "arn:aws:iam::222222222222:root"}, CALLER, "AWS", False),
    ({"AWS": CALLER}, CALLER, "AWS", True), ({"AWS": CALLER}, SESSION, "AWS", True),
    ({"AWS": CALLER}, SESSION.replace("plane/", "planes/"), "AWS", False),
    ({"AWS": CALLER}, CALLER + "2", "AWS", False),
    ({"AWS": CALLER}, SESSION.replace("111122223333", "222222222222"), "AWS", False),
    ({"AWS": CALLER.replace("role/", "role/a/b/")}, SESSION, "AWS", True),
    ({"AWS": CALLER.upper()}, CALLER, "AWS", False),
    ({"AWS": "arn:aws:iam::111122223333:role/*"}, CALLER, "AWS", False),
    ({"AWS": SESSION}, SESSION, "AWS", True), ({"AWS": SESSION}, CALLER, "AWS", False),
    ({"AWS": SESSION}, SESSION + "2", "AWS", False), ({"AWS": ["222222222222", CALLER]}, CALLER, "AWS", True),
    ({"Service": "ec2.amazonaws.com"}, "ec2.amazonaws.com", "Service", True),
    ({"Service": ["a", "ec2.amazonaws.com"]}, "eks.amazonaws.com", "Service", False),
    ({"Service": "ec2.amazonaws.com"}, "ec2.amazonaws.com", "AWS", False),
    ({"Federated": "accounts.google.com"}, "accounts.google.com", "Federated", True),
    ({"AWS": "111122223333"}, "arn:aws:iam::111122223333:saml-provider/x", "Federated", False),
    ({"CanonicalUser": "79a5"}, "79a5", "CanonicalUser", True), ({"AWS": CALLER, "Service": "x"}, "x", "Service", True),
    ({}, CALLER, "AWS", False), ("111122223333", CALLER, "AWS", False)])
def test_a_principal_names_callers(principal, caller, kind, named):
    """Everyone, an account, a role with its sessions, one session, a service, a provider; NotPrincipal: all others."""
    assert (trusts(principal, caller, kind) is ALLOWED) is (named and bool(principal))
    assert (trusts(None, caller, kind, NotPrincipal=principal) is ALLOWED) is not named


def test_a_trust_policy_names_who():
    """Without Principal nobody is trusted; a Deny, the action, the condition and a Resource count as elsewhere."""
    assert trusts(None) is IMPLICIT
    assert trusts("*", Effect="Deny") is EXPLICIT
    assert trusts("*", Action="sts:TagSession") is IMPLICIT
    assert trusts("*", Condition={"StringEquals": {"sts:ExternalId": "x"}}) is IMPLICIT
    assert trusts("*", Resource="arn:aws:s3:::b") is IMPLICIT
    assert trusts(None, NotPrincipal={"AWS": CALLER}, Effect="Deny") is IMPLICIT
    assert trusts(None, "arn:aws:iam::111122223333:role/x", NotPrincipal={"AWS": CALLER}, Effect="Deny") is EXPLICIT


@pytest.mark.parametrize(("faulty", "said"), [
    ({"Statement": []}, "no Statement"), ({"Statement": statement(), "Version": "2020-01-01"}, "Version 2020-01-01"),
    ({"Statement": statement(), "Note": "x"}, "element Note"), ({"Statement": ["x"]}, "statement 1: not a mapping"),
    (document(statement(Notes="x")), "statement 1: element Notes"),
    (document(statement("allow")), "statement 1: Effect allow"),
    (document(statement(NotAction="x")), "statement 1: Action together with NotAction"),
    (document(statement(Resource=None)), "statement 1: neither Resource nor NotResource"),
    (document(statement(Action={"Ref": "X"})), "statement 1: Action is not a text or a list of texts"),
    (document(statement(Resource="arn:aws:s3:::${}")),
     "statement 1: Resource arn:aws:s3:::${}: a policy variable of no documented form"),
    (document(statement(Resource="arn:aws:iam::${a:b}:x")),
     "statement 1: Resource arn:aws:iam::${a:b}:x: a policy variable before the fifth colon"),
    (document(statement(Resource="arn:*/x")),
     "statement 1: Resource arn:*/x: fewer than six fields and a wildcard inside"),
    (document(statement(Principal={"AWS": "AIDAEXAMPLE"})), "statement 1: Principal AWS AIDAEXAMPLE"),
    (document(statement(Principal={"AWS": "arn:aws:iam::111122223333:role/*"})),
     "statement 1: Principal AWS arn:aws:iam::111122223333:role/*"),
    (document(statement(Principal={"Service": "*"})), "statement 1: Principal Service *"),
    (document(statement(Principal={"Planet": "x"})), "statement 1: Principal of kind Planet"),
    (document(statement(Condition={"NumericEquals": {"k": "ten"}})),
     "statement 1: NumericEquals k: the value ten cannot be read"),
    (document(statement(Condition={"Bool": {"k": "${a:b}"}})),
     "statement 1: Bool k: the value ${a:b} cannot be read"),
    (document(statement(Condition={"ArnLikeIfExists": {"k": "*"}})),
     "statement 1: ArnLikeIfExists k: * is a pattern with fewer than six fields"),
    (document(statement(Condition={"StringLike": {"k": {"Ref": "X"}}})),
     "statement 1: StringLike k: a value that is not a text"),
    (document(statement(Condition={"StringLike": "x"})), "statement 1: operator StringLike without keys"),
    (document(statement(Condition=["x"])), "statement 1: Condition is not a mapping")])
def test_what_a_replay_cannot_judge_is_named(faulty, said):
    """Each fault is named with its place, once."""
    assert unsupported([document(statement()), faulty]) == (f"document 2: {said}",)


def test_the_evaluator_shares_no_code_with_the_prover():
    """Its files import the standard library and each other, nothing else."""
    room = Path(sys.modules[Request.__module__].__file__).parent
    own = {path.stem for path in room.glob("replay*.py")} | {"request"}
    assert {"replay", "replay_conditions", "request"} <= own
    for name in own:
        for node in ast.walk(ast.parse((room / f"{name}.py").read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom):
                assert node.module in (own if node.level == 1 else sys.stdlib_module_names | {"collections.abc"})


def test_what_a_replay_knows_is_not_named():
    """Documents of every known form have no fault."""
    condition = {name: {"k": [value]} for name, value in POSITIVE + NEGATED} | {
        "Null": {"k": True}, "ForAnyValue:StringLikeIfExists": {"k": "${aws:username, 'x'}${*}"},
        "ForAllValues:NumericLessThan": {"k": [1, 2.5]},
        "ArnLike": {"k": "arn:aws:iam::${aws:PrincipalAccount}:role/x"}}
    known = statement(Sid="x", Condition=condition,
                      Resource=["arn:aws:iam", "arn:aws:s3:*", "arn:aws:s3:::b/${aws:username}${$}"])
    trust = statement(Resource=None, Principal={"AWS": ["*", "111122223333", CALLER, SESSION], "Service": "x"})
    assert unsupported([document(known), document(trust), {"Id": "x", "Statement": statement(Principal="*")}]) == ()
