"""report: the page of one installation, and what it refuses."""

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys

import pytest
import typer

from conveyor_iac.cli.talk import report as told_wrong
from conveyor_iac.errors import ConveyorError
from tests.publishing.report.reading import Read
from tests.publishing.rollout import offered

SECRET = "a-very-secret-external-id-0001"
command = importlib.import_module("conveyor_iac.cli.report")


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """The page and the data of an installation whose file says the external id."""
    folder = tmp_path_factory.mktemp("report")
    file, page = folder / "conveyor.yaml", folder / "report.html"
    file.write_text(f"""
tenant: acme
deployment: private
region: eu-west-1
account: "222222222222"
control_plane: {{account: "111122223333", role: conveyor-control-plane}}
external_id: {SECRET}
cognito_access: firewall
""")
    held = run_in_process(["-f", file, "-o", page, "--json"])
    assert held[0] == 0, held
    return file, page, *held[1:]


def run_in_process(words):
    """The command with these words: exit code, stdout, stderr."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    app = typer.Typer()
    app.command()(command.run)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app([*map(str, words)], standalone_mode=False)
        except ConveyorError as stopped:
            told_wrong(stopped, as_json="--json" in words)
            code = stopped.exit_code
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_page(private):
    """The page says what --json says: each sentence, claim and permission, the network, the paths and the costs."""
    _, page, out, _ = private
    told, words = json.loads(out), Read(page.read_text()).words
    assert (told["of"], told["cloud"], told["launch"]) == ("installation", "aws", [])
    assert all(" ".join(row["text"].split()) in words for row in told["sentences"])
    assert all(claim["id"] in words and claim["checks"] for claim in told["claims"])
    assert all(row["purpose"] and row["purpose"] in words
               for policy in told["permissions"] for row in policy["statements"])
    assert {claim["state"] for claim in told["claims"]} == {"proved"}
    assert [network["plane"] for network in told["networks"]] == ["data"]


def test_twelve_sentences(private):
    """It opens with about twelve sentences, and those that rest on claims hold."""
    told = json.loads(private[2])
    assert 10 <= len(told["sentences"]) <= 16
    assert all(row["holds"] for row in told["sentences"] if row["rests_on"])
    assert told["sentences"][0]["text"] == ("The vendor gets one role, conveyor-acme-installer, and only the role"
                                            " conveyor-control-plane of account 111122223333 can assume it.")


def test_no_secret(private):
    """The external id of the file is nowhere: not on the page, not in the data, not in the talk."""
    _, page, out, err = private
    assert SECRET not in page.read_text() + out + err


def test_progress(private):
    """What takes long says so, and data stays apart from talk."""
    assert "Synthesizing" in private[3]
    assert private[3].count("Proving") == 5


def test_again(private):
    """The same installation gives the same page; it stays as it is."""
    file, page, out, _ = private
    before = page.stat().st_mtime_ns
    code, again, err = run_in_process(["-f", file, "-o", page, "--json"])
    assert (code, again, page.stat().st_mtime_ns) == (0, out, before)
    assert "same as before" in err


def test_existing(here, written, root):
    """Another file is not overwritten unasked: it stays, and nothing is left beside it. With --force it is replaced."""
    page = here / "report.html"
    page.write_text("mine")
    file = root / "examples/endpoint-service.yaml"
    code, out, err = run_in_process(["-f", file])
    assert (code, out, page.read_text(), os.listdir(here)) == (2, "", "mine", ["report.html"])
    assert "--force" in err
    code, _, err = run_in_process(["-f", file, "--force"])
    assert (code, page.read_text()[:15]) == (0, "<!DOCTYPE html>")
    assert "replaced" in err


def test_json_alone_writes_nothing(here, root):
    """With --json and no place named nothing is written."""
    code, out, _ = run_in_process(["-f", root / "examples/endpoint-service.yaml", "--json"])
    assert (code, os.listdir(here)) == (0, [])
    assert json.loads(out)["sentences"][0]["text"].startswith("The vendor gets no role here")


def test_azure(here, root):
    """An installation on Azure has a page of its plan, which says that no claim is asked there."""
    code, out, _ = run_in_process(["-f", root / "examples/azure-shared.yaml", "-o", "azure.html", "--json"])
    told, words = json.loads(out), Read((here / "azure.html").read_text()).words
    assert (code, told["cloud"], told["claims"]) == (0, "azure", [])
    assert "NOT CLAIMED here" in words
    assert all(row["purpose"] in words for policy in told["permissions"] for row in policy["statements"])
    assert all(row["destination"] in words for row in told["outbound"][0]["rows"])
    assert f"{told['costs'][0]['month']:,.2f} USD" in words


def test_not_proved(here, written):
    """Where a claim is refuted the page says so in its sentence and shows the counterexample; the exit is 1."""
    file = written(cognito_access="proxy")
    code, out, err = run_in_process(["-f", file, "-o", "page.html", "--json"])
    told, words = json.loads(out), Read((here / "page.html").read_text()).words
    refuted = [claim for claim in told["claims"] if claim["state"] == "refuted"]
    assert (code, [claim["id"] for claim in refuted]) == (1, ["network.dns-exit"])
    assert "network.dns-exit is refuted" in err
    assert next(row for row in told["sentences"] if "network.dns-exit" in row["rests_on"])["text"].startswith("REFUTED")
    assert refuted[0]["verdicts"][0]["counterexample"]
    assert "The counterexample:" in words


@pytest.mark.parametrize(("words", "path"), [
    (["--version", "1.0.0"], "--version"), (["--url", "https://x.s3.amazonaws.com/r"], "--url"),
    (["-o", "."], "--output"), (["--release", "nowhere"], "nowhere"),
], ids=["a version of nothing", "an address of nothing", "a folder", "no release"])
def test_refused(here, written, words, path):
    """What cannot be done is refused before anything is synthesized, by its option; nothing is written."""
    file = written()
    code, out, err = run_in_process(["-f", file, *words])
    assert (code, out, os.listdir(here)) == (2, "", [file.name])
    assert path in err
    assert "Synthesizing" not in err


def test_faults_of_the_file(here, written):
    """Every fault of the file is told at once, as everywhere."""
    code, _, err = run_in_process(["-f", written(tenant="A", region="nowhere")])
    assert code == 2
    assert "tenant" in err
    assert "region" in err


def test_no_sdk_for_azure(root, real_python, tmp_path):
    """The page of a plan alone loads no engine and no solver."""
    loaded = real_python(f"""
import importlib, sys
from pathlib import Path
command = importlib.import_module("conveyor_iac.cli.report")
command.run(Path({str(root / "examples/azure-shared.yaml")!r}), Path({str(tmp_path / "x.html")!r}), None, None, None)
print([name for name in ("aws_cdk", "z3", "boto3") if name in sys.modules])
""")
    assert loaded.strip().endswith("[]")


@pytest.fixture
def real_python():
    """Runs a few lines in a Python of their own."""
    def run(lines):
        return subprocess.run([sys.executable, "-c", lines], check=True, capture_output=True, text=True).stdout

    return run


def test_launch_links(here, private, tmp_path_factory):
    """With a release named the page has the launch link of each stack, filled in and without the external id."""
    folder = offered.written(tmp_path_factory.mktemp("releases"), offered.release())
    code, out, _ = run_in_process(["-f", private[0], "-o", "page.html", "--json", "--release", folder / "1.2.0",
                                   "--url", f"{offered.URL}/1.2.0"])
    told, page = json.loads(out), Read((here / "page.html").read_text())
    assert code == 0
    assert [row["template"] for row in told["launch"]] == ["network-private", "installer-role"]
    assert all(row["url"] in page.links and "param_TenantId=acme" in row["url"] for row in told["launch"])
    assert SECRET not in (here / "page.html").read_text()
