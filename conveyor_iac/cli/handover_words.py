"""The handover sheet as Markdown: the same values as its JSON, for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_HEAD = """\
# Handover: {tenant}

What the vendor needs of this installation, from what its deploy handed out and from its installation file. It holds no
secret. `conveyor-iac handover --format json` writes the same for programs.
"""
_PLACE = ("kind", "tenant", "deployment", "cloud", "region", "account", "vendor_access", "external_id", "format")
_NONE = "none"
_WORDS = {True: "yes", False: "no"}


def words(sheet: Mapping[str, Any]) -> str:
    """The sheet, as `Handover.as_json` gives it, in Markdown."""
    return "\n".join([_HEAD.format(tenant=sheet["tenant"]), *_parts(sheet)])


def _parts(sheet: Mapping[str, Any]) -> Iterator[str]:
    yield _section("Where", _rows({key: sheet[key] for key in _PLACE} | {
        f"labels.{key}": value for key, value in sheet["labels"].items()}))
    release = sheet["release"]
    yield _section("Templates", _rows({key: release[key] for key in ("version", "sha256sums")}), _table(
        ("template", "SHA-256"), ((row["file"], row["sha256"]) for row in release["templates"])))
    if role := sheet["role"]:
        yield _section("Installer role", _rows({key: role[key] for key in role if key != "policies"}), _table(
            ("policy", "ARN"), ((row["name"], row["arn"]) for row in role["policies"])))
    for network in sheet["networks"]:
        yield _section(f"Network of the {network['plane']} plane", _rows({
            key: network[key] for key in network if key not in ("plane", "subnets")}), _table(
            ("subnet", "kind", "CIDR", "zone"),
            ((row["id"], row["kind"], row["cidr"], row["zone_id"]) for row in network["subnets"])))
    for title, key in (("Endpoint services", "services"), ("Ways between the planes", "ways"), ("Cognito", "cognito")):
        if sheet[key]:
            yield _section(title, _table(tuple(sheet[key][0]), (tuple(row.values()) for row in sheet[key])))
    if sheet["cluster_tags"]:
        yield _section("Tags of the cluster", _rows(sheet["cluster_tags"]))
    if sheet["azure"]:
        yield _section("Azure", _rows(dict(_flat(sheet["azure"]))))
    yield _section("Not known", _table(("what", "why", "how to find out"), (
        (row["key"], row["why"], row["way_out"]) for row in sheet["not_known"])) or f"{_NONE}\n")


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a mapping by its path."""
    for key, part in value.items():
        if isinstance(part, Mapping):
            yield from _flat(part, f"{before}{key}.")
        else:
            yield f"{before}{key}", part


def _section(title: str, *parts: str) -> str:
    return "\n".join([f"## {title}\n", *filter(None, parts)])


def _rows(values: Mapping[str, Any]) -> str:
    return _table(("", ""), values.items())


def _table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table, or nothing where it has no rows."""
    lines = [tuple(map(_cell, row)) for row in rows]
    if not lines:
        return ""
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *lines))


def _cell(value: Any) -> str:
    """A value in a cell: a list with commas, nothing as a word, and no sign that would end the cell or begin HTML."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value)) or _NONE
    text = _NONE if value is None else _WORDS[value] if isinstance(value, bool) else str(value)
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")
