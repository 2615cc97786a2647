"""What the tests of the page share: the published templates, what is proved of them, and the page of a release."""

import importlib
from pathlib import Path

import pytest

from conveyor_iac.cli.made import proved
from conveyor_iac.publishing.report.page import page
from conveyor_iac.publishing.report.told import of_release

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def templates():
    """The committed templates by short name."""
    return {file.name.removesuffix(".template.json"): file.read_bytes()
            for file in sorted((ROOT / "templates").glob("*.template.json"))}


@pytest.fixture(scope="session")
def proofs(templates):
    """What `verify --json` says of each, without the seconds."""
    return proved(templates)


@pytest.fixture(scope="session")
def plans():
    """What `plan --json` says of an example of each deployment."""
    return importlib.import_module("conveyor_iac.cli.report").examples()


@pytest.fixture(scope="session")
def told(templates, proofs, plans):
    """What the page of a release says."""
    return of_release("1.2.0", templates, proofs, plans)


@pytest.fixture(scope="session")
def html(told):
    """The page of a release."""
    return page(told).decode()
