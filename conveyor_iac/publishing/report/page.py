"""The page: one file of HTML with everything in it. No script, and nothing is fetched from anywhere.

Reads only what `told.py` says. Every text is escaped; what was somebody's own word can never be markup.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from conveyor_iac.publishing.report.sentences import TITLES

if TYPE_CHECKING:
    from jinja2 import Environment

GROUPS = {"installer": "The installer role", "boundary": "The boundary: the most that created roles can do",
          "created": "What created roles can be given", "network": "The network: what passes its doors",
          "roles": "Roles of Azure"}
"""The groups of policies, in the order of a reader."""
LOOKS = "looks"
"""The folder of the page's looks, within this room."""


def page(told: Mapping[str, Any]) -> bytes:
    """The page that says what is told. The same is always the same bytes."""
    return _looks().get_template("page.html").render(told=told, titles=TITLES, groups=GROUPS).encode()


@cache
def _looks() -> "Environment":
    """The page's looks, read once."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    looks = Environment(loader=PackageLoader("conveyor_iac.publishing.report", LOOKS), autoescape=True,
                        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    looks.filters.update(plain=_plain, money=_money, anchor=_anchor)
    return looks


def _plain(value: Any) -> str:
    """A counterexample in lines."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _money(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"


def _anchor(text: str) -> str:
    """A name as the id of a place in the page."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)
