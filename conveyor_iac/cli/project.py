"""The files `init` writes: an installation file, and the small project around it.

What a project of an engine consists of lies beside this module in `project_ENGINE/`, with marks for what is this one's;
files of `project_ENGINE_azure/` take the place of those of the same name for a data plane on Azure.
"""

from collections.abc import Iterable
from importlib.metadata import version
from importlib.resources import files as resources
from textwrap import wrap
from typing import Any

import yaml

_HEAD = """\
# A Conveyor installation: what one tenant asks for. Every other key, with what leaving it out means, is in the
# schema (docs/schemas/installation.schema.json) and in docs/reference.md of conveyor_iac.
"""
_SECRET = "# The external id is never written here: it is given when deploying.\n"
_SAMPLES = "# Samples, put your own in their place: "
INSTALLATION = "installation.yaml"
_HIDDEN = {"gitignore": ".gitignore", "main.py": "__main__.py"}
"""What a file is called in a project, where here it must not be called so."""


def installation_file(words: dict[str, Any], samples: Iterable[str] = ()) -> bytes:
    """An installation file with these words, as YAML with its explanation; `samples` are the keys that hold one."""
    lines = wrap(", ".join(samples), 116, initial_indent=_SAMPLES, subsequent_indent="#   ", break_on_hyphens=False)
    head = _HEAD + ("" if words.get("cloud") == "azure" else _SECRET) + "".join(f"{line}\n" for line in lines)
    return (head + yaml.safe_dump(words, sort_keys=False)).encode()


def files(engine: str, words: dict[str, Any], samples: Iterable[str] = ()) -> dict[str, bytes]:
    """The files of a project, by name: the program, what it runs on, the installation file, the README."""
    marks = {"@tenant@": words["tenant"], "@version@": version("conveyor-iac")}
    sources = _sources(engine, words.get("cloud", "aws"))
    written = {_filled(name, marks): _filled(text, marks).encode() for name, text in sources.items()}
    return written | {INSTALLATION: installation_file(words, samples)}


def names(engine: str, cloud: str = "aws") -> list[str]:
    """Every file of a project whose name is known before the tenant is."""
    return [*(name for name in _sources(engine, cloud) if "@" not in name), INSTALLATION]


def _sources(engine: str, cloud: str) -> dict[str, str]:
    """The texts of a project with their marks, by what the project calls them."""
    room = resources("conveyor_iac.cli")
    places = [room / f"project_{engine}", *([room / f"project_{engine}_azure"] if cloud == "azure" else [])]
    there = [file for place in places if place.is_dir() for file in place.iterdir() if file.is_file()]
    found = {_HIDDEN.get(file.name, file.name): file.read_text(encoding="utf-8") for file in there}
    return dict(sorted(found.items()))


def _filled(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text
