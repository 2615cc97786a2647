"""The constraints of a parameter: of which kind each is, before anybody trusts one.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conveyor_iac.errors import Fault


def parameter_faults(row: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Every constraint that is of the wrong kind, without its value: one may be a secret's default."""
    for key, (fits, rule) in _CONSTRAINTS.items():
        if key in row and not fits(row[key]):
            yield Fault(path=f"{path}.{key}", value=f"a {type(row[key]).__name__}", rule=rule,
                        way_out="Write it as CloudFormation's reference says")


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_count(value: Any) -> bool:
    return str(value).isdigit()


_CONSTRAINTS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "Default": (_is_scalar, "is a text or a number"),
    "AllowedPattern": (lambda value: isinstance(value, str), "is a text"),
    "AllowedValues": (lambda value: isinstance(value, list) and all(map(_is_scalar, value)), "is a list of texts"),
    "MinLength": (_is_count, "is a whole number"),
    "MaxLength": (_is_count, "is a whole number"),
}
