"""The manners of the front door: help for the misspelt, one kind of error, and no secret ever repeated."""

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model.door import breaks, perhaps

SECRET = "Sq7-very-secret-external-id"
KEYS = [*Installation.model_fields, *(key for field in Installation.model_fields.values()
        for key in getattr(field.annotation, "model_fields", ())), "vpc", "colour", "aws:x", ""]
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    ["acme", "private", "dedicated", "azure", "eu-west-1", "us-iso-east-1", "222222222222", "conveyor-acme",
     "/", "*", "root"])
jsons = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4), max_leaves=12)
mappings = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), jsons, max_size=10)


def said(error):
    """Everything an error says, in every way it can be asked."""
    return "".join([str(error), repr(error), *map(repr, error.faults),
                    json.dumps([one.as_json() for one in error.faults]), *traceback.format_exception(error)])


def answer(given_words):
    """The installation these words make, or the error."""
    try:
        return Installation.read(given_words), None
    except InputError as error:
        return None, error


@given(st.booleans(), mappings)
def test_any_mapping_gets_an_answer(words, begun_well, odd):
    """Whatever a mapping holds, it makes an installation or an `InputError`; nothing else, and no secret."""
    made, error = answer((words() if begun_well else {}) | odd | {"external_id": SECRET})
    if made:
        assert made.external_id == SECRET
        assert SECRET not in repr(made) + str(made)
    else:
        assert error.faults
        assert all(fault.value and fault.rule and fault.way_out for fault in error.faults)
        assert SECRET not in said(error)


@given(st.dictionaries(st.integers() | st.none() | st.booleans(), plain,
                       min_size=1))
def test_keys_that_are_no_text_get_an_answer(words, odd):
    """YAML has keys of every type; each that is no text gets a fault of its own."""
    with pytest.raises(InputError) as caught:
        Installation.read(words() | odd)
    assert {fault.value for fault in caught.value.faults} == {repr(key) for key in odd}


@given(st.from_type(Installation))
def test_nobody_repeats_the_external_id(installation):
    """Neither an installation nor its plan shows the external id, however it is printed."""
    secret = installation.external_id
    made = plan(installation)
    assert not secret or secret not in repr(installation) + str(installation) + repr(made) + str(made)
    assert made == plan(installation.model_copy(update={"external_id": None}))


def test_a_key_that_is_no_text_is_told(words):
    """A key that YAML reads as a number gets its way out, at the top and inside."""
    for odd, path in (({7: 1}, "7"), ({"tags": {7: "x"}}, "tags.7"), ({"iam": {7: "x"}}, "iam.7")):
        with pytest.raises(InputError) as caught:
            Installation.read(words() | odd)
        [fault] = caught.value.faults
        assert (fault.path, fault.value, fault.rule) == (path, "7", "a key that is text")
        assert "in quotes" in fault.way_out


def test_json_of_an_installation_has_no_secret(words):
    """An installation written as JSON does not hold the external id."""
    made = Installation.read(words(external_id=SECRET))
    assert SECRET not in made.model_dump_json() + str(made.model_dump())


@pytest.mark.parametrize("bad", ["short", SECRET + " ", SECRET * 99, {"value": SECRET}, [SECRET], 10**20])
def test_a_bad_external_id_is_hidden(bad, words):
    """A wrong external id is told its rule and never shown, whatever type it came in."""
    with pytest.raises(InputError) as caught:
        Installation.read(words(external_id=bad))
    assert {fault.value for fault in caught.value.faults} == {"(hidden)"}
    assert "short" not in said(caught.value)
    assert SECRET not in said(caught.value)


@pytest.mark.parametrize("mistake", [
    {"control_plane": {"account": "111122223333", "role": "r", "external_id": SECRET}},
    {"extrenal_id": SECRET}, {"externalId": SECRET}, {"ExternalId": SECRET}, {"external-id": SECRET},
    {"account": {"external_id": SECRET}}, {"control_plane": [{"external_id": SECRET}]},
    {"labels": {"customer": {"external_id": SECRET}}}, {"installation": {"external_id": SECRET}},
    {"endpoints": {"add": [{"external_id": SECRET}]}}, {"tags": {"a": {"external_id": SECRET}}},
    {"tags": {"aws:a": {"external_id": SECRET}}},
    {"cloud": "azure", "account": {"external_id": SECRET}},
])
def test_a_misplaced_external_id_is_hidden(mistake, words):
    """An external id under a misspelt key, in a wrong place or in a wrong value is not repeated."""
    with pytest.raises(InputError) as caught:
        Installation.read(words(**mistake))
    assert SECRET not in said(caught.value)


def test_perhaps_names_the_nearest_or_all():
    """A misspelt word is told its nearest neighbours; one unlike any is told all there are, in order."""
    assert perhaps("regin", ["tenant", "region"]) == "Perhaps you meant region"
    assert perhaps("zzz", ["tenant", "region"]) == "Known here: region, tenant"


def test_rules_are_those_of_the_parameters():
    """A value breaks a parameter's rule by its type, length or form, and is told its own words."""
    assert breaks("TenantId", "acme") == breaks("Deployment", "shared") == breaks("ExternalId",
                                                                                  "x" * 16) == ""
    for name, value in {"TenantId": None, "Deployment": "Shared", "ExternalId": "x" * 15,
                        "ControlPlaneAccount": 1}.items():
        assert breaks(name, value), name


@pytest.mark.parametrize("leaf", [{}, []], ids=["mappings", "lists"])
def test_what_is_nested_too_deep(leaf):
    """Words that are nested deeper than anybody reads are refused in one line, not with a traceback."""
    words = leaf
    for _ in range(5000):
        words = {"tags": words} if isinstance(leaf, dict) else [words]
    with pytest.raises(InputError, match="nested too deep"):
        Installation.read({"tenant": "acme", "tags": words})
