"""templates: what is generated and committed is current, or named."""

import json
import re
import shutil

import pytest

from conveyor_iac.model import catalogue
from conveyor_iac.model.catalogue import azure

NAMES = ["installer-role", "network-shared", "network-private", "network-dedicated", "network-private-existing-vpc",
         "endpoint-service"]
TEMPLATES = [f"templates/{name}.template.json" for name in NAMES]
TEMPLATE = TEMPLATES[0]
SOURCES = ["conveyor_iac/pulumi/words.py", "Pulumi.yaml"]
FILES = [*TEMPLATES, "docs/schemas/installation.schema.json", "docs/schemas/vendor-sheet.schema.json",
         "docs/schemas/handover.schema.json", "docs/reference.md", "docs/outbound.md", "docs/published-templates.md",
         *SOURCES]


@pytest.fixture
def copied(root, tmp_path):
    """What is generated, copied from the repository."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def spoil(file):
    """Changes one character."""
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])


def test_current(real, root):
    """In the repository everything is current; --check says so with exit 0 and prints the sizes."""
    answer = real("templates", "--check", cwd=root)
    assert answer.code == 0
    assert [line.split() for line in answer.out.splitlines()[2:]] == [
        [name, str((root / name).stat().st_size), "current"] for name in [*FILES, "README.md"]]


@pytest.mark.parametrize("name", FILES)
def test_one_character(run, copied, tree, name):
    """One changed character is found: exit 1, the file is named, no other is, and nothing is mended."""
    spoil(copied / name)
    before = tree(copied)
    answer = run("templates", "--check", "--dir", copied)
    assert answer.code == 1
    assert f"out of date: {name}. " in answer.err
    assert {row.split()[0] for row in answer.out.splitlines() if "out of date" in row} == {name}
    assert tree(copied) == before


@pytest.mark.parametrize("name", FILES)
def test_missing(run, copied, name):
    """A missing file is named."""
    (copied / name).unlink()
    answer = run("templates", "--check", "--dir", copied, "--json")
    assert answer.code == 1
    assert [row["file"] for row in json.loads(answer.out) if row["state"] == "out of date"] == [name]


def test_extra(run, copied):
    """A template that nothing generates is named: nobody would keep it current."""
    (copied / "templates" / "old.template.json").write_text("{}")
    answer = run("templates", "--check", "--dir", copied)
    assert answer.code == 1
    assert "templates/old.template.json" in answer.err
    assert (copied / "templates" / "old.template.json").exists()


def test_regenerated(run, copied, root):
    """Without --check everything of ours is made current again, and a file of somebody else's is left alone."""
    spoil(copied / TEMPLATE)
    (copied / FILES[-1]).unlink()
    theirs = copied / "templates" / "old.template.json"
    theirs.write_text("{}")
    answer = run("templates", "--dir", copied)
    assert answer.code == 0
    assert theirs.read_text() == "{}"
    theirs.unlink()
    assert run("templates", "--check", "--dir", copied).code == 0
    for name in FILES:
        assert (copied / name).read_bytes() == (root / name).read_bytes()


def test_sources_stay_in_the_repository(run, tmp_path):
    """In another folder only what is there to be read is generated: no source of ours, no Pulumi project."""
    assert run("templates", "--dir", tmp_path).code == 0
    assert (tmp_path / TEMPLATE).is_file()
    assert [name for name in SOURCES if (tmp_path / name).exists()] == []


def test_json(run, copied):
    """--json gives each file with its size and its state."""
    spoil(copied / TEMPLATE)
    answer = run("templates", "--check", "--dir", copied, "--json")
    rows = json.loads(answer.out)
    assert {row["file"]: row["state"] for row in rows} == dict.fromkeys(FILES, "current") | {TEMPLATE: "out of date"}
    assert {row["file"]: row["bytes"] for row in rows} == {name: (copied / name).stat().st_size for name in FILES}


def rows(page):
    """The rows of every table of a page, each as its cells."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_reference(root):
    """The reference has a row for every key of the file, those of parts and of lists of parts included."""
    keys = [row[0].strip("`") for row in rows(root / "docs/reference.md")]
    assert len(keys) == len(set(keys))
    assert {"tenant", "network.existing.route_tables", "outbound", "outbound[].destination"} <= set(keys)
    assert all(row[2] for row in rows(root / "docs/reference.md"))


def test_outbound_page(root):
    """The page of outbound paths has every row of both catalogues, with what travels and why."""
    every = [row for row in rows(root / "docs/outbound.md") if row[0] != "component"]
    found, on_azure = every[:-len(azure.outbound())], every[-len(azure.outbound()):]
    assert [(row[0], row[1].strip("`"), int(row[3]), row[4], row[5]) for row in on_azure] == [
        (row.component, row.destination, row.port, row.data, row.why) for row in azure.outbound()]
    assert [(row[0], row[1].strip("`"), row[2], int(row[4]), row[5], row[6], row[7].split(", ")) for row in found] == [
        (row.component, row.destination, row.direction, row.port, row.data, row.why, list(row.deployments))
        for row in catalogue.outbound()]


@pytest.mark.parametrize("name", NAMES)
def test_page_of_published_templates(root, name):
    """The page of a published template names each of its parameters once, with default, rule and meaning."""
    template = json.loads((root / f"templates/{name}.template.json").read_text())
    sections = (root / "docs/published-templates.md").read_text().split("\n## ")
    (section,) = [text for text in sections if text.startswith(f"{name}\n")]
    found = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    assert sorted(row[0] for row in found) == sorted(template["Parameters"])
    assert template["Description"] in section
    for parameter, _, default, rest in found:
        spelled = template["Parameters"][parameter]
        assert (default == "needed") == ("Default" not in spelled)
        assert default.strip("`") in (spelled.get("Default") or "empty", "needed")
        assert spelled["Description"].replace("|", "\\|") in rest
