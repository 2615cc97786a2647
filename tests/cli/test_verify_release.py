"""The command that checks a release: its words, its exit codes, the keys it trusts, and what it says in the end."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.publishing.index import Index, Withdrawn
from conveyor_iac.publishing.keys import shipped
from conveyor_iac.publishing.release import INDEX, SIGNATURE, SUMS, Release
from tests.publishing.releases import STRANGER, VENDOR, entry, release, written
from tests.publishing.serving import served

TEMPLATE = "endpoint-service.template.json"
KEY = ("--public-key", VENDOR.public.text)
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def good() -> Release:
    """A release as it should be."""
    return release()


@pytest.fixture
def folder(good: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the release, and the index beside it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / INDEX).write_bytes(Index(entries=(entry(good),)).as_bytes())
    return written(tmp_path / "1.0.0", good)


def test_a_good_release(run: Run, folder: Path) -> None:
    """A release that is as it was signed ends with 0: what was looked at in rows, and the verdict last."""
    answer = run("verify-release", folder, *KEY, "--no-synth")
    assert answer.code == 0
    assert [line.split("  ")[0] for line in answer.out.splitlines()] == [
        "ok", "ok", "ok", "ok", "ok", "not checked", "ok", "ok"]
    assert answer.err.splitlines()[-1] == (f"verified: {folder} is release 1.0.0, signed by {VENDOR.public.name};"
                                           " not checked: synthesized")


def test_the_latest_of_a_server(run: Run, folder: Path) -> None:
    """The URL above the versions leads to the latest one, and --version to another; what is not there is bad input."""
    with served(folder.parent) as url:
        for more in ((), ("--version", "1.0.0")):
            answer = run("verify-release", url, *KEY, "--no-synth", "--no-proofs", "--json", *more)
            assert (answer.code, json.loads(answer.out)["release"]) == (0, f"{url}/1.0.0")
        assert run("verify-release", url, *KEY, "--version", "2.0.0").code == 2


def test_json(run: Run, folder: Path) -> None:
    """--json prints the verdict, the version, the key and every row."""
    answer = run("verify-release", folder, *KEY, "--no-synth", "--json")
    found = json.loads(answer.out)
    assert {key: found[key] for key in ("release", "verdict", "version", "key")} == {
        "release": str(folder), "verdict": "ok", "version": "1.0.0", "key": VENDOR.public.name}
    assert [row["what"] for row in found["rows"]] == ["signature", "version", "files", "other files", "proofs",
                                                      "synthesized", "index", "newest"]


def test_a_tampered_template(run: Run, folder: Path) -> None:
    """One changed byte ends with 1, and says which file."""
    content = (folder / TEMPLATE).read_bytes()
    (folder / TEMPLATE).write_bytes(content + b" ")
    answer = run("verify-release", folder, *KEY)
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == f"not verified: {folder}: files"
    assert f"no           files: {folder}/{TEMPLATE}: sha256 " in answer.out
    assert json.loads(run("verify-release", folder, *KEY, "--json").out)["verdict"] == "no"


def test_the_key_of_a_file(run: Run, folder: Path, tmp_path: Path) -> None:
    """Of several keys, given as text or as minisign's file, one must have signed."""
    file = tmp_path / "vendor.pub"
    file.write_text(f"untrusted comment: minisign public key\n{VENDOR.public.text}\n")
    words = ("verify-release", folder, "--no-synth", "--no-proofs", "--public-key", STRANGER.public.text)
    assert run(*words, "--public-key", file).code == 0
    assert run(*words).code == 1


def test_shipped_keys(run: Run, folder: Path) -> None:
    """Without a key of one's own only those that ship are trusted: a stranger's release does not pass."""
    answer = run("verify-release", folder)
    assert answer.code == (1 if shipped() else 2)
    assert ("not verified: " if shipped() else "a key to trust: none ships") in answer.err


def test_every_bad_key_at_once(run: Run, folder: Path) -> None:
    """Each key that is none is told, and none is shown: it may be a secret one."""
    long = "only-in-this-test" * 30  # no file has so long a name
    answer = run("verify-release", folder, "--public-key", "only-in-this-test", "--public-key", "RWnothing",
                 "--public-key", long)
    assert answer.code == 2
    assert answer.err.count("--public-key: (hidden)") == 3
    assert "only-in-this-test" not in answer.err + answer.out


def test_a_password_in_the_words(run: Run) -> None:
    """A URL with a password in it is shown nowhere, in what is said on the way neither."""
    answer = run("verify-release", "https://me:only-in-this-test@vendor.example/1.0.0", *KEY, "--json")
    assert answer.code == 2
    assert "only-in-this-test" not in answer.err + answer.out


@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: {"TemplateBody": body, "StagesAvailable": []},
                                  lambda body: {"TemplateBody": json.dumps(body)}])
def test_a_deployed_template(run: Run, folder: Path, tmp_path: Path, wrap: Callable[[Any], Any],
                             monkeypatch: pytest.MonkeyPatch) -> None:
    """--same-as takes what get-template prints, or the template itself, from a file and from standard input."""
    body = json.loads((folder / TEMPLATE).read_bytes())
    file = tmp_path / "deployed.json"
    file.write_text(json.dumps(wrap(body)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    words = ("verify-release", folder, *KEY, "--no-synth", "--no-proofs")
    answer = run(*words, "--same-as", file, "--same-as", "-")
    assert answer.code == 0
    assert answer.out.count("it is endpoint-service of this release") == 2
    body["Description"] = "another one"
    file.write_text(json.dumps(wrap(body)))
    answer = run(*words, "--same-as", file)
    assert answer.code == 1
    assert "it is none of the 2 templates" in answer.out


def test_every_bad_stack_at_once(run: Run, folder: Path, tmp_path: Path) -> None:
    """A file that is no template and a name that no stack can have are both told, before anything is fetched."""
    file = tmp_path / "deployed.json"
    file.write_text("[]")
    answer = run("verify-release", folder, *KEY, "--same-as", file, "--same-as", "no_stack")
    assert answer.code == 2
    assert "deployed.json" in answer.err
    assert "--same-as no_stack: no file, and no name of a stack" in answer.err


def test_a_withdrawn_version(run: Run, folder: Path, good: Release) -> None:
    """A withdrawn version is warned about where everybody sees it, and is still what was signed."""
    withdrawn = Withdrawn(reason="its boundary is too wide", at="2026-02-03T04:05:06Z")
    (folder.parent / INDEX).write_bytes(Index(entries=(entry(good, withdrawn=withdrawn),)).as_bytes())
    answer = run("verify-release", folder, *KEY, "--no-synth", "--no-proofs")
    assert answer.code == 0
    assert "warning: index: WITHDRAWN on 2026-02-03T04:05:06Z: its boundary is too wide" in answer.err
    assert "WITHDRAWN" in answer.out
    assert run("verify-release", folder.parent, *KEY).code == 2  # there is no latest version


@pytest.mark.parametrize(("words", "reason"), [
    (("no/such/folder",), "a folder that is there"), (("ftp://vendor.example/1.0.0",), "https://"),
    (("https://vendor.example/1.0.0?a=b",), "nothing after them"), ((".", "--version", "v1"), "semantic version")])
def test_bad_input(run: Run, words: tuple[str, ...], reason: str) -> None:
    """Words that name no release end with 2, in one line, with --json on stdout too."""
    answer = run("verify-release", *words, *KEY)
    assert (answer.code, len(answer.err.splitlines())) == (2, 2)
    assert reason in answer.err
    assert json.loads(run("verify-release", *words, *KEY, "--json").out)["faults"]


def test_no_release(run: Run, folder: Path) -> None:
    """A folder that lost its digests is bad input, one that lost its signature is not verified."""
    (folder / SIGNATURE).unlink()
    answer = run("verify-release", folder, *KEY)
    assert (answer.code, "there is no SHA256SUMS.minisig" in answer.out) == (1, True)
    (folder / SUMS).unlink()
    assert run("verify-release", folder, *KEY).code == 2
