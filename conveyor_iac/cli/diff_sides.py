"""The two sides of a diff: a template file, a folder, a release by its version, or a URL; each as templates by name."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conveyor_iac.errors import Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.proofs.template import Template

STANDARD_INPUT = "-"
ENDINGS = (".template.json", ".template.yaml", ".template.yml", ".json", ".yaml", ".yml", ".template")
"""How the files of templates are called; the longest that fits is taken off for the template's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How releases are read. `at` is where versions.json lies; the rest is for s3, in the words of AWS."""

    at: str | None = None
    region: str | None = None
    profile: str | None = None
    endpoint: str | None = None

    def release(self, words: str, version: str | None = None) -> dict[str, bytes]:
        """The templates of a release, held against its digests; whose signature it has is not asked."""
        from conveyor_iac.publishing.release import templates_of
        from conveyor_iac.publishing.source import files_of, opened

        return templates_of(files_of(opened(words, version=version, region=self.region, profile=self.profile,
                                            endpoint=self.endpoint)))

    def file(self, url: str) -> bytes:
        """One file at a URL."""
        from conveyor_iac.publishing.fetching import from_s3, from_web

        fetch = from_web if not url.startswith("s3://") else from_s3(
            region=self.region, profile=self.profile, endpoint=self.endpoint)
        content = fetch(url)
        if content is None:
            raise _refused(url, "not there", "the URL of a template or of a release", "Look at the URL")
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side is called, and its templates. `alone`: one file, which is compared whatever it is called."""

    words: str
    templates: "Mapping[str, Template]"
    alone: bool = False


def sides(old: str, new: str, reader: Reader) -> tuple[Side, Side]:
    """Both sides under the same names; `InputError` with the faults of both."""
    faults: list[Fault] = []
    found = [side for words in (old, new) if (side := _tried(faults, words, reader)) is not None]
    if old == new == STANDARD_INPUT:
        faults.append(Fault(path=STANDARD_INPUT, value="named twice", rule="standard input is read once",
                            way_out="Name a file for one of the two"))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return _alike(*found)


def _tried(faults: list[Fault], words: str, reader: Reader) -> Side | None:
    try:
        return _side(words, reader)
    except InputError as refused:
        faults += refused.faults
        return None


def _side(words: str, reader: Reader) -> Side:
    path = Path(words)
    if words == STANDARD_INPUT or path.is_file():
        return Side(words=words, templates=_templates(words, {_name(words): _content(words)}), alone=True)
    if path.is_dir():
        return Side(words=words, templates=_templates(words, _folder(path, reader)))
    if "://" in words:
        if words.endswith(ENDINGS):
            return Side(words=words, templates=_templates(words, {_name(words): reader.file(words)}), alone=True)
        return Side(words=words, templates=_templates(words, reader.release(words)))
    return _version(words, reader)


def _version(words: str, reader: Reader) -> Side:
    from conveyor_iac.publishing.semantic import faults_of

    if list(faults_of(words, "")):
        raise _refused(words, "not there", "a template, a folder, a URL, or a version such as 1.2.0",
                       "Look at the name; a version needs --at as well")
    if reader.at is None:
        raise _refused("--at", "nothing", f"the folder or URL where versions.json lies, for version {words}",
                       "Give it, such as --at https://releases.example.com/conveyor")
    return Side(words=words, templates=_templates(words, reader.release(reader.at, words)))


def _folder(path: Path, reader: Reader) -> dict[str, bytes]:
    """The templates of a folder: of a release that lies there, or its files."""
    from conveyor_iac.publishing.release import INDEX, SUMS

    if (path / SUMS).is_file() or (path / INDEX).is_file():
        return reader.release(str(path))
    files = sorted(file for file in path.iterdir() if file.is_file() and file.name.endswith(ENDINGS))
    named = [file for file in files if ".template" in file.name] or files
    if not named:
        raise _refused(str(path), "no template", "a folder of templates: NAME.template.json or NAME.json",
                       "Name the folder they are in")
    found = {_name(file.name): _content(str(file)) for file in named}
    if len(found) < len(named):
        raise _refused(str(path), "two templates of one name", "each template is there once", "Name the files")
    return found


def _content(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as refused:
        raise _refused(name, refused.strerror or "cannot be read", "a file that can be read", "Name another") from None


def _templates(words: str, files: Mapping[str, bytes]) -> "dict[str, Template]":
    """The templates; `InputError` with the faults of all of them."""
    from conveyor_iac.proofs.template import read

    faults: list[Fault] = []
    found = {}
    for name, content in files.items():
        where = words if len(files) == 1 else f"{words}: {name}"
        try:
            found[name] = read(content.decode("utf-8"), where)
        except UnicodeDecodeError:
            faults.append(Fault(path=where, value="not UTF-8", rule="a text: JSON or YAML",
                                way_out="Give the template, not an archive of it"))
        except InputError as refused:
            faults += refused.faults
    if faults:
        raise InputError(faults)
    return found


def _name(words: str) -> str:
    """What a file's template is called."""
    last = words.rpartition("/")[2]
    return next((last.removesuffix(ending) for ending in ENDINGS if last.endswith(ending)), last)


def _alike(old: Side, new: Side) -> tuple[Side, Side]:
    """Both sides, a file alone under the name that it is compared by."""
    if old.alone and new.alone:
        name = next(iter(new.templates if new.words != STANDARD_INPUT else old.templates))
        return _called(old, name), _called(new, name)
    if old.alone == new.alone:
        return old, new
    alone, others = (old, new) if old.alone else (new, old)
    name = next(iter(alone.templates))
    if name not in others.templates:
        raise _refused(alone.words, name, f"the name of a template in {others.words}",
                       f"Known there: {', '.join(sorted(others.templates))}")
    one = Side(words=others.words, templates={name: others.templates[name]})
    return (alone, one) if old.alone else (one, alone)


def _called(side: Side, name: str) -> Side:
    return Side(words=side.words, templates={name: next(iter(side.templates.values()))}, alone=True)


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])
