"""Other vendors' templates, transcribed: the prover says of each what reading says of it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.proofs import template
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.contract import of_file
from conveyor_iac.proofs.verdict import Answer, Verdict
from conveyor_iac.proofs.verify import verify
from tests.proofs.iam.confirming import Deployed, breaks, confirmed

FOREIGN = Path(__file__).parent / "foreign"
ROWS: list[dict[str, str]] = tomllib.loads((FOREIGN / "expected.toml").read_text())["verdict"]


def contract_of(name: str) -> Path:
    return FOREIGN / name.replace(".yaml", ".contract.yaml")


def answer(row: dict[str, str]) -> Answer:
    """What the claim of a row says of its template."""
    given = contract_of(row["template"])
    read = template.read((FOREIGN / row["template"]).read_text(), row["template"])
    results = verify(read, of_file(given.read_text(), given.name), claims=[claim(row["claim"])]).results
    assert results, "the claim is not asked"
    return results[0].answer


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['template']}: {row['claim']}")
def test_a_foreign_template_gets_the_verdict_of_its_reading(row: dict[str, str]) -> None:
    """The verdict is the one in the table, and a refutation is allowed by policies gathered and filled without it."""
    found = answer(row)
    assert found.verdict == row["verdict"], (found, row["because"])
    if found.verdict is Verdict.REFUTED and "eventName" in (found.counterexample or {}):
        body: dict[str, Any] = template.load((FOREIGN / row["template"]).read_text(), "body")
        agreed = template.load(contract_of(row["template"]).read_text(), "contract")
        body.setdefault("Parameters", {})
        assert found.counterexample is not None
        assert confirmed(body, agreed, found.counterexample, row["claim"])
        assert breaks(Deployed(body, found.counterexample["parameters"]), agreed["installer"], found.counterexample,
                      row["claim"])


def test_every_foreign_template_is_read() -> None:
    """Each template with a contract has rows, so that none is left out by a slip."""
    contracts = {path.name.replace(".contract.yaml", ".yaml") for path in FOREIGN.glob("*.contract.yaml")}
    assert contracts == {row["template"] for row in ROWS}
