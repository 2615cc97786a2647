"""How words become values: the forms' common manners, the types of single values, and faults as help.

Knows no noun of the product. A secret is never repeated in a message.
"""

import ast
import difflib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model import catalogue

Form = TypeVar("Form", bound=BaseModel)


class Part(BaseModel):
    """A form, or a part of one: frozen, strict about types, closed to unknown keys.

    What a field means is the docstring below it; `meanings` reads it when somebody asks, which most runs do not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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


@cache
def meanings(form: type[BaseModel]) -> dict[str, str]:
    """What each field of a form means, by name."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(form))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    return {field.target.id: str(said.value.value) for field, said in pairwise(body)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            and isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant)}


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
    meaning = meanings(part).get(keys[-1], "See docs/reference.md") if part else "See docs/reference.md"
    shown = _shown(keys, error["input"])
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


def _shown(keys: list[str], value: Any) -> str:
    """A value as a message may show it: hidden where a key is the external id, under whatever spelling."""
    if any(difflib.get_close_matches(re.sub("[^a-z]", "", key.lower()), ["externalid"], cutoff=0.7) for key in keys):
        return HIDDEN
    return shown(value)


def shown(value: object) -> str:
    """A value in a message: as it was given, its length when it is long, its kind when it could hold a secret."""
    if isinstance(value, Mapping | list | tuple):
        return "(a mapping)" if isinstance(value, Mapping) else "(a list)"
    text = repr(value)
    return text if len(text) <= 90 else f"({len(str(value))} characters)"


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
