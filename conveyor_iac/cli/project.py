"""The files `init` writes: an installation file, and the small project around it."""

from importlib.metadata import version
from importlib.resources import files as resources
from typing import Any

import yaml

_HEAD = """\
# A Conveyor installation: what one tenant asks for. Every other key, with what leaving it out means, is in the
# schema (docs/schemas/installation.schema.json) and in docs/reference.md of conveyor_iac.
# The external id is never written here: it is given when deploying.
"""
_CDK = {"app.py": "app.py", "cdk.json": "cdk.json", "package.json": "package.json", "README.md": "README.md",
        ".gitignore": "gitignore"}
"""The fixed files of a CDK project, and what each is called in the package."""

NAMES = (*_CDK, "requirements.txt", "installation.yaml")
"""Every file of a CDK project."""


def installation_file(words: dict[str, Any]) -> bytes:
    """An installation file with these words, as YAML with its explanation."""
    return (_HEAD + yaml.safe_dump(words, sort_keys=False)).encode()


def files(words: dict[str, Any], tenant: str) -> dict[str, bytes]:
    """The files of a CDK project, by name: the app, the pinned tools, the installation file, the README."""
    folder = resources("conveyor_iac.cli") / "project_cdk"
    texts = {name: (folder / source).read_text(encoding="utf-8").replace("@tenant@", tenant)
             for name, source in _CDK.items()}
    texts["requirements.txt"] = f"conveyor-iac[cdk]=={version('conveyor-iac')}\n"
    return {name: text.encode() for name, text in texts.items()} | {"installation.yaml": installation_file(words)}
