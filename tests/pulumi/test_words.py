"""The typed words beside the forms of the front door: the same keys, needed where a file needs them, each explained."""

import inspect
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from conveyor_iac.model.door import forms, meanings
from conveyor_iac.model.installation import Installation
from conveyor_iac.pulumi import words
from conveyor_iac.pulumi.words import DeploymentArgs, InstallationArgs

NAMES = {"ControlPlaneNetwork": "ControlPlaneVpcArgs", "AzureGuardrails": "AzureGuardrailSettingsArgs",
         "AzureServices": "AzureServiceSwitchesArgs"}
"""What is not called as its form: a component has that name, whose own arguments other languages would call so."""


def every(form: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield form
    for field in form.model_fields.values():
        for part in forms(field.annotation):
            yield from every(part)


FORMS = {NAMES.get(form.__name__, f"{form.__name__}Args"): form for form in every(Installation)}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_keys_are_those_of_the_form(name):
    """A typed dictionary has the keys of its form, and needs those that the form needs, whatever the deployment."""
    typed, fields = vars(words)[name], FORMS[name].model_fields
    assert list(typed.__annotations__) == list(fields)
    assert typed.__required_keys__ == {key for key, field in fields.items() if field.is_required()} - {"deployment"}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_key_is_explained(name):
    """Below each key is what it means; where a file takes some words only, every one of them."""
    explained = meanings(vars(words)[name])
    for key, field in FORMS[name].model_fields.items():
        if key != "external_id":
            assert explained[key].startswith(meanings(FORMS[name])[key])
        allowed = [word for kind in (field.annotation, *get_args(field.annotation)) if get_origin(kind) is Literal
                   for word in get_args(kind)]
        assert [word for word in allowed if word not in explained[key]] == []
    assert "NoEcho" not in str(explained)


def test_nothing_else_is_there():
    """The module has a dictionary for each form and one for deployments, in plain annotations that schemas can hold."""
    made = {name for name, value in vars(words).items()
            if isinstance(value, type) and value.__module__ == words.__name__}
    assert made == {*FORMS, "DeploymentArgs"}
    source = inspect.getsource(words)
    assert not [word for word in ("Literal", "Union", "Optional", "__future__", " | ") if word in source]


def test_a_deployment_is_an_installation():
    """The words of a deployment are those of an installation, with `protect`; what it says itself may be left out."""
    plain: Any = dict(DeploymentArgs.__annotations__)
    assert plain.pop("protect")
    assert plain == InstallationArgs.__annotations__
    assert DeploymentArgs.__required_keys__ == InstallationArgs.__required_keys__
    assert {meanings(DeploymentArgs)[key] for key in ("kind", "deployment")} == {
        "Left out: the component says it, and no other is taken."}


def test_only_values_come_later():
    """A value or a list may be an output; a form may not, because a plan is made of its keys."""
    kinds = {key: str(kind) for key, kind in InstallationArgs.__annotations__.items()}
    assert "Output" in kinds["tenant"]
    assert "Output" not in kinds["network"]
    assert "Output" not in kinds["outbound"]
