"""The CDK's templates and the Pulumi components say the same of every deployment, but for a short table."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.agreement import components
from tests.agreement.comparing import OUTPUTS, Row, Telling, differences, unexcused
from tests.agreement.conftest import EXAMPLES, VARIED, Written, write
from tests.agreement.recording import mocked
from tests.agreement.templates import called
from tests.model.conftest import good_words, service_words

Tellings = Callable[[str], tuple[Telling, Telling]]


@pytest.mark.parametrize("name", [*EXAMPLES, *VARIED])
def test_both_sides_say_the_same(tellings: Tellings, rows: tuple[Row, ...], name: str) -> None:
    """Of each deployment, the CDK's templates and the Pulumi resources differ in nothing that the table has not."""
    assert unexcused(*tellings(name), rows) == []


@settings(max_examples=3, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(st.one_of(good_words(), good_words(), service_words()), min_size=3, max_size=3,
                      unique_by=lambda words: words["tenant"]))
def test_any_installation(drawn: list[dict[str, Any]], rows: tuple[Row, ...],
                          tmp_path_factory: pytest.TempPathFactory) -> None:
    """So do they of any installation that the door lets in."""
    installations = {words["tenant"]: {key: value for key, value in words.items() if key != "external_id"}
                     for words in drawn}
    for name, written in write(installations, tmp_path_factory.mktemp("any") / "out").items():
        pulumi = components.telling(mocked(installations[name]), written.place)
        assert unexcused(written.telling(), pulumi, rows) == [], installations[name]


def test_every_row_of_the_table_is_needed(tellings: Tellings, rows: tuple[Row, ...]) -> None:
    """A row that excuses no difference of any deployment here says something that is not so."""
    found = [difference for name in (*EXAMPLES, *VARIED) for difference in differences(*tellings(name))]
    assert [row for row in rows if not any(map(row.excuses, found))] == []


def test_a_row_that_matches_nothing_is_found(tellings: Tellings) -> None:
    """The test above finds a row for what is not there, and one that says another value than is there."""
    found = differences(*tellings("private"))
    idle = Row(type="AWS::EC2::VPC", path="CidrBlock", only="cdk", reason="none")
    other = Row(type="AWS::ElasticLoadBalancingV2::TargetGroup", path="NamePrefix", only="pulumi", says="x", reason="")
    assert not any(map(idle.excuses, found))
    assert not any(map(other.excuses, found))


def test_rows_are_few_and_say_why(rows: tuple[Row, ...]) -> None:
    """The table is short, each row has a reason of its own, and none excuses a type as a whole."""
    assert len(rows) <= 12
    assert all(row.reason and row.path != "*" for row in rows)
    assert len({(row.type, row.path) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", ["shared", "private", "dedicated"])
def test_the_comparison_is_not_empty(tellings: Tellings, written: Mapping[str, Written], name: str) -> None:
    """Every resource of every stack is compared, each of them with what Pulumi makes."""
    cdk, pulumi = tellings(name)
    resources = {called(*each) for template in written[name].stacks.values() for each in template["Resources"].items()}
    assert resources <= set(cdk)
    assert resources <= set(pulumi)
    assert len(resources) > 60
    assert len(pulumi[OUTPUTS]) > 20


def test_no_word_is_left_over(deployed: Callable[[str], components.Deployed]) -> None:
    """Every type that the table of words has is one that a deployment here makes."""
    made = {one.type for name in (*EXAMPLES, *VARIED) for one in deployed(name).made}
    assert set(components.words()) - made == set()
