"""The public keys that ship with the package, and which releases each of them may sign.

Read from keys.toml, whose rows are never taken away: a retired key still verifies what it signed, and nothing newer.
The order of versions is that of https://semver.org, so 2.0.0-rc.1 comes before a first version of 2.0.0.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.publishing import semantic
from conveyor_iac.publishing.minisign import PublicKey

TABLE = "keys.toml"
_NEEDED, _OPTIONAL = ("key", "first_version"), ("last_version", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedKey:
    """A public key and the releases that it may sign: from the first version to the last, both with it.

    last_version: None while the key is in use. note: who guards it, or why it was retired.
    """

    key: PublicKey
    first_version: str
    last_version: str | None = None
    note: str = ""

    def signs(self, version: str) -> bool:
        """Whether a release of this version may be signed with it."""
        return not semantic.below(version, self.first_version) and not (
            self.last_version is not None and semantic.below(self.last_version, version))


@cache
def shipped() -> tuple[ShippedKey, ...]:
    """The keys of the package, in the order of keys.toml; none, while there is no row."""
    return read(files("conveyor_iac.publishing").joinpath(TABLE).read_text(encoding="utf-8"), TABLE)


def trusted_for(version: str, rows: Sequence[ShippedKey] | None = None) -> tuple[PublicKey, ...]:
    """The keys that may sign this version, of these rows or of those that ship; `InputError` for what is no version."""
    semantic.version(version, "version")
    return tuple(row.key for row in (shipped() if rows is None else rows) if row.signs(version))


def table(rows: Sequence[ShippedKey] | None = None) -> str:
    """The keys in Markdown: a row for each of these, or of those that ship; a sentence where there is none."""
    found = shipped() if rows is None else rows
    if not found:
        return "No release was published yet, so there is no key yet."
    lines = [["public key", "id", "signs releases", "note"], ["---"] * 4,
             *([f"`{row.key.text}`", f"`{row.key.name}`", _range(row), row.note] for row in found)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def read(text: str, path: str) -> tuple[ShippedKey, ...]:
    """The rows of a table like keys.toml; `InputError` with everything that is wrong with it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise InputError([_fault(path, "not TOML", str(wrong))]) from None
    rows = tables.get("key", [])
    if set(tables) - {"key"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError([_fault(path, ", ".join(tables), "tables that are called [[key]], and nothing else")])
    faults: list[Fault] = []
    keys: list[PublicKey] = []
    for number, row in enumerate(rows, 1):
        place = f"{path}: key {number}"
        faults += _faults(row, place)
        key = _key(row, place)
        if key and any(key.id == other.id or key.key == other.key for other in keys):
            faults.append(_fault(place, key.name, "each key, and each id of a key, stands in one row"))
        keys += [key] if key else []
    if faults:
        raise InputError(faults)
    return tuple(ShippedKey(**{**row, "key": key}) for row, key in zip(rows, keys, strict=True))


def _faults(row: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """What is wrong with one row by itself."""
    for name in sorted({*row, *_NEEDED}):
        if name not in row:
            yield _fault(f"{path}.{name}", "missing", f"a row has {' and '.join(_NEEDED)}")
        elif name not in _NEEDED + _OPTIONAL:
            yield _fault(f"{path}.{name}", "unknown", f"a row has {', '.join(_NEEDED + _OPTIONAL)}")
        elif not isinstance(row[name], str) or not row[name].isprintable() or "|" in row[name]:
            yield _fault(f"{path}.{name}", type(row[name]).__name__, "text in one line, without |")
        elif name == "key":
            if _key(row, path) is None:
                yield _fault(f"{path}.key", HIDDEN, "a public key as `minisign -P` takes it, 56 characters: RW...")
        elif name != "note":
            yield from semantic.faults_of(row[name], f"{path}.{name}")
    first, last = _version(row, "first_version"), _version(row, "last_version")
    if first and last and semantic.below(last, first):
        yield _fault(f"{path}.last_version", last, f"not below first_version, which is {first}")


def _key(row: Mapping[str, Any], path: str) -> PublicKey | None:
    """The key of a row; None where it has none."""
    try:
        return PublicKey.read(row["key"], path) if isinstance(row.get("key"), str) else None
    except InputError:
        return None


def _version(row: Mapping[str, Any], name: str) -> str | None:
    """The version of this name in a row; None where it is none."""
    found = row.get(name)
    return found if isinstance(found, str) and not any(semantic.faults_of(found, name)) else None


def _range(row: ShippedKey) -> str:
    return f"{row.first_version} to {row.last_version}" if row.last_version else f"from {row.first_version}"


def _fault(path: str, value: str, rule: str) -> Fault:
    return Fault(path=path, value=value, rule=rule, way_out="Mend the row")
