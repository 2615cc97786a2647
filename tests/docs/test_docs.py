"""What the documents say is run: blocks marked `<!-- run -->`, links, and the figures that can be counted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conveyor_iac.model import catalogue

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"<!-- run -->\n```(sh|python)\n(.*?)```", re.DOTALL)
BLOCKS = [(page.name, kind, text) for page in PAGES for kind, text in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "kind", "text"), BLOCKS, ids=[f"{page}-{kind}" for page, kind, _ in BLOCKS])
def test_what_is_documented_is_executed(page: str, kind: str, text: str, tmp_path: Path) -> None:
    """Each marked block runs to its end in an empty folder."""
    here = Path(sys.executable).parent
    words = ["bash", "-euo", "pipefail", "-c", text] if kind == "sh" else [sys.executable, "-c", text]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env=os.environ | {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr


def test_there_are_blocks_to_run() -> None:
    """README, the pages of customer and platform team, and that of the constructs each have something that is run."""
    assert {page for page, _, _ in BLOCKS} >= {"README.md", "customer.md", "constructs.md", "pulumi.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_choices_of_the_customer_are_all_described() -> None:
    """The customer's page, or the one it leads to, names every parameter that has a default."""
    text = "".join((ROOT / "docs" / page).read_text() for page in ("customer.md", "published-templates.md"))
    assert [row.name for row in catalogue.parameters().values()
            if row.default is not None and f"`{row.name}`" not in text] == []


def test_counted_figures_are_current() -> None:
    """The numbers of policies that README and CHANGELOG give are those of the catalogue."""
    predefined = catalogue.predefined_policies()
    assert f"{len(predefined) - 1} policies" in (ROOT / "README.md").read_text()
    assert (len(predefined), len(catalogue.installer_policies())) == (16, 10)
