"""A folder is put in its place whole, never mixed with what is there, and nothing of anybody's is removed."""

from pathlib import Path

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.publishing.rollout.folders import Put, beside, fill, put, refuse

FILES = {"a.json": b"1", "b/c.sh": b"2"}


def tried(place: Path, files: dict[str, bytes], *, force: bool = False) -> Put:
    """Puts a folder of these files there."""
    with beside(place) as folder:
        fill(folder / "made", files) if files else (folder / "made").mkdir()
        return put(folder / "made", place, force=force)


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_new_place(tmp_path: Path) -> None:
    """Where nothing is, or an empty folder, it is written; scripts may be executed, and nothing is left beside it."""
    (tmp_path / "empty").mkdir()
    for name in ("new/below", "empty"):
        assert tried(tmp_path / name, FILES) is Put.written
        assert content(tmp_path / name) == FILES
    assert (tmp_path / "empty/b/c.sh").stat().st_mode & 0o777 == 0o755
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["empty", "new"]


def test_the_same_again(tmp_path: Path) -> None:
    """The same content again changes nothing, also with force."""
    tried(tmp_path / "out", FILES)
    before = (tmp_path / "out/a.json").stat().st_mtime_ns
    assert {tried(tmp_path / "out", FILES, force=force) for force in (False, True)} == {Put.same}
    assert (tmp_path / "out/a.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("there", [{"a.json": b"other"}, {**FILES, "mine": b""}, {"a.json": b"1"}, {"a.json/x": b""}],
                         ids=str)
def test_other_content(tmp_path: Path, there: dict[str, bytes]) -> None:
    """Other content is refused and left as it was; with force it is kept beside, whole."""
    fill(tmp_path / "out", there)
    with pytest.raises(InputError, match="holds something else"):
        tried(tmp_path / "out", FILES)
    assert content(tmp_path / "out") == there
    assert tried(tmp_path / "out", FILES, force=True) is Put.replaced
    assert (content(tmp_path / "out"), content(tmp_path / "out.older")) == (FILES, there)


def test_nothing_older_is_lost(tmp_path: Path) -> None:
    """Where the older one has no room beside it, force is refused, before anything is made."""
    fill(tmp_path / "out", {"mine": b"2"})
    fill(tmp_path / "out.older", {"mine": b"1"})
    for call in (lambda: tried(tmp_path / "out", FILES, force=True), lambda: refuse(tmp_path / "out", force=True)):
        with pytest.raises(InputError, match=r"out\.older is there"):
            call()
    assert (content(tmp_path / "out"), content(tmp_path / "out.older")) == ({"mine": b"2"}, {"mine": b"1"})


def test_no_folder(tmp_path: Path) -> None:
    """A file and a link are no place for a folder."""
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(InputError, match="not a folder"):
            refuse(tmp_path / name, force=True)


def test_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The present folder is a place like any other; the root is none."""
    fill(tmp_path / "here", {"mine": b"1"})
    monkeypatch.chdir(tmp_path / "here")
    assert tried(Path(), FILES, force=True) is Put.replaced
    assert (content(tmp_path / "here"), content(tmp_path / "here.older")) == (FILES, {"mine": b"1"})
    with pytest.raises(InputError, match="the root"):
        refuse(Path("/"), force=True)


def test_an_interrupted_one_leaves_nothing(tmp_path: Path) -> None:
    """Whoever stops it in the middle leaves no half-written folder."""
    def interrupted() -> None:
        with beside(tmp_path / "out") as folder:
            fill(folder / "made", FILES)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
