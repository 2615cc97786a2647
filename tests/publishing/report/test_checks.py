"""Check it without us: each call is complete, AWS's own CLI takes it, and its answer is what the page expects."""

import contextlib
import io
import json
import re
import shlex
import subprocess
from fnmatch import fnmatchcase

import pytest
from awscli.clidriver import create_clidriver

from conveyor_iac.emulator import evaluation
from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import values_of
from conveyor_iac.proofs.claims import IDS
from conveyor_iac.publishing.report import checks, facts
from conveyor_iac.publishing.report.emitted import Template
from conveyor_iac.publishing.report.subject import EXTERNAL_ID, VPC, subject_of
from conveyor_iac.publishing.report.told import EXAMPLE

ASKS = [(claim, ask) for claim, row in facts.checks().items() for ask in row.get("ask", ())]


@pytest.fixture(scope="module")
def subject(templates, proofs):
    """The published installer role, filled as the page fills it."""
    values = {**values_of(Installation.read(EXAMPLE)), "ExternalId": EXTERNAL_ID, "DataPlaneVpcId": VPC}
    read = [Template(name=name, content=content, values=values) for name, content in templates.items()]
    return subject_of(proofs["installer-role"], read)


@pytest.fixture(scope="module")
def calls(told):
    """Every call of the page, with what it expects."""
    return [call for claim in told["claims"] for check in claim["checks"] for call in check["calls"]]


def test_every_claim(told):
    """Every claim about AWS has its row, and every claim of the page a call, what it cannot see, and the source."""
    assert set(facts.checks()) == {claim for claim in IDS if not claim.startswith("azure.")}
    for claim in told["claims"]:
        assert claim["checks"], claim["id"]
        for check in claim["checks"]:
            assert check["cannot_see"]
            assert check["calls"]
            assert check["source"].startswith("https://docs.aws.amazon.com/")
            assert all(call["run"] and (call["says"] or check["says"]) for call in check["calls"])


@pytest.mark.parametrize(("claim", "ask"), ASKS, ids=[f"{claim}: {ask['says']}" for claim, ask in ASKS])
def test_simulated(subject, claim, ask):
    """What the page expects of the simulator is what another evaluator says of the same documents and request."""
    row, request = facts.checks()[claim], checks.simulation(ask, subject.names)
    of_created = row["of"] == "created"
    documents = [document for _, document in (subject.predefined if of_created else subject.installer)]
    decided = evaluation.evaluate(documents, action=request["action"], resource=request["on"], context=request["keys"],
                                  boundary=subject.boundary[0][1] if of_created else None)
    assert (decided == "Allow") is request["allowed"]


def actions(document, effect="Allow"):
    for statement in document["Statement"]:
        if statement["Effect"] == effect:
            assert "NotAction" not in statement
            yield from [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_not_granted(subject):
    """No document of the installer allows an action that authors policy, whatever its conditions: the check passes."""
    assert len(subject.installer) > 5
    for _, document in subject.installer:
        for action in actions(document):
            assert not [one for one in catalogue.authoring() if fnmatchcase(one.lower(), action.lower())], action


def test_whitelisted(subject):
    """What the documents allow of iam is in the list that they are held to: the check passes."""
    allowed = {action for _, document in subject.installer for action in actions(document)}
    assert {action for action in allowed if action.startswith("iam:")} <= set(subject.iam_actions)
    assert not {action for action in allowed if action.startswith("*")}


ANSWERS = [(principal, external_id, session) for principal in ("principal", "other_role")
           for external_id in (EXTERNAL_ID, "another-external-id", None) for session in ("conveyor-acme", "x", None)]


@pytest.mark.parametrize("claim", ["trust.principal", "trust.external-id", "trust.session-name"])
def test_trust(subject, claim):
    """The trust policy lets in nobody whom the reference policy of the check keeps out, and does let somebody in."""
    names = subject.names
    reference = {"Version": "2012-10-17", "Statement": checks.filled(facts.checks()[claim]["reference"], names)}
    let_in = 0
    for who, external_id, session in ANSWERS:
        keys = {"sts:ExternalId": external_id, "sts:RoleSessionName": session}
        asked = {"principal_arn": names[who], "context": {key: value for key, value in keys.items() if value}}
        let_in += evaluation.trusts(subject.trust[1], **asked)
        assert evaluation.trusts(reference, **asked) or not evaluation.trusts(subject.trust[1], **asked)
    assert let_in == 1


def test_switched_off(subject):
    """With the switch off the trust policy that is checked allows nothing."""
    assert not list(actions(subject.trust_off[1]))
    assert list(actions(subject.trust[1])) == ["sts:AssumeRole"]


def test_documents(told, calls, tmp_path):
    """Every file that a call reads is written by the commands above it, as a policy document."""
    subprocess.run(["bash", "-euc", told["documents"]], cwd=tmp_path, check=True, capture_output=True)
    written = {file.stem: json.loads(file.read_text()) for file in (tmp_path / "check").glob("*.json")}
    asked = {name for call in calls for name in re.findall(r"(?:file://|cat )([A-Za-z0-9-]+)\.json", call["run"])}
    asked |= {name for call in calls if "file://$name.json" in call["run"]
              for name in re.search("for name in ([^;]+);", call["run"])[1].split()}
    assert asked <= set(written)
    assert len(asked) > 20
    assert all(document["Version"] == "2012-10-17" and document["Statement"] for document in written.values())


SAID = 'aws() { printf "%s\\0" "$@" >&3; printf "\\n" >&3; echo said; }; jq() { :; }; VPC=vpc-1; exec 3>said; '


def test_aws_takes_it(told, calls, tmp_path, monkeypatch):
    """A shell runs each call as it is written, and AWS's own CLI takes every word of it: it comes as far as sending."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    script = "\n".join([SAID, told["documents"], *dict.fromkeys(call["run"] for call in calls)])
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True, capture_output=True)
    said = [line.split("\0") for line in (tmp_path / "said").read_text().split("\0\n")[:-1]]
    each = {tuple(words[:2]): words for words in said}
    assert {name for _, name in each} >= {
        "check-access-not-granted", "check-no-new-access", "check-no-public-access", "simulate-custom-policy",
        "create-network-insights-access-scope"}
    for words in each.values():
        out = io.StringIO()
        with contextlib.chdir(tmp_path / "check"), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            create_clidriver().main([*words, *NOWHERE])
        assert "Could not connect to the endpoint URL" in out.getvalue(), f"{shlex.join(words)}: {out.getvalue()}"


NOWHERE = ["--region", "eu-west-1", "--no-sign-request", "--endpoint-url", "http://127.0.0.1:9"]
"""A port where nobody listens."""


def test_no_word_for_a_shell():
    """A resource that is called as no resource can be is in no command, and the name of a template is one word."""
    body = {"Resources": {"x; rm -rf ~": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
                          "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}}}}
    template = Template(name="a b; c", content=json.dumps(body).encode())
    assert [name for name, _ in checks.documents(None, template)] == ["Key"]
    command = checks.check("storage.encrypted", None, template)["calls"][0]["run"]
    assert shlex.split(command)[-1] == "../a b; c.template.json"
