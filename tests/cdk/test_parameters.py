"""The parameters of the published template: each one explained, grouped, labelled and held to a rule."""

import re

NEVER_GIVEN = {"TenantId", "ControlPlaneAccount", "ControlPlaneRole", "ExternalId", "StsSessionName"}
"""Parameters without a default: nobody but the customer knows their value."""


def test_groups(template):
    """Every parameter stands in exactly one labelled group, and no group names another."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert all(group["Label"]["default"] and group["Parameters"] for group in groups)
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template["Parameters"])


def test_labels(template):
    """Every parameter has a label of its own, and no label is left over."""
    labels = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]
    assert set(labels) == set(template["Parameters"])
    assert len({label["default"] for label in labels.values()}) == len(labels)


def test_explained(template):
    """Every parameter says what it is and which rule it breaks when it is refused, in lengths AWS takes."""
    for name, row in template["Parameters"].items():
        assert 10 < len(row["Description"]) <= 4000, name
        assert row["ConstraintDescription"], name


def test_ruled(template):
    """Every parameter has a pattern from end to end or allowed values, and a greatest length."""
    for name, row in template["Parameters"].items():
        pattern = row.get("AllowedPattern", "")
        assert ("AllowedValues" in row) != (pattern[:2] == "^(" and pattern[-2:] == ")$"), name
        assert row["MaxLength"] >= 1, name


def test_defaults(template):
    """Every default keeps the rules of its own parameter."""
    given = {name: row for name, row in template["Parameters"].items() if "Default" in row}
    assert set(template["Parameters"]) - set(given) == NEVER_GIVEN
    for name, row in given.items():
        assert row["Default"] in row.get("AllowedValues", [row["Default"]]), name
        assert re.search(row.get("AllowedPattern", ""), row["Default"]), name
        assert row.get("MinLength", 0) <= len(row["Default"]) <= row["MaxLength"], name


def test_defaults_are_cautious(template):
    """Left alone, a stack gives no rights beyond the minimum: no network, no OIDC providers, no role-making agent."""
    defaults = {name: row.get("Default") for name, row in template["Parameters"].items()}
    assert [defaults[name] for name in ("NetworkRights", "Irsa", "ResourcesFeature")] == ["Disabled"] * 3
    assert defaults["Deployment"] == "private"


def test_external_id(template):
    """The external id is never shown, has no default and is at least 16 characters long."""
    row = template["Parameters"]["ExternalId"]
    assert row["NoEcho"] is True
    assert "Default" not in row
    assert row["MinLength"] >= 16
    assert [name for name, other in template["Parameters"].items() if other.get("NoEcho")] == ["ExternalId"]


def test_external_id_only_in_trust(template, walk):
    """The external id stands in the role's trust and nowhere else: in no output, no tag, no policy."""
    role = template["Resources"].pop("InstallerRole")
    trust = role["Properties"].pop("AssumeRolePolicyDocument")
    assert [part for key, part in walk(trust) if key == "sts:ExternalId"] == [{"Ref": "ExternalId"}]
    rest = [template["Resources"], role, template["Outputs"], template["Conditions"]]
    assert not [key for key, part in walk(rest) if key in ("Ref", "Fn::Sub") and "ExternalId" in part]
