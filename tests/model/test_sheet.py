"""The vendor's sheet: the same door, other words."""

import json

import pytest

from conveyor_iac import InputError
from conveyor_iac.model.sheet import VendorSheet

GOOD = {"tenant": "acme", "region": "eu-west-1", "session_name": "conveyor-acme",
        "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"},
        "principals": ["arn:aws:iam::111122223333:role/connector", "arn:aws:iam::111122223333:root"]}
BAD = {
    "unknown key": ({"tennant": "acme"}, "tennant", "'acme'", "no such key"),
    "secret": ({"external_id": "x" * 20}, "external_id", "(hidden)", "no such key"),
    "tenant": ({"tenant": "A"}, "tenant", "'A'", "3 to 20 lower-case"),
    "region": ({"region": "nowhere"}, "region", "'nowhere'", "a partition that is served"),
    "isolated": ({"region": "us-iso-east-1"}, "region", "'us-iso-east-1'",
                 "aws-iso is an isolated partition"),
    "any role": ({"control_plane": {"account": "111122223333", "role": "*"}}, "control_plane.role", "'*'",
                 "neither *"),
    "session": ({"session_name": "conveyor-bob"}, "session_name", "'conveyor-bob'", "here conveyor-acme"),
    "everybody": ({"principals": ["*"]}, "principals.0", "'*'", "the ARN of one account root, role or user, without *"),
    "every role": ({"principals": [GOOD["principals"][0], "arn:aws:iam::111122223333:role/*"]},
                   "principals.1", "'arn:aws:iam::111122223333:role/*'", "without *"),
    "a path": ({"principals": ["arn:aws:iam::111122223333:role/vendors/x"]}, "principals.0",
               "'arn:aws:iam::111122223333:role/vendors/x'", "without a path"),
    "another partition": ({"principals": ["arn:aws-cn:iam::111122223333:root"]}, "principals.0",
                          "'arn:aws-cn:iam::111122223333:root'", "a principal of aws"),
    "twice": ({"principals": ["arn:aws:iam::111122223333:root"] * 2}, "principals",
              "'arn:aws:iam::111122223333:root'", "each once"),
    "account number": ({"principals": ["111122223333"]}, "principals.0", "'111122223333'", "the ARN of one"),
    "number": ({"principals": [7]}, "principals.0", "7", "not a number"),
    "no list": ({"principals": "arn:aws:iam::111122223333:root"}, "principals",
                "'arn:aws:iam::111122223333:root'", "a list"),
}


@pytest.fixture
def load(tmp_path):
    """Writes these words as a sheet and loads it."""
    def loaded(words):
        file = tmp_path / "sheet.json"
        file.write_text(json.dumps(words))
        return VendorSheet.load(file)
    return loaded


def test_a_good_sheet_is_let_in(load):
    """A sheet gives what it says; session name and principals may be left out."""
    sheet = load(GOOD)
    assert (sheet.tenant, sheet.control_plane.role, sheet.principals) == (
        "acme", "conveyor-control-plane", tuple(GOOD["principals"]))
    least = load({key: GOOD[key] for key in ("tenant", "region", "control_plane")})
    assert (least.session_name, least.principals) == (None, ())


@pytest.mark.parametrize("case", BAD)
def test_what_a_bad_sheet_gets(case, load):
    """One fault alone, with its path, the value, the rule and a way out."""
    changes, path, value, rule = BAD[case]
    with pytest.raises(InputError) as caught:
        load(GOOD | changes)
    [fault] = caught.value.faults
    assert (fault.path, fault.value) == (path, value)
    assert rule in fault.rule
    assert fault.way_out


def test_a_sheet_gets_all_its_faults_at_once(load):
    """Every mistake of a sheet is told in one run."""
    with pytest.raises(InputError) as caught:
        load({"tenant": "A", "region": "x", "principals": ["*", "*"], "colour": 1})
    assert [fault.path for fault in caught.value.faults] == [
        "colour", "control_plane", "principals", "principals.0", "principals.1", "region", "tenant"]


def test_a_misplaced_external_id_is_hidden(load):
    """An external id that stands where a principal should is not repeated."""
    with pytest.raises(InputError) as caught:
        load(GOOD | {"principals": [{"external_id": "Sq7-very-secret"}]})
    assert "Sq7-very-secret" not in str(caught.value)


def test_a_missing_sheet_is_named(tmp_path):
    """A sheet that is not there is named, as an installation file would be."""
    with pytest.raises(InputError, match=r"sheet\.yaml"):
        VendorSheet.load(tmp_path / "sheet.yaml")
