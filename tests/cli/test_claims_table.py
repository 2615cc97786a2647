"""The table of claims in the README: made by asking, current, and nothing around it is touched."""

import json
import shutil

import pytest

from conveyor_iac.cli.claims_table import BEGIN, END, NOT_ASKED, table, with_table
from conveyor_iac.errors import InputError
from conveyor_iac.proofs.claims import IDS

NAMES = ["installer-role", "network-shared", "network-private", "network-dedicated", "network-private-existing-vpc",
         "endpoint-service"]
SERVICE = {"Resources": {"Service": {"Type": "AWS::EC2::VPCEndpointService", "Properties": {
    "AcceptanceRequired": True}}}}


def cells(text):
    """The table's rows as their cells."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]


@pytest.fixture
def copied(root, tmp_path):
    """The README and the templates, copied from the repository."""
    shutil.copy(root / "README.md", tmp_path)
    for name in ("templates", "docs"):
        shutil.copytree(root / name, tmp_path / name)
    return tmp_path


def test_readme(root):
    """The README has a row for every claim that is asked of templates, and a column for every published template."""
    page = (root / "README.md").read_text()
    head, _, *rows = cells(page.partition(BEGIN)[2].partition(END)[0].strip())
    assert head[2:] == [f"`{name}`" for name in NAMES]
    assert [row[0] for row in rows] == [f"`{claim}`" for claim in IDS if not claim.startswith("azure.")]
    assert all(set(row[2:]) != {NOT_ASKED} for row in rows)
    assert {cell for row in rows for cell in row[2:]} <= {"proved", "refuted", "undecided", NOT_ASKED}


def test_another_word(run, copied):
    """A cell that says anything else is found out of date, and made right again; the words around stay."""
    file = copied / "README.md"
    right = file.read_text()
    file.write_text(right.replace("| proved |", "| refuted |", 1).replace("# conveyor_iac", "# Our own title"))
    checked = run("templates", "--check", "--dir", copied, "--json")
    assert checked.code == 1
    assert {row["file"]: row["state"] for row in json.loads(checked.out)}["README.md"] == "out of date"
    assert run("templates", "--dir", copied).code == 0
    assert file.read_text() == right.replace("# conveyor_iac", "# Our own title")


def test_words():
    """Each cell says what the proof of that very template says, a dash where it is not asked; asked of none, no row."""
    opened = json.loads(json.dumps(SERVICE).replace("true", "false"))
    other = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    made = {name: json.dumps(one).encode() for name, one in (("held", SERVICE), ("open", opened), ("other", other))}
    rows = {row[0].strip("`"): row[2:] for row in cells(table(made))}
    assert rows["privatelink.acceptance"] == ["proved", "refuted", NOT_ASKED]
    assert "iam.closure" not in rows


def test_markers():
    """A page without markers stays as it is; one whose end is missing is refused."""
    assert with_table("no table here", {}) == "no table here"
    with pytest.raises(InputError, match="Write <!-- /claims --> where it ends"):
        with_table(f"x\n{BEGIN}\n| a |\n", {})
