"""A folder that is written as a whole or not at all: made beside its place, and then renamed into it."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from conveyor_iac.errors import Fault, InputError


class Put(StrEnum):
    """What became of a folder."""

    written = "written"
    same = "same as before"
    replaced = "replaced"


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """An empty folder on the same disk as the place, which is gone afterwards unless it was renamed."""
    place = _named(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files into a folder that nobody knows yet; scripts may be executed."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o755 if name.endswith(".sh") else 0o644)


def refuse(place: Path, *, force: bool) -> None:
    """`InputError` for a place that no folder can take, whatever is in it: before any work is done."""
    if not _named(place).name:
        raise _refused(place, "the root", "a folder below it", "Name another place")
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise _refused(place, "not a folder", "a folder, or nothing", "Name another place")
    aside = _aside(place)
    if force and os.path.lexists(aside):
        raise _refused(place, f"{aside.name} is there", "--force moves the folder that is there to this name",
                       "Move it away, or remove it")


def put(made: Path, place: Path, *, force: bool) -> Put:
    """Puts a folder in its place. The same content again changes nothing.

    Raises `InputError` where something else is there. With `force` that is kept beside it, as NAME.older: nothing of
    anybody's is removed.
    """
    refuse(place, force=False)
    place = _named(place)
    if not place.exists():
        os.rename(made, place)
        return Put.written
    if not any(place.iterdir()):
        place.rmdir()
        os.rename(made, place)
        return Put.written
    if _same(made, place):
        return Put.same
    if not force:
        raise _refused(place, "holds something else", "an empty folder, or the same content",
                       f"Name another folder, or move it to {_aside(place).name} with --force")
    refuse(place, force=True)
    aside = _aside(place)
    os.rename(place, aside)
    try:
        os.rename(made, place)
    except OSError:
        os.rename(aside, place)
        raise
    return Put.replaced


def _aside(place: Path) -> Path:
    return _named(place).with_name(f"{_named(place).name}.older")


def _named(place: Path) -> Path:
    """The place by its own name, also where it is said as `.` or `..`."""
    return Path(os.path.abspath(place))


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same content."""
    names = _names(one)
    return names == _names(other) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names if not name.endswith("/"))


def _names(folder: Path) -> list[str]:
    """Every file, and every folder and link, below a folder."""
    return sorted(entry.relative_to(folder).as_posix() + ("" if entry.is_file() and not entry.is_symlink() else "/")
                  for entry in folder.rglob("*"))


def _refused(place: Path, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path="--out", value=f"{place} ({value})", rule=rule, way_out=way_out)])
