"""A change of one value, on either side, and the comparison names the thing and the property."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.agreement import components
from tests.agreement.comparing import OUTPUTS, Row, Telling, differences
from tests.agreement.components import Deployed, Made, words
from tests.agreement.conftest import Written
from tests.agreement.mutating import GONE, garbled, garbled_record, in_record, in_template

Tellings = Callable[[str], tuple[Telling, Telling]]
Names = Callable[[Telling, Telling], set[str]]

_READ = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text())
IN_TEMPLATE, IN_RECORD = ({row["fact"]: row for row in _READ[side]} for side in ("template", "record"))


@pytest.fixture
def names(rows: tuple[Row, ...]) -> Names:
    """The names and properties of what differs and is not excused."""
    return lambda cdk, pulumi: {f"{found.name} {found.path}" for found in differences(cdk, pulumi)
                                if not any(row.excuses(found) for row in rows)}


@pytest.mark.parametrize("fact", IN_TEMPLATE)
def test_a_change_in_a_template_is_named(tellings: Tellings, written: Mapping[str, Written], names: Names, fact: str
                                         ) -> None:
    """One value that is another in a template differs, by its resource and its property."""
    row = IN_TEMPLATE[fact]
    changed = in_template(written[row["model"]], row["name"], row["path"], row.get("value", GONE))
    assert row.get("called", f"{row['name']} {row['path']}") in names(changed.telling(), tellings(row["model"])[1])


@pytest.mark.parametrize("fact", IN_RECORD)
def test_a_change_in_a_record_is_named(tellings: Tellings, deployed: Callable[[str], Deployed], names: Names,
                                       written: Mapping[str, Written], fact: str) -> None:
    """One value that is another in what Pulumi recorded differs, by its resource and its property."""
    row = IN_RECORD[fact]
    changed = in_record(deployed(row["model"]), row["name"], row.get("path", ""), row.get("value", GONE))
    assert row["called"] in names(tellings(row["model"])[0], components.telling(changed, written[row["model"]].place))


def test_tags_of_a_stack_count(tellings: Tellings, written: Mapping[str, Written],
                               names: Names) -> None:
    """A tag that the stacks no longer have is missing on everything that takes tags."""
    one = written["private"]
    bare = replace(one, tags={stack: {key: value for key, value in tags.items() if key != "conveyor:version"}
                              for stack, tags in one.tags.items()})
    found = names(bare.telling(), tellings("private")[1])
    assert {"Vpc Tags.conveyor:version", "Key Tags.conveyor:version", "NodeSubnet1 Tags.conveyor:version",
            "Firewall1 Tags.conveyor:version", "EndpointSts Tags.conveyor:version"} <= found


@pytest.mark.parametrize("key", ["VpcId", "NodeSubnetIds", "ServiceName", "InstallerRoleArn", "BoundaryArn",
                                 "KeyArn", "Zones", "SessionName"])
def test_outputs_count(tellings: Tellings, deployed: Callable[[str], Deployed], written: Mapping[str, Written],
                       names: Names, key: str) -> None:
    """An output that is missing differs, on either side; so does one that says something else."""
    cdk, pulumi = tellings("private")
    less = {name: value for name, value in deployed("private").handed.items() if name != key}
    place = written["private"].place
    for handed in (less, {**less, key: "other"}):
        assert f"Outputs {key}" in names(cdk, components.telling(replace(deployed("private"), handed=handed), place))
    stacks = {stack: {**template, "Outputs": {name: row for name, row in template.get("Outputs", {}).items()
                                              if name != key}} for stack, template in written["private"].stacks.items()}
    assert f"Outputs {key}" in names(replace(written["private"], stacks=stacks).telling(), pulumi)


@pytest.mark.parametrize("name", ["Key", "FlowLogBucket", "AlertLogGroup", "FlowLogBucketPolicy"])
def test_what_is_kept_counts(tellings: Tellings, deployed: Callable[[str], Deployed], written: Mapping[str, Written],
                             names: Names, name: str) -> None:
    """What holds data and would be deleted on one side only differs; the parts of a bucket go with it."""
    kept = tuple(replace(one, kept=one.kept and not _of(one, name)) for one in deployed("private").made)
    pulumi = components.telling(replace(deployed("private"), made=kept), written["private"].place)
    assert {f"{name} DeletionPolicy", f"{name} UpdateReplacePolicy"} <= names(tellings("private")[0], pulumi)


def _of(one: Made, name: str) -> bool:
    return one.name == name or ("part_of" in words()[one.type] and one.name.startswith(name))


@pytest.mark.parametrize("name", ["EndpointSts", "NodeSubnet1Association", "FlowLog", "ConnectionTopicPolicy"])
def test_a_thing_of_one_side_only_is_named(tellings: Tellings, rows: tuple[Row, ...],
                                           names: Names, name: str) -> None:
    """A thing that only one side knows differs as a whole."""
    cdk, pulumi = tellings("private")
    for one, other in ((cdk, _without(pulumi, name)), (_without(cdk, name), pulumi)):
        assert names(one, other) == {f"{name} "}


def _without(telling: Telling, name: str) -> Telling:
    return {other: thing for other, thing in telling.items() if other != name}


MODELS = ("shared", "private", "dedicated", "endpoint-service", "IPv6 with internet")


@pytest.mark.parametrize("model", MODELS)
def test_every_word_of_a_template_counts(tellings: Tellings, written: Mapping[str, Written], model: str) -> None:
    """With every value of every property changed, as many differ: none is passed over."""
    one, total = written[model], 0
    stacks: dict[str, Any] = {}
    for stack, template in one.stacks.items():
        resources = {}
        for name, row in template["Resources"].items():
            properties, count = garbled(row["Properties"], *_NAMING)
            resources[name], total = {**row, "Properties": properties}, total + count
        stacks[stack] = {**template, "Resources": resources}
    changed = replace(one, stacks=stacks).telling()
    assert len(_without_outputs(tellings(model)[0], changed)) == total > 50


@pytest.mark.parametrize("model", MODELS)
def test_every_word_of_a_record_counts(tellings: Tellings, deployed: Callable[[str], Deployed],
                                       written: Mapping[str, Written], model: str) -> None:
    """So with every value that Pulumi recorded: none is passed over on that side either."""
    made, counts = zip(*(garbled_record(one, *_spared(one)) for one in deployed(model).made), strict=True)
    changed = components.telling(replace(deployed(model), made=made), written[model].place)
    assert len(_without_outputs(tellings(model)[1], changed)) == sum(counts) > 50


_NAMING = ("Key", "Port")
"""Properties of templates by which things are found: tags and attributes by their key, listeners by their port."""


def _spared(one: Made) -> tuple[str, ...]:
    """Properties of a record by which things are found: what it is a part of, a role's name, a set's key."""
    name = ("name",) if one.type == "aws:iam/role:Role" else ()
    return ("key", words()[one.type].get("part_of", "key"), *name)


def _without_outputs(telling: Telling, other: Telling) -> list[Any]:
    return [found for found in differences(telling, other) if found.name != OUTPUTS]
