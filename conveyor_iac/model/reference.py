"""The reference of the installation file, generated from the front door: every key, its default, its meaning."""

from collections.abc import Iterator

from pydantic import BaseModel

from conveyor_iac.model.door import forms, meanings
from conveyor_iac.model.installation import Installation

_HEAD = """\
# The installation file

One YAML or JSON file drives everything. Unknown keys are refused, and all faults are reported at once. This page is
generated from the front door (`conveyor_iac/model/installation.py`) by `conveyor-iac templates`. What this version
plans from the file is what `conveyor-iac plan` prints; the keys of networks, endpoints and Azure are for what follows.

| key | left out | meaning |
|---|---|---|
"""


def reference() -> bytes:
    """The page, as it is committed in docs/reference.md."""
    return (_HEAD + "".join(_rows(Installation, ""))).encode()


def _rows(form: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in form.model_fields.items():
        part = next(forms(field.annotation), None)
        default = "" if part else f"`{field.get_default(call_default_factory=True)}`"
        yield f"| `{prefix}{name}` | {'needed' if field.is_required() else default} | {meanings(form)[name]} |\n"
        if part:
            yield from _rows(part, f"{prefix}{name}.")
