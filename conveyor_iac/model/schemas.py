"""JSON Schemas of the files a user writes, for editors; generated from the forms at the front door."""

import json
from collections.abc import Iterator

from pydantic import BaseModel

from conveyor_iac.model import catalogue
from conveyor_iac.model.door import Part, forms, meanings
from conveyor_iac.model.handover.form import Handover
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.sheet import VendorSheet

_TITLES: dict[str, tuple[type[Part], str]] = {
    "installation.schema.json": (Installation, "Conveyor installation file"),
    "vendor-sheet.schema.json": (VendorSheet, "The vendor's sheet"),
    "handover.schema.json": (Handover, "The handover sheet"),
}


def schemas() -> dict[str, bytes]:
    """The schemas, by file name."""
    return {name: _schema(form, title) for name, (form, title) in _TITLES.items()}


def _schema(form: type[Part], title: str) -> bytes:
    schema = form.model_json_schema()
    for part in _parts(form):
        described = schema if part is form else schema["$defs"][part.__name__]
        for name, meaning in meanings(part).items():
            described["properties"][name]["description"] = meaning
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    if "region" in schema["properties"]:
        served = [region for row in catalogue.partitions() if not row.refused for region in row.regions]
        schema["properties"]["region"]["examples"] = served
    return (json.dumps(schema, indent=2) + "\n").encode()


def _parts(form: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A form and every form within it."""
    yield form
    for field in form.model_fields.values():
        for part in forms(field.annotation):
            yield from _parts(part)
