"""What a YAML or JSON file says, before anybody checks what it means."""

from pathlib import Path
from typing import Any

import yaml

from conveyor_iac.errors import Fault, InputError


class _UniqueKeys(yaml.SafeLoader):
    """YAML that refuses a key given twice, where the plain loader takes the last without a word."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


MOST = 100_000
"""Values a file may have, with every alias written out; an installation has fewer than a hundred."""


def words_of(file: Path | str) -> object:
    """What the file says, unchecked; `InputError` where it cannot be read or parsed."""
    try:
        words = yaml.load(Path(file).read_text(encoding="utf-8"), Loader=_UniqueKeys)
        if (count := _values(words, {})) <= MOST:
            return words
        fault = Fault(path=Path(file).name, value=f"{count} values", rule=f"at most {MOST}, with every alias (&, *)"
                      " written out", way_out="Write it without aliases")
    except (OSError, UnicodeDecodeError) as refused:
        reason = refused.strerror if isinstance(refused, OSError) else "it is not UTF-8 text"
        fault = Fault(path="--file", value=str(file), rule=f"a file that can be read ({reason})",
                      way_out="Name an installation file, or write one with `conveyor-iac init`")
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as refused:
        mark = getattr(refused, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        fault = Fault(path=f"{Path(file).name}, {where}", value=getattr(refused, "problem", None) or "not YAML",
                      rule="YAML or JSON, each key once", way_out="Mend the file there")
    raise InputError([fault])


def _values(words: object, known: dict[int, int]) -> int:
    """How many values there are with every alias written out, without writing one out; what holds itself has none."""
    if not isinstance(words, dict | list):
        return 1
    if id(words) not in known:
        known[id(words)] = 0
        parts = words.values() if isinstance(words, dict) else words
        known[id(words)] = 1 + sum(_values(part, known) for part in parts)
    return known[id(words)]
