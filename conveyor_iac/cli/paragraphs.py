"""Text for people, in lines of one width."""

import json
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import yaml

WIDTH = 110


def as_yaml(value: Mapping[str, Any]) -> str:
    """A mapping in lines that are read without brackets."""
    plain = json.loads(json.dumps(value))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=WIDTH).rstrip()


def wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    """A text in lines, the first and the others indented; left out: the others by two blanks more."""
    return wrap(text, width=WIDTH, initial_indent=first, break_long_words=False, break_on_hyphens=False,
                subsequent_indent=f"{first}  " if rest is None else rest)
