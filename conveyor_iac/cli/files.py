"""Writing files so that none is lost and none is half-written."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
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


def replace_folder(new: Path, old: Path) -> None:
    """Puts a finished assembly in the place of an older one; `InputError` when what is there is no assembly."""
    if old.exists():
        if not old.is_dir() or (any(old.iterdir()) and not (old / "manifest.json").exists()):
            raise InputError([Fault(path="--output", value=str(old), rule="an empty folder or an older assembly",
                                    way_out="Name another folder")])
        shutil.rmtree(old)
    os.rename(new, old)
