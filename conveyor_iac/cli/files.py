"""Writing files so that none is lost and none is half-written."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from conveyor_iac.errors import Fault, InputError


def write(file: Path, content: bytes) -> None:
    """Writes a file as a whole: to a temporary one beside it, which is then renamed. Existing content is replaced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def refuse_existing(files: Iterable[Path]) -> None:
    """`InputError` with each file that exists already."""
    taken = [file for file in files if file.exists()]
    if taken:
        raise InputError(Fault(path=str(file), value="exists already", rule="nothing is ever overwritten",
                               way_out="Name another place, or move the file away") for file in taken)


def write_new(files: Mapping[Path, bytes]) -> None:
    """Writes files that must not exist yet; `InputError` with each that does, and then none is written."""
    refuse_existing(files)
    for file, content in files.items():
        write(file, content)


ASSEMBLY = ("manifest.json", "cdk.out", "tree.json", "*.template.json", "*.metadata.json", "*.assets.json", "*.lock")
"""What an assembly of ours consists of; a folder with anything else in it is somebody's own."""


def replace_folder(new: Path, old: Path) -> None:
    """Puts a finished assembly in the place of an older one, which goes to where the new one was.

    `InputError` when what is there is no assembly, or holds anything besides; it is left as it was.
    """
    if not os.path.lexists(old):
        os.rename(new, old)
        return
    foreign = _foreign(old)
    if foreign:
        raise InputError([Fault(path="--output", value=f"{old} ({foreign})", rule="an empty folder, or an older"
                                " assembly and nothing besides", way_out="Name another folder")])
    aside = new.parent / "older"
    os.rename(old, aside)
    try:
        os.rename(new, old)
    except OSError:
        os.rename(aside, old)
        raise


def _foreign(folder: Path) -> str:
    """Why a folder is not ours to replace, or nothing."""
    if folder.is_symlink() or not folder.is_dir():
        return "not a folder"
    others = sorted(entry.name for entry in folder.iterdir()
                    if entry.is_dir() or not any(fnmatch(entry.name, pattern) for pattern in ASSEMBLY))
    known = not any(folder.iterdir()) or (folder / "cdk.out").is_file()
    return f"it holds {others[0]}" if others else "" if known else "its manifest is not an assembly's"
