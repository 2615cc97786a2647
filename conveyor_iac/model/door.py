"""How words become values: the forms' common manners, the types of single values, and faults as help.

Knows no noun of the product. A secret is never repeated in a message.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model import catalogue

SECRETS = frozenset({"external_id"})
"""Keys whose value is never shown, logged or written."""

Form = TypeVar("Form", bound=BaseModel)


class Part(BaseModel):
    """A form, or a part of one: frozen, strict about types, closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def enter(form: type[Form], words: object, across: Callable[[Mapping[Any, Any]], Iterable[Fault]]) -> Form:
    """The form filled with the words; `InputError` with every fault at once, those `across` finds included."""
    if not isinstance(words, Mapping):
        raise InputError([Fault(path="(the file)", value=type(words).__name__, rule="a mapping of keys to values",
                                way_out="Start from `conveyor-iac init`")])
    faults, filled = list(across(words)), None
    try:
        filled = form.model_validate(_tupled(words))
    except ValidationError as refused:
        known = {fault.path for fault in faults}
        found = [_fault(form, error) for error in refused.errors()]
        faults += [fault for fault in found if fault.path not in known]
    if faults or filled is None:
        raise InputError(sorted(faults, key=lambda fault: fault.path))
    return filled


def breaks(parameter: str, value: object) -> str:
    """The rule of the template parameter that a value breaks, or nothing."""
    row = catalogue.parameters()[parameter]
    fits = (
        isinstance(value, str)
        and row.min_length <= len(value) <= row.max_length
        and (row.pattern is None or re.fullmatch(row.pattern, value, re.ASCII) is not None)
        and (not row.allowed or value in row.allowed)
    )
    return "" if fits else row.constraint


def perhaps(word: str, known: Iterable[str]) -> str:
    """The way out of a misspelt word: the nearest that are known, or all of them."""
    near = difflib.get_close_matches(word, sorted(known), n=3)
    return f"Perhaps you meant {' or '.join(near)}" if near else f"Known here: {', '.join(sorted(known))}"


def _text(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError("rule", "text, not a number", {"way_out": "Write it in quotes"})
    return value


def _held_to(parameter: str, *, empty: bool = False) -> AfterValidator:
    def check(value: str) -> str:
        rule = breaks(parameter, value) or ("a value, or null" if not value and not empty else "")
        if rule:
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return value

    return AfterValidator(check)


Text = Annotated[str, BeforeValidator(_text)]
TenantId = Annotated[Text, _held_to("TenantId")]
AccountId = Annotated[Text, _held_to("ControlPlaneAccount")]
RoleName = Annotated[Text, _held_to("ControlPlaneRole")]
SessionName = Annotated[Text, _held_to("StsSessionName")]
ExternalId = Annotated[Text, _held_to("ExternalId")]
VpcId = Annotated[Text, _held_to("DataPlaneVpcId")]
PolicyArn = Annotated[Text, _held_to("CompanyBoundary")]
IamPath = Annotated[Text, _held_to("IamPath")]
RolePrefix = Annotated[Text, _held_to("RolePrefix")]


def _tupled(words: Any) -> Any:
    """Lists as tuples: YAML has lists, a frozen form has tuples."""
    if isinstance(words, Mapping):
        return {key: _tupled(value) for key, value in words.items()}
    return tuple(map(_tupled, words)) if isinstance(words, list) else words


def _fault(form: type[BaseModel], error: ErrorDetails) -> Fault:
    keys = [str(key) for key in error["loc"]]
    part = _part(form, keys[:-1])
    known = part.model_fields if part else {}
    meaning = (known[keys[-1]].description if keys[-1] in known else None) or "See the reference of the file"
    shown = HIDDEN if SECRETS & set(keys) else repr(error["input"])
    rule, way_out = error["msg"][:1].lower() + error["msg"][1:], meaning
    match error["type"]:
        case "missing":
            shown, rule = "(missing)", "a value is needed"
        case "extra_forbidden":
            rule, way_out = "no such key", perhaps(keys[-1], known)
        case "rule":
            way_out = str(error.get("ctx", {}).get("way_out", meaning))
        case "literal_error":
            way_out = _nearest(error, meaning)
    return Fault(path=".".join(keys), value=shown, rule=rule, way_out=way_out)


def _nearest(error: ErrorDetails, meaning: str) -> str:
    words = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
    near = difflib.get_close_matches(str(error["input"]), words, n=1)
    return f"Perhaps you meant {near[0]}" if near else meaning


def _part(form: type[BaseModel], keys: list[str]) -> type[BaseModel] | None:
    part: type[BaseModel] | None = form
    for key in keys:
        field = part.model_fields.get(key) if part else None
        part = next(forms(field.annotation), None) if field else None
    return part


def forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """The forms an annotation speaks of: of `Network | None`, Network."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
