"""The command itself: what it prints where, how it ends, and that it changes nothing."""

import json

import pytest

from conveyor_iac.cli.findings import CHECKS, LIVE, examine
from tests.doctor.conftest import WORDS, Written, case

KEYS = ["id", "title", "state", "why", "fix"]


def test_offline(doctor):
    """Without --live: findings on stdout, talk on stderr, exit 0, and the account is said to be unasked."""
    ended = doctor(WORDS, "--json")
    found = json.loads(ended.out)
    assert ended.code == 0, ended.err
    assert all(list(row) == KEYS for row in found)
    assert not {row["id"] for row in found} & {check.id for check in LIVE}
    assert "The account was not asked: --live." in ended.err
    assert "unknown" in [row["state"] for row in found]


def test_a_fault_is_a_no(doctor, tmp_path):
    """A fault ends with 1 and is named on stderr; every fault has a fix."""
    ended = doctor(WORDS, "--json", "--tools", str(tmp_path / "nothing"))
    faults = [row for row in json.loads(ended.out) if row["state"] == "fault"]
    assert ended.code == 1
    assert [row["id"] for row in faults] == ["cdk-cli", "cdk-pin"]
    assert all(row["fix"] for row in faults)
    assert "at fault: cdk-cli, cdk-pin" in ended.err


def test_a_finding_left_out(doctor, tmp_path):
    """A finding that is skipped by its id is no fault; an id nobody has is bad input."""
    nowhere = ("--json", "--tools", str(tmp_path / "nothing"))
    ended = doctor(WORDS, *nowhere, "--skip", "cdk-cli", "--skip", "cdk-pin")
    assert (ended.code, "cdk-cli" in ended.out) == (0, False)
    ended = doctor(WORDS, "--skip", "delete-ordr")
    assert (ended.code, "Perhaps you meant delete-order" in ended.err) == (2, True)


def test_words_for_people(doctor):
    """Without --json each finding is its state, id and title, then why, then the fix."""
    out = doctor(WORDS).out
    assert "ok       file: The file can be planned\n         why: acme: private deployment" in out
    assert "unknown  template-size:" in out
    assert "         fix: conveyor-iac synth" in out


@pytest.mark.parametrize("words", [{**WORDS, "deployment": "privat"}, {"tenant": "acme"}])
def test_a_bad_file(doctor, words):
    """A bad file ends with 2 and its faults, before anything is looked at."""
    ended = doctor(words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err


def test_live(doctor, aws):
    """With --live the embedded AWS is asked for real: what it cannot know is unknown, everything else is ok."""
    ended = doctor(WORDS, "--live", "--json", env=aws.env())
    found = {row["id"]: row["state"] for row in json.loads(ended.out)}
    assert ended.code == 0, ended.out
    assert {id for id, state in found.items() if state == "unknown"} == {
        "template-size", "may-deploy", "quota-vpcs", "quota-elastic-ips", "quota-firewalls",
        "quota-interface-endpoints", "quota-gateway-endpoints"}
    assert found["account"] == found["endpoint-zones"] == found["delete-order"] == "ok"


def test_another_account_is_asked_nothing(doctor, aws):
    """Credentials of another account: one fault, and everything live is unknown and unasked."""
    ended = doctor(WORDS, "--live", "--json", env=aws.env(account="444455556666"))
    found = {row["id"]: row for row in json.loads(ended.out)}
    assert ended.code == 1
    assert [id for id, row in found.items() if row["state"] == "fault"] == ["account"]
    assert {found[check.id]["state"] for check in LIVE} == {"unknown"}


@pytest.mark.parametrize("options", [(), ("--skip", "account")])
def test_nobody_answers(doctor, aws, options):
    """No credentials at all: nothing live is ok or a fault, and since undecided never passes the answer is no."""
    env = {name: value for name, value in aws.env().items() if not name.startswith("AWS_ACCESS_KEY")}
    ended = doctor(WORDS, "--live", "--json", *options, env=env)
    found = {row["id"]: row for row in json.loads(ended.out)}
    assert ended.code == 1
    assert "nothing of the account is decided: AWS did not answer: NoCredentials" in ended.err
    assert ("account" in found) == (not options)
    assert "fault" not in [row["state"] for row in found.values()]
    assert {found[check.id]["state"] for check in LIVE} == {"unknown"}
    assert "Traceback" not in ended.err


def test_a_profile_that_does_not_exist(doctor, aws):
    """A profile nobody has is told in a line, and is a no."""
    ended = doctor(WORDS, "--live", env=aws.env() | {"AWS_PROFILE": "nobody"})
    assert (ended.code, ended.out) == (1, "")
    assert "ProfileNotFound" in ended.err
    assert "Traceback" not in ended.err


def test_the_ids_are_different():
    """Every check has an id and a title of its own."""
    assert len({check.id for check in CHECKS}) == len({check.title for check in CHECKS}) == len(CHECKS)


def test_what_is_refused_is_never_ok():
    """An account that tells who asks and nothing else: every further question is unknown, none ok, none a fault."""
    identity = {"get_caller_identity": {"Account": WORDS["account"], "Arn": "arn:aws:iam::222222222222:user/me"}}
    found = {finding.id: finding.state for finding in examine(case(account=Written(identity)))}
    assert found["account"] == "ok"
    assert {found[check.id] for check in LIVE if check.id in found} == {"unknown"}
