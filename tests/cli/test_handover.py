"""`conveyor-iac handover`: what is read, what is written where, and what is refused."""

import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cli.handover_words import words
from conveyor_iac.publishing.release import Release
from tests.model.handing import PUBLIC, ROOT, SECRET, cdk, example, leaves, pulumi, sheet

PRIVATE = ROOT / "examples" / "private.yaml"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """What the CDK writes for the example."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(cdk(example("private"))))
    return file


@pytest.fixture
def wanted() -> dict[str, Any]:
    """The sheet of the example."""
    return sheet(example("private"), cdk(example("private"))).as_json()


@pytest.fixture
def released(tmp_path: Path) -> Callable[..., Path]:
    """Writes a release of our templates below an index, as far as this command reads it."""

    def released(version: str = "1.2.0", folder: str = "", withdrawn: Any = None, leave_out: str = "") -> Path:
        files = {file.name: file.read_bytes() for file in (ROOT / "templates").glob("*.json")
                 if not leave_out or leave_out not in file.name}
        made = Release(version=version, files={**files, "release.json": json.dumps({"version": version}).encode()})
        below = tmp_path / "releases" / (folder or version)
        below.mkdir(parents=True)
        for name, content in made.files.items():
            (below / name).write_bytes(content)
        (below / "SHA256SUMS").write_bytes(made.sums)
        row = {"version": version, "published": "2026-11-22T10:00:00Z", "sha256sums": sha256(made.sums).hexdigest(),
               "key": "0123456789ABCDEF", "compared_with": None, "verdict": None, "backport": False,
               "withdrawn": withdrawn}
        (below.parent / "versions.json").write_text(json.dumps(
            {"schema": 1, "latest": None if withdrawn else version, "versions": [row]}))
        return below

    return released


def test_both_forms(run: Any, outputs: Path, wanted: dict[str, Any]) -> None:
    """On stdout the sheet is Markdown, or JSON with --json or --format json; what is not known is said on stderr."""
    plain = run("handover", "-f", PRIVATE, outputs)
    assert (plain.code, plain.out) == (0, words(wanted))
    assert "not known: release: no output says it." in plain.err
    for option in (["--json"], ["--format", "json"], ["--format", "json", "--json"]):
        answer = run("handover", "-f", PRIVATE, outputs, *option)
        assert (answer.code, json.loads(answer.out)) == (0, wanted)


def test_standard_input(run: Any, outputs: Path, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads standard input, beside files."""
    whole = json.loads(outputs.read_text())
    first = {name: whole.pop(name) for name in list(whole)[:1]}
    outputs.write_text(json.dumps(first))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(whole).encode())))
    answer = run("handover", "-f", PRIVATE, "-", outputs, "--json")
    assert (answer.code, json.loads(answer.out)) == (0, wanted)


@pytest.mark.parametrize("name", PUBLIC)
def test_markdown_says_what_the_json_says(name: str) -> None:
    """Every value of the JSON stands in the Markdown, and in a table of its own kind."""
    found = sheet(example(name), pulumi(example(name))).as_json()
    page = words(found)
    for path, value in leaves(found).items():
        assert {"None": "none", "True": "yes", "False": "no"}.get(str(value), str(value)) in page, path
    assert [line for line in page.splitlines() if line.startswith("|") and not line.endswith("|")] == []


def test_markdown_holds_a_customers_name() -> None:
    """A name with signs of Markdown's tables does not end a cell, and one of HTML begins none."""
    labels = {"customer": "Acme | Sons\nInc. <b>"}
    found = sheet(example("private", labels=labels), cdk(example("private"))).as_json()
    assert "| labels.customer | Acme \\| Sons Inc. \\<b> |" in words(found)


def test_written_to_a_file(run: Any, outputs: Path, tmp_path: Path, wanted: dict[str, Any]) -> None:
    """-o writes the form of the file's name, stdout stays for --json; the same content may be written again."""
    file, page = tmp_path / "new" / "handover.json", tmp_path / "new" / "handover.md"
    assert run("handover", "-f", PRIVATE, outputs, "-o", file).out == ""
    assert json.loads(file.read_text()) == wanted
    before = file.read_bytes()
    assert run("handover", "-f", PRIVATE, outputs, "-o", file).code == 0
    assert file.read_bytes() == before
    answer = run("handover", "-f", PRIVATE, outputs, "-o", page, "--json")
    assert (page.read_text(), json.loads(answer.out)) == (words(wanted), wanted)
    assert sorted(each.name for each in file.parent.iterdir()) == ["handover.json", "handover.md"]


def test_other_content_stays(run: Any, outputs: Path, tmp_path: Path) -> None:
    """A file with other content is refused without --force, and replaced with it; a folder is refused."""
    file = tmp_path / "handover.json"
    file.write_text("mine")
    answer = run("handover", "-f", PRIVATE, outputs, "-o", file)
    assert (answer.code, file.read_text()) == (2, "mine")
    assert "exists already, with other content" in answer.err
    assert run("handover", "-f", PRIVATE, outputs, "-o", file, "--force").code == 0
    assert json.loads(file.read_text())["tenant"] == "acme"
    assert run("handover", "-f", PRIVATE, outputs, "-o", tmp_path).code == 2


def test_nothing_is_half_written(run: Any, outputs: Path, tmp_path: Path) -> None:
    """With an output missing nothing is written, and stdout has the faults as JSON where they were asked for."""
    whole = json.loads(outputs.read_text())
    del whole["conveyor-acme-network"]
    outputs.write_text(json.dumps(whole))
    answer = run("handover", "-f", PRIVATE, outputs, "-o", tmp_path / "new" / "handover.json", "--json")
    assert answer.code == 2
    assert {fault["path"] for fault in json.loads(answer.out)["faults"]} == {
        "VpcId", "NodeSubnetIds", "PodSubnetIds", "EndpointSubnetIds", "ZoneIds", "ClusterTags", "CognitoNames"}
    assert "the stack conveyor-acme-network, or the one of the published template network-private" in answer.err
    assert not (tmp_path / "new").exists()


def test_checksums_of_templates(run: Any, outputs: Path) -> None:
    """--template tells the checksum of each file; the version stays unknown, and that is said."""
    files = [ROOT / "templates" / f"{name}.template.json" for name in ("installer-role", "network-private")]
    named = [word for file in files for word in ("--template", file)]
    answer = run("handover", "-f", PRIVATE, outputs, "--json", *named)
    found = json.loads(answer.out)
    assert found["release"] == {"version": None, "sha256sums": None, "templates": [
        {"file": file.name, "sha256": sha256(file.read_bytes()).hexdigest()} for file in files]}
    assert "not known: release.version" in answer.err


@pytest.mark.parametrize("folder", ["1.2.0", "downloaded"])
def test_a_release(run: Any, outputs: Path, released: Callable[..., Path], folder: str) -> None:
    """--release tells the version, wherever it lies, the checksum of its digests, and those of the templates used."""
    below = released(folder=folder)
    answer = run("handover", "-f", PRIVATE, outputs, "--json", "--release", below)
    found = json.loads(answer.out)["release"]
    assert (answer.code, found["version"]) == (0, "1.2.0")
    assert found["sha256sums"] == sha256((below / "SHA256SUMS").read_bytes()).hexdigest()
    assert found["templates"] == [
        {"file": f"{name}.template.json",
         "sha256": sha256((below / f"{name}.template.json").read_bytes()).hexdigest()}
        for name in ("network-private", "installer-role")]
    assert "release" not in {row["key"] for row in json.loads(answer.out)["not_known"]}


def test_a_withdrawn_release(run: Any, outputs: Path, released: Callable[..., Path], tmp_path: Path) -> None:
    """A version that was withdrawn is not handed over: the answer is no, with the reason."""
    below = released(withdrawn={"reason": "A permission too many", "at": "2026-11-23T10:00:00Z"})
    answer = run("handover", "-f", PRIVATE, outputs, "--release", below, "-o", tmp_path / "sheet.json")
    assert answer.code == 1
    assert "1.2.0 is withdrawn since 2026-11-23T10:00:00Z: A permission too many" in answer.err
    assert not (tmp_path / "sheet.json").exists()


def test_releases_that_do_not_fit(run: Any, outputs: Path, released: Callable[..., Path], tmp_path: Path) -> None:
    """A release without the installation's template, no release at all, and both options together are refused."""
    below = released(leave_out="network-private")
    for words_, said in ((["--release", below], "has no network-private.template.json"),
                         (["--release", tmp_path / "none"], "a folder that is there"),
                         (["--release", below.parent], "its latest is 1.2.0: the version that was deployed"),
                         (["--release", below, "--template", PRIVATE], "--template: with --release: one of both"),
                         (["--template", tmp_path / "none"], "a template that can be read"),
                        (["--template", tmp_path / "no\udcff.json"], "a name of printable UTF-8 text")):
        answer = run("handover", "-f", PRIVATE, outputs, *words_)
        assert answer.code == 2
        assert said in answer.err


@pytest.mark.parametrize(("content", "said"), [
    (b"", "(empty): what a deploy handed out"), (b"Outputs:\n  VpcId", "not JSON"), (b"\xff\xfe", "not JSON"),
    (b"null", "null: what a deploy handed out"), (b"[" * 100_000, "not JSON"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, "nested too deep"),
], ids=["empty", "text", "bytes", "null", "deep", "nested"])
def test_what_cannot_be_read(run: Any, tmp_path: Path, content: bytes, said: str) -> None:
    """What is no JSON is refused with the way to get some, and nothing of it is repeated."""
    file = tmp_path / "outputs.json"
    file.write_bytes(content)
    answer = run("handover", "-f", PRIVATE, file)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_every_fault_at_once(run: Any, tmp_path: Path, written: Any) -> None:
    """The faults of the installation, of each file and of the options are told together."""
    answer = run("handover", "-f", written(tenant="A"), tmp_path / "none.json", tmp_path / "none.json",
                 "--format", "markdown", "--json")
    assert answer.code == 2
    for said in ("tenant: 'A'", "none.json: No such file", "OUTPUTS: a file twice", "--json: with --format markdown"):
        assert said in answer.err


def test_the_external_id_is_told_nowhere(run: Any, written: Any, outputs: Path, tmp_path: Path, tree: Any) -> None:
    """Neither the file's own external id nor one among the outputs is printed or written."""
    file = written(external_id=SECRET)
    for option in ([], ["--json"], ["-o", tmp_path / "sheet.md"], ["-o", tmp_path / "sheet.json"]):
        answer = run("handover", "-f", file, outputs, *option)
        assert answer.code == 0
        assert SECRET not in answer.out + answer.err
    outputs.write_text(json.dumps({**pulumi(example("private")), "external_id": SECRET}))
    answer = run("handover", "-f", file, outputs, "--json")
    assert answer.code == 2
    assert SECRET not in answer.out + answer.err
    assert sorted(name for name, content in tree(tmp_path).items() if SECRET.encode() in content) == [
        "conveyor.yaml", "outputs.json"]
