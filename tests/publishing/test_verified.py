"""What is said of a release: whole and signed; tampered with on the way; signed by a liar; withdrawn; deployed."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.publishing.index import Index, Withdrawn
from conveyor_iac.publishing.keys import ShippedKey, trusted_for
from conveyor_iac.publishing.release import ABOUT, INDEX, SIGNATURE, SUMS, Release, templates_of
from conveyor_iac.publishing.source import opened
from conveyor_iac.publishing.verified import Asked, State, Verified, verified
from tests.publishing.releases import (
    RETIRED,
    STRANGER,
    VENDOR,
    changed,
    edited,
    entry,
    proofs,
    release,
    sources,
    written,
)
from tests.publishing.serving import cut, served, status

TEMPLATE = "endpoint-service.template.json"
REPORT = "proofs/endpoint-service.proof.json"
Look = Callable[..., Verified]


@pytest.fixture(scope="session")
def good() -> Release:
    """A release as it should be."""
    return release()


@pytest.fixture(scope="session")
def installed(good: Release) -> str:
    """The version that made it."""
    return str(json.loads(good.files[ABOUT])["made_by"]["conveyor-iac"])


@pytest.fixture
def look(tmp_path: Path, installed: str, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Looks at the release in a folder or at a URL, with the vendor's key, the real prover and its own templates."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def look(words: Path | str = tmp_path / "1.0.0", **changes: Any) -> Verified:
        asked = {"source": opened(str(words)), "keys": [VENDOR.public], "trusted": lambda _: [VENDOR.public],
                 "installed": installed, "prove": proofs, "synthesize": sources, "same_as": {}, **changes}
        return verified(Asked(**asked), lambda _: None)

    return look


def states(answer: Verified) -> dict[str, str]:
    return {row.what: row.state.value for row in answer.rows}


def told(answer: Verified, what: str, state: State = State.NO) -> str:
    """Why a row came out so."""
    (row,) = (row for row in answer.rows if row.what == what)
    assert row.state is state, row
    return row.told


def indexed(folder: Path, *entries: Any) -> None:
    (folder / INDEX).write_bytes(Index(entries=entries).as_bytes())


def test_a_good_release(good: Release, tmp_path: Path, look: Look) -> None:
    """Of a release that is as it was signed every row is ok, from a folder and, but for one, from a server."""
    written(tmp_path / "1.0.0", good)
    indexed(tmp_path, entry(good))
    answer = look()
    assert set(states(answer).values()) == {"ok"}
    assert answer.holds
    assert (answer.version, answer.key) == ("1.0.0", VENDOR.public.name)
    assert answer.as_json()["rows"][0] == {"what": "signature", "state": "ok", "told": answer.rows[0].told}
    with served(tmp_path) as url:
        assert states(look(url)) == states(answer) | {"other files": "not checked"}


def test_no_byte_can_change(good: Release, tmp_path: Path, look: Look) -> None:
    """Whichever file has one bit changed, the release does not hold; a prover that could be fooled is not asked."""
    folder = written(tmp_path / "1.0.0", good)
    for name in (*good.files, SUMS, SIGNATURE):
        content = (folder / name).read_bytes()
        at = len(content) - 5 if name == SIGNATURE else len(content) // 2  # its first line is signed by nobody
        (folder / name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        answer = look(prove=None, synthesize=None)
        assert not answer.holds, name
        assert states(answer)["proofs"] == "not checked", name
        (folder / name).write_bytes(content)
    assert look(prove=None, synthesize=None).holds


def test_a_tampered_template(good: Release, tmp_path: Path, look: Look) -> None:
    """A template that was changed on the server is named, and nothing else is said to be verified."""
    folder = written(tmp_path / "1.0.0", good)
    content = (folder / TEMPLATE).read_bytes()
    (folder / TEMPLATE).write_bytes(content.replace(b'"AcceptanceRequired": true', b'"AcceptanceRequired": false'))
    answer = look(same_as={"mine": {}})
    assert TEMPLATE in told(answer, "files")
    assert [row.what for row in answer.of(State.NOT_CHECKED)] == ["proofs", "synthesized", "same as mine", "index",
                                                                  "newest"]


def test_tampered_digests(good: Release, tmp_path: Path, look: Look) -> None:
    """Whoever changes a template and its digest with it changes what was signed: no file is even fetched."""
    folder, asked = written(tmp_path / "1.0.0", good), list[str]()
    forged = changed(good, {TEMPLATE: b"{}"})
    (folder / TEMPLATE).write_bytes(b"{}")
    (folder / SUMS).write_bytes(forged.sums)
    with served(tmp_path, asked=asked) as url:
        answer = look(f"{url}/1.0.0")
    assert "did not sign this content" in told(answer, "signature")
    assert {row.state for row in answer.rows[1:]} == {State.NOT_CHECKED}
    assert (answer.version, answer.key) == (None, None)
    assert set(asked) == {f"/1.0.0/{SUMS}", f"/1.0.0/{SIGNATURE}"}


def test_the_signature_of_another_version(good: Release, tmp_path: Path, look: Look) -> None:
    """An older release put in the place of another one is told, whichever of its names was changed with it."""
    written(tmp_path / "1.1.0", good)
    assert "signed as 1.0.0, but" in told(look(tmp_path / "1.1.0"), "version")
    written(tmp_path / "1.0.0", good, comment="conveyor-iac release 1.1.0")
    assert "signed as 1.1.0, but" in told(look(), "version")
    renamed = changed(good, {ABOUT: edited(good.files[ABOUT], "version", to="1.1.0")})
    assert "release.json says 1.1.0" in told(look(written(tmp_path / "1.0.0", renamed)), "version")
    nameless = changed(good, {ABOUT: None})
    (tmp_path / "1.0.0" / ABOUT).unlink()
    assert "release.json says None" in told(look(written(tmp_path / "1.0.0", nameless)), "version")


def test_a_folder_called_otherwise(good: Release, tmp_path: Path, look: Look) -> None:
    """A download may be called as it likes: then its name is no witness, and that is told."""
    answer = look(written(tmp_path / "downloaded", good))
    assert "called downloaded, which is no version" in told(answer, "version", State.OK)


@pytest.mark.parametrize(("comment", "reason"), [
    ("timestamp:1\tfile:SHA256SUMS", "names no version"), ("conveyor-iac release 1", "names no version")])
def test_a_comment_that_names_no_version(good: Release, tmp_path: Path, look: Look, comment: str, reason: str) -> None:
    """What minisign signs without our comment is no release's signature."""
    written(tmp_path / "1.0.0", good, comment=comment)
    assert reason in told(look(), "signature")


def test_another_key(good: Release, tmp_path: Path, look: Look) -> None:
    """A signature by a stranger is told with the key's id, even where it claims to be the vendor's."""
    written(tmp_path / "1.0.0", good, STRANGER)
    assert f"signed by key {STRANGER.public.name}" in told(look(), "signature")


def test_a_retired_key(good: Release, tmp_path: Path, look: Look) -> None:
    """A key that is retired still holds for the versions of its time, and for no other."""
    written(tmp_path / "1.0.0", good, RETIRED)
    for last, holds in (("0.9.0", False), ("1.0.0", True)):
        rows = (ShippedKey(key=RETIRED.public, first_version="0.1.0", last_version=last),
                ShippedKey(key=VENDOR.public, first_version="0.1.0"))
        answer = look(keys=[row.key for row in rows], trusted=partial(trusted_for, rows=rows))
        assert answer.holds is holds
    assert "not trusted for 1.0.0" in told(look(keys=[RETIRED.public]), "signature")


@pytest.mark.parametrize(("content", "reason"), [(None, "there is no SHA256SUMS.minisig"),
                                                 (b"", "a signature of minisign"),
                                                 (b"signed, I swear\n", "a signature of minisign")])
def test_no_signature(good: Release, tmp_path: Path, look: Look, content: bytes | None, reason: str) -> None:
    """Without a signature, or with something else in its place, nothing is verified."""
    file = written(tmp_path / "1.0.0", good) / SIGNATURE
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert reason in told(look(), "signature")


def test_a_signature_that_is_denied(good: Release, tmp_path: Path, look: Look) -> None:
    """S3 denies what is not there to whoever may not list: that is no signature either."""
    written(tmp_path / "1.0.0", good)
    with served(tmp_path, {f"/1.0.0/{SIGNATURE}": status(403)}) as url:
        assert "HTTP 403" in told(look(f"{url}/1.0.0"), "signature")


def test_no_digests(good: Release, tmp_path: Path, look: Look) -> None:
    """A folder without SHA256SUMS is no release."""
    (written(tmp_path / "1.0.0", good) / SUMS).unlink()
    with pytest.raises(InputError, match=r"versions\.json: not there"):
        look()


def test_a_missing_file(good: Release, tmp_path: Path, look: Look) -> None:
    """A file that is gone is named."""
    (written(tmp_path / "1.0.0", good) / REPORT).unlink()
    assert f"{REPORT}: not there" in told(look(), "files")


def test_files_besides(good: Release, tmp_path: Path, look: Look) -> None:
    """What lies in the folder and was not signed is named, in folders below and as a link too; a server lists none."""
    folder = written(tmp_path / "1.0.0", good)
    (folder / "proofs/more.json").write_text("{}")
    (folder / "installer.template.json").symlink_to(folder / TEMPLATE)
    assert told(look(), "other files") == "not in SHA256SUMS: installer.template.json, proofs/more.json"
    assert states(look())["proofs"] == "ok"


def test_a_download_that_is_cut(good: Release, tmp_path: Path, look: Look) -> None:
    """A download that stops in the middle is told as that."""
    written(tmp_path / "1.0.0", good)
    with served(tmp_path, {f"/1.0.0/{TEMPLATE}": cut}) as url:
        assert "the reply stopped after 10 of 100 bytes" in told(look(f"{url}/1.0.0"), "files")


def test_a_vendor_who_lies(good: Release, tmp_path: Path, look: Look) -> None:
    """A report that says proved where the prover refutes is found out, however well everything is signed."""
    loose = good.files[TEMPLATE].replace(b'"AcceptanceRequired": true', b'"AcceptanceRequired": false')
    report = proofs(templates_of({TEMPLATE: loose}))["endpoint-service"]
    lie = json.loads(good.files[REPORT]) | {"sha256": report["sha256"]}
    written(tmp_path / "1.0.0", changed(good, {TEMPLATE: loose, REPORT: json.dumps(lie).encode()}))
    answer = look()
    assert states(answer)["files"] == "ok"
    assert told(answer, "proofs") == (
        "endpoint-service: privatelink.acceptance is refuted here, the report says proved")
    assert TEMPLATE in told(answer, "synthesized")


def test_a_report_of_another_template(good: Release, tmp_path: Path, look: Look) -> None:
    """A report whose digest is another template's, and a report that is not there or is none, prove nothing."""
    for content in (edited(good.files[REPORT], "sha256", to="0" * 64), b"[]", b"proved"):
        written(tmp_path / "1.0.0", changed(good, {REPORT: content}))
        assert "endpoint-service: its report is of another template, or is none" in told(look(), "proofs")
    (tmp_path / "1.0.0" / REPORT).unlink()
    written(tmp_path / "1.0.0", changed(good, {REPORT: None}))
    assert "endpoint-service: its report" in told(look(), "proofs")


def test_a_report_that_says_no(good: Release, tmp_path: Path, look: Look) -> None:
    """A claim that the release itself does not call proved does not pass, whatever comes out here."""
    report = edited(good.files[REPORT], "claims", 0, "verdict", to="undecided")
    written(tmp_path / "1.0.0", changed(good, {REPORT: report}))
    assert "is proved here, the report says undecided" in told(look(), "proofs")


def test_a_claim_that_stands_there_twice(good: Release, tmp_path: Path, look: Look) -> None:
    """A claim that is refuted and further down proved is refuted, in the report and here."""
    report = json.loads(good.files[REPORT])
    no = {**report["claims"][0], "verdict": "refuted"}
    both = {**report, "claims": [no, *report["claims"]]}
    written(tmp_path / "1.0.0", changed(good, {REPORT: json.dumps(both).encode()}))
    assert "is proved here, the report says refuted" in told(look(), "proofs")
    written(tmp_path / "1.0.0", good)
    assert "is refuted here" in told(look(prove=lambda made: proofs(made) | {"endpoint-service": both}), "proofs")


def test_a_release_without_templates(good: Release, tmp_path: Path, look: Look) -> None:
    """Where there is no template nothing is proved."""
    none = dict.fromkeys(name for name in good.files if name.endswith(".template.json"))
    written(tmp_path / "empty", changed(good, none))
    assert told(look(tmp_path / "empty"), "proofs") == "there is no template"


def test_a_claim_that_is_not_known_here(good: Release, tmp_path: Path, look: Look) -> None:
    """A claim that only the report knows is a lie where the same version made it; of another it is not checked."""
    report = edited(good.files[REPORT], "claims", 0, "id", to="privatelink.made-up")
    written(tmp_path / "1.0.0", changed(good, {REPORT: report}))
    assert "privatelink.made-up is proved by the report and is not asked here" in told(look(), "proofs")
    answer = look(installed="99.0.0")
    assert "install the version that made it" in told(answer, "proofs", State.NOT_CHECKED)
    assert answer.holds


def test_a_template_that_the_prover_refuses(good: Release, tmp_path: Path, look: Look) -> None:
    """A template that is none is a no, with the prover's own words, and is no deployed one."""
    for content in (b"{}", b"no template"):
        written(tmp_path / "1.0.0", changed(good, {TEMPLATE: content}))
        answer = look(same_as={"mine": {"Resources": {}}})
        assert "a template is a mapping" in told(answer, "proofs")
        assert "none of the 2 templates" in told(answer, "same as mine")


def test_templates_made_otherwise(good: Release, tmp_path: Path, look: Look) -> None:
    """The version that made the release makes the same files, each of them and no other, or they are named."""
    written(tmp_path / "1.0.0", good)
    assert "the same 3 templates and schemas" in told(look(), "synthesized", State.OK)
    less = {name: content for name, content in sources().items() if name != TEMPLATE}
    for made in (less, {**sources(), TEMPLATE: b"{}"}):
        assert f"makes otherwise: {TEMPLATE}" in told(look(synthesize=lambda made=made: made), "synthesized")


def test_templates_of_another_version(good: Release, tmp_path: Path, look: Look, installed: str) -> None:
    """What another version made is not made again: which one to install is told."""
    written(tmp_path / "1.0.0", good)
    assert f"=={installed}'" in told(look(installed="99.0.0"), "synthesized", State.NOT_CHECKED)


def test_what_is_left_out_is_told(good: Release, tmp_path: Path, look: Look) -> None:
    """What is left out, or needs a package that is not here, is not checked and never ok."""
    def absent(*_: Any) -> Mapping[str, Any]:
        raise ModuleNotFoundError("No module named 'z3'")

    written(tmp_path / "1.0.0", good)
    assert told(look(prove=None), "proofs", State.NOT_CHECKED) == "left out, as asked"
    assert "No module named 'z3'" in told(look(prove=absent), "proofs", State.NOT_CHECKED)
    assert "No module named 'z3'" in told(look(synthesize=absent), "synthesized", State.NOT_CHECKED)


def test_a_deployed_template(good: Release, tmp_path: Path, look: Look) -> None:
    """A deployed template is one of the release's however it is written down, and is none when one value differs."""
    written(tmp_path / "1.0.0", good)
    body = json.loads(good.files[TEMPLATE])
    turned = dict(reversed(body.items()))
    number = json.loads(good.files[TEMPLATE].replace(b'"AcceptanceRequired": true', b'"AcceptanceRequired": 1'))
    answer = look(prove=None, synthesize=None, same_as={"mine": turned, "other": number})
    assert told(answer, "same as mine", State.OK) == "it is endpoint-service of this release"
    assert told(answer, "same as other") == "it is none of the 2 templates of this release"
    assert not answer.holds


def test_a_withdrawn_version(good: Release, tmp_path: Path, look: Look) -> None:
    """A withdrawn version is warned about with the reason; what it is made of holds as before."""
    written(tmp_path / "1.0.0", good)
    indexed(tmp_path, entry(good, withdrawn=Withdrawn(reason="its boundary is too wide", at="2026-02-03T04:05:06Z")))
    answer = look()
    assert told(answer, "index", State.WARNING) == "WITHDRAWN on 2026-02-03T04:05:06Z: its boundary is too wide"
    assert answer.holds


def test_a_newer_version(good: Release, tmp_path: Path, look: Look) -> None:
    """A newer version is told; one that is only to be tried, or was withdrawn, is none."""
    written(tmp_path / "1.0.0", good)
    withdrawn = Withdrawn(reason="no", at="2026-02-03T04:05:06Z")
    unfit = (entry(good, version="3.0.0-rc.1"), entry(good, version="2.0.0", withdrawn=withdrawn))
    indexed(tmp_path, *unfit, entry(good))
    assert "there is no newer version, says versions.json" in told(look(), "newest", State.OK)
    indexed(tmp_path, *unfit, entry(good, version="1.0.1"), entry(good))
    assert told(look(), "newest", State.WARNING) == "1.0.1 is newer"


def test_an_index_that_says_otherwise(good: Release, tmp_path: Path, look: Look) -> None:
    """An index with other bytes for this version is a no; one without the version is a warning; none is not checked."""
    written(tmp_path / "1.0.0", good)
    assert "versions.json: not there" in told(look(), "index", State.NOT_CHECKED)
    assert "versions.json: not there" in told(look(), "newest", State.NOT_CHECKED)
    indexed(tmp_path)
    assert "does not name 1.0.0" in told(look(), "index", State.WARNING)
    indexed(tmp_path, entry(good, sha256sums="0" * 64))
    assert "it names another 1.0.0" in told(look(), "index")
    (tmp_path / INDEX).write_text("no index")
    assert "not JSON" in told(look(), "index", State.NOT_CHECKED)


def test_nothing_reaches_the_terminal(good: Release, tmp_path: Path, look: Look) -> None:
    """What a release says of itself is shown in one plain line, whatever stands in it."""
    forged = changed(good, {ABOUT: edited(good.files[ABOUT], "version", to="1.0.0\x1b[2J\nverified")})
    written(tmp_path / "1.0.0", forged)
    assert "1.0.0 [2J verified" in told(look(), "version")
