"""How words become values: the forms' common manners, the types of single values, and faults as help.

Knows no noun of the product. A secret is never repeated in a message.
"""

import ast
import difflib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model import catalogue

Words = Mapping[Any, Any]
"""A mapping as it came, unchecked."""
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
    try:
        faults, filled = list(across(words)), None
        tupled = _tupled(words)
    except RecursionError:
        raise InputError([Fault(path="(the file)", value="nested too deep", rule="no deeper than its keys",
                                way_out="Flatten it")]) from None
    try:
        filled = form.model_validate(tupled)
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


def part(words: Words, *keys: str) -> Words:
    """A part of the words that is a mapping, or an empty one."""
    for key in keys:
        found = words.get(key)
        words = found if isinstance(found, Mapping) else {}
    return words


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; none where it is no list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def twice(path: str, value: object) -> Iterator[Fault]:
    """A fault for every text that a list has more than once."""
    listed = texts(value)
    for text in dict.fromkeys(text for text in listed if listed.count(text) > 1):
        yield Fault(path=path, value=shown(text), rule="each once", way_out="Leave the second out")


def perhaps(word: str, known: Iterable[str]) -> str:
    """The way out of a misspelt word: the nearest that are known, or all of them."""
    near = difflib.get_close_matches(word, sorted(known), n=3)
    return f"Perhaps you meant {' or '.join(near)}" if near else f"Known here: {', '.join(sorted(known))}"


def _text(value: Any) -> Any:
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        kind = "date" if isinstance(value, date) else "number"
        raise PydanticCustomError("rule", "text, not a {kind}", {"kind": kind, "way_out": "Write it in quotes"})
    return value


def _held_to(parameter: str) -> AfterValidator:
    """A type's rule as that of a template's parameter; where a parameter may be empty, a file leaves the key out."""

    def check(value: str) -> str:
        rule = breaks(parameter, value) or (catalogue.parameters()[parameter].constraint if not value else "")
        if rule:
            raise PydanticCustomError("rule", "{rule}", {"rule": rule.removesuffix(", or empty")})
        return value

    return AfterValidator(check)


def held_by(unfit: Callable[[str], tuple[str, str]]) -> AfterValidator:
    """A type's rule as a function: what rule a text breaks and the way out, or two empty texts."""

    return AfterValidator(lambda value: keep(value, unfit))


def keep(value: str, unfit: Callable[[str], tuple[str, str]]) -> str:
    """A text that breaks no rule; pydantic is told of the rule it breaks, and of the way out."""
    rule, way_out = unfit(value)
    if rule:
        raise PydanticCustomError("rule", "{rule}", {"rule": rule, "way_out": way_out})
    return value


def _unfit(parameter: str, text: str, way_out: str) -> tuple[str, str]:
    rule = breaks(parameter, text)
    return (rule, way_out) if rule else ("", "")


def like(pattern: str, rule: str, way_out: str) -> AfterValidator:
    """A type's rule as a pattern that the whole text must match."""
    return held_by(lambda text: ("", "") if re.fullmatch(pattern, text, re.ASCII) else (rule, way_out))


Text = Annotated[str, BeforeValidator(_text)]
SubnetId = Annotated[Text, like("subnet-([0-9a-f]{8}|[0-9a-f]{17})", "the id of a subnet: subnet- and 8 or 17 digits",
                                "List them: aws ec2 describe-subnets")]
RouteTableId = Annotated[Text, like("rtb-([0-9a-f]{8}|[0-9a-f]{17})", "the id of a route table: rtb- and 8 or 17"
                                    " digits", "List them: aws ec2 describe-route-tables")]
ZoneId = Annotated[Text, like("[a-z]{3,5}[0-9]-az[1-9][0-9]?", "the id of a zone, such as euw1-az1: names differ"
                              " between accounts, ids do not", "List them: aws ec2 describe-availability-zones")]
Principal = Annotated[Text, held_by(lambda text: _unfit("ServicePrincipal", text, "Ask the vendor for the account root,"
                                                        " or the role without a path, that will connect"))]
LOAD_BALANCER_ARN = ("arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/net/[A-Za-z0-9-]{1,32}/"
                     "[0-9a-f]{16}")
TOPIC_ARN = "arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+"
LoadBalancerArn = Annotated[Text, like(LOAD_BALANCER_ARN, "the ARN of a network load balancer", "Only a network load"
                                       " balancer can stand behind an endpoint service of this kind: aws elbv2"
                                       " describe-load-balancers")]
TopicArn = Annotated[Text, like(TOPIC_ARN, "the ARN of an SNS topic", "Leave it out: then one is made")]
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
    keys = [str(key) for key in error["loc"] if key != "[key]"]
    context, meaning = error.get("ctx", {}), _meaning(form, keys)
    value, rule, way_out = shown_at(keys, error["input"]), error["msg"][:1].lower() + error["msg"][1:], meaning
    if plain := _PLAIN.get(error["type"]):
        rule = plain.format(**context)
    if error["loc"][-1:] == ("[key]",) or error["type"] == "invalid_key":
        rule, way_out = "a key that is text", "Write the key in quotes"
    match error["type"]:
        case "missing":
            value = "(missing)"
        case "extra_forbidden":
            holder = _part(form, keys[:-1])
            way_out = perhaps(keys[-1], holder.model_fields if holder else ())
        case "rule":
            way_out = str(context.get("way_out", meaning))
        case "literal_error":
            way_out = _nearest(error, meaning)
    return Fault(path=".".join(keys), value=value, rule=rule, way_out=way_out.removesuffix("."))


_PLAIN = {
    "missing": "a value is needed",
    "extra_forbidden": "no such key",
    "literal_error": "one of {expected}",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"),
                    "a mapping of keys to values"),
    **dict.fromkeys(("tuple_type", "list_type"), "a list"),
    "string_type": "a text",
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "too_long": "at most {max_length}, not {actual_length}",
    "too_short": "at least {min_length}",
    "string_too_short": "at least {min_length} character",
}
"""What pydantic refuses, in the words of a file."""


def _meaning(form: type[BaseModel], keys: list[str]) -> str:
    """What the last field of a path means: an item of a list or a mapping means what the whole does."""
    for end in range(len(keys), 0, -1):
        holder = _part(form, keys[:end - 1])
        if holder and keys[end - 1] in holder.model_fields:
            return meanings(holder)[keys[end - 1]]
    return "See docs/reference.md"


def shown_at(keys: list[str], value: Any) -> str:
    """A value as a message may show it: hidden where a key is the external id, under whatever spelling."""
    if any(difflib.get_close_matches(re.sub("[^a-z]", "", key.lower()), ["externalid"], cutoff=0.7) for key in keys):
        return HIDDEN
    return shown(value)


def shown(value: object) -> str:
    """A value in a message: as it was given, its length when it is long, its kind when it could hold a secret."""
    if isinstance(value, Mapping | list | tuple):
        return "(a mapping)" if isinstance(value, Mapping) else "(a list)"
    text = repr(value)
    return text if len(text) <= 140 else f"({len(str(value))} characters)"


def _nearest(error: ErrorDetails, meaning: str) -> str:
    words = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
    near = difflib.get_close_matches(str(error["input"]), words, n=1)
    return f"Perhaps you meant {near[0]}" if near else meaning


def _part(form: type[BaseModel], keys: list[str]) -> type[BaseModel] | None:
    part: type[BaseModel] | None = form
    for key in keys:
        if key.isdigit():  # the place in a list of parts
            continue
        field = part.model_fields.get(key) if part else None
        part = next(forms(field.annotation), None) if field else None
    return part


def forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """The forms an annotation speaks of: of `Network | None`, Network."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
