"""init: writes an installation file, asks only what it must, and never overwrites anything."""

import json

import pytest
import yaml

from conveyor_iac import Installation
from conveyor_iac.cli.init import QUESTIONS

SHEET = {"tenant": "umbrella", "region": "us-west-2", "session_name": "conveyor-umbrella",
         "control_plane": {"account": "444455556666", "role": "planes/control"},
         "principals": ["arn:aws:iam::444455556666:role/consumer"]}
GIVEN = {"--tenant": "globex", "--deployment": "shared", "--region": "eu-central-1", "--account": "333333333333",
         "--control-plane-account": "444455556666", "--control-plane-role": "theirs"}


@pytest.fixture
def file(tmp_path):
    """The file to be written."""
    return tmp_path / "x.yaml"


@pytest.fixture
def sheet(tmp_path):
    """Writes the vendor's sheet with these keys changed."""

    def sheet(**changes):
        (tmp_path / "sheet.yaml").write_text(yaml.safe_dump({**SHEET, **changes}))
        return tmp_path / "sheet.yaml"

    return sheet


def options(given):
    return [word for option in given.items() for word in option]


def test_yes_then_plan(real, run, file):
    """`init --yes` writes a file that `plan` takes, and says on stderr which samples it holds."""
    answer = real("init", "--yes", "-f", "x.yaml", cwd=file.parent)
    assert (answer.code, answer.out) == (0, "")
    assert all(f"{key}: the sample {sample} is taken" in answer.err for key, (_, sample) in QUESTIONS.items())
    planned = run("plan", "-f", file, "--json")
    assert planned.code == 0
    assert json.loads(planned.out)["installation"]["TenantId"] == "acme"


def test_given(run, file):
    """What is given is written as given, and nothing is asked or sampled."""
    answer = run("init", "-f", file, *options(GIVEN))
    wanted = Installation.load(file)
    assert answer.code == 0
    assert "sample" not in answer.err
    assert [wanted.tenant, wanted.deployment, wanted.region, wanted.account] == list(GIVEN.values())[:4]
    assert (wanted.control_plane.account, wanted.control_plane.role) == ("444455556666", "theirs")


@pytest.mark.parametrize("missing", GIVEN)
def test_asks_only_what_it_must(real, file, missing):
    """Only what is not given is asked, on stderr, and the answer is what is written."""
    rest = {option: value for option, value in GIVEN.items() if option != missing}
    answer = real("init", "-f", file, *options(rest), cwd=file.parent, typed=f"{GIVEN[missing]}\n")
    key = missing.removeprefix("--").replace("-", "_")
    assert (answer.code, answer.out.strip()) == (0, "")
    assert [name for name, (question, _) in QUESTIONS.items() if question in answer.err] == [key]
    assert Installation.load(file).tenant == "globex"


def test_no_terminal(real, file):
    """With nobody to ask and no --yes the missing answer is wrong input, and nothing is written."""
    answer = real("init", "-f", file, cwd=file.parent)
    assert (answer.code, answer.out.strip()) == (2, "")
    assert "error: --tenant: (no answer): " in answer.err
    assert not file.exists()


def test_bad_answers(run, file):
    """Bad answers are refused like a bad file, all at once, and nothing is written."""
    answer = run("init", "--yes", "-f", file, "--tenant", "A-1", "--account", "1", "--region", "mars",
                 "--deployment", "privat")
    assert answer.code == 2
    assert [line.split(":")[1].strip() for line in answer.err.splitlines() if line.startswith("error: ")] == [
        "account", "deployment", "region", "tenant"]
    assert not file.exists()


def test_never_overwrites(run, file):
    """A file that is there is named and stays as it is."""
    file.write_text("mine")
    answer = run("init", "--yes", "-f", file)
    assert answer.code == 2
    assert f"error: {file}: exists already: nothing is ever overwritten" in answer.err
    assert file.read_text() == "mine"


def test_dedicated(run, file):
    """In a dedicated deployment the control plane is in the same account, which is not asked again."""
    answer = run("init", "--yes", "-f", file, "--deployment", "dedicated", "--account", "333333333333")
    wanted = Installation.load(file)
    assert answer.code == 0
    assert wanted.control_plane.account == wanted.account == "333333333333"


@pytest.mark.parametrize("deployment", ["private", "dedicated"])
def test_azure(run, file, deployment):
    """Azure with a deployment it is not offered for is refused with the reason and the way out; nothing is written."""
    answer = run("init", "--yes", "-f", file, "--cloud", "azure", "--deployment", deployment)
    (line,) = [line for line in answer.err.splitlines() if line.startswith("error: deployment")]
    assert answer.code == 2
    assert "shared deployment only" in line
    assert line.endswith("Write deployment: shared, or cloud: aws")
    assert not file.exists()


def test_from_sheet(run, file, sheet):
    """The vendor's sheet fills in what it knows; what is given on the command line wins."""
    assert run("init", "--yes", "-f", file, "--from", sheet(), "--region", "eu-west-3").code == 0
    wanted = Installation.load(file)
    assert (wanted.tenant, wanted.region) == ("umbrella", "eu-west-3")
    assert wanted.control_plane.model_dump() == {**SHEET["control_plane"], "network": None}


def test_bad_sheet(run, file, sheet):
    """Every fault of a sheet is told at once, a principal `*` among them, and nothing is written."""
    bad = sheet(tenant="A", region="mars", session_name="x", principals=["*", SHEET["principals"][0], 7], colour="red",
                control_plane={"account": "1", "role": "*"})
    answer = run("init", "--yes", "-f", file, "--from", bad)
    assert answer.code == 2
    assert [line.split(": ")[1] for line in answer.err.splitlines()] == [
        "colour", "control_plane.account", "control_plane.role", "principals.0", "principals.2", "region",
        "session_name", "tenant"]
    assert not file.exists()


def test_sheet_of_another_tenant(run, file, sheet):
    """A session name that is another tenant's is refused."""
    answer = run("init", "--yes", "-f", file, "--from", sheet(session_name="conveyor-acme"))
    assert answer.code == 2
    assert "session_name: 'conveyor-acme'" in answer.err


def test_no_sheet(run, file):
    """A sheet that is not there is named."""
    answer = run("init", "--yes", "-f", file, "--from", file.parent / "none.yaml")
    assert answer.code == 2
    assert "none.yaml" in answer.err
    assert not file.exists()


@pytest.mark.parametrize(("deployment", "written"), [("private", tuple(SHEET["principals"])), ("shared", None)])
def test_principals(run, file, sheet, deployment, written):
    """The sheet's principals become those of the endpoint service; a shared deployment has none, and that is said."""
    answer = run("init", "--yes", "-f", file, "--from", sheet(), "--deployment", deployment)
    assert answer.code == 0
    assert Installation.load(file).private_link.principals == written
    assert ("principals: not written" in answer.err) == (written is None)
    assert run("plan", "-f", file).code == 0
