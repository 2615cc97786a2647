"""The files `init` writes: an installation file, and the small project around it.

What a project of an engine consists of lies beside this module in `project_ENGINE/`, with marks for what is this one's.
"""

from importlib.metadata import version
from importlib.resources import files as resources
from typing import Any

import yaml

_HEAD = """\
# A Conveyor installation: what one tenant asks for. Every other key, with what leaving it out means, is in the
# schema (docs/schemas/installation.schema.json) and in docs/reference.md of conveyor_iac.
# The external id is never written here: it is given when deploying.
"""
INSTALLATION = "installation.yaml"
_HIDDEN = {"gitignore": ".gitignore"}
"""What a file is called in a project, where here it must not be called so."""


def installation_file(words: dict[str, Any]) -> bytes:
    """An installation file with these words, as YAML with its explanation."""
    return (_HEAD + yaml.safe_dump(words, sort_keys=False)).encode()


def files(engine: str, words: dict[str, Any]) -> dict[str, bytes]:
    """The files of a project, by name: the program, what it runs on, the installation file, the README."""
    marks = {"@tenant@": words["tenant"], "@version@": version("conveyor-iac")}
    written = {_filled(name, marks): _filled(text, marks).encode() for name, text in _sources(engine).items()}
    return written | {INSTALLATION: installation_file(words)}


def names(engine: str) -> list[str]:
    """Every file of a project whose name is known before the tenant is."""
    return [*(name for name in _sources(engine) if "@" not in name), INSTALLATION]


def _sources(engine: str) -> dict[str, str]:
    """The texts of a project with their marks, by what the project calls them."""
    folder = resources("conveyor_iac.cli") / f"project_{engine}"
    there = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.name)
    return {_HIDDEN.get(file.name, file.name): file.read_text(encoding="utf-8") for file in there}


def _filled(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text
