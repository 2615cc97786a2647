"""`conveyor-iac rollout` as a user runs it: what it prints, what it writes, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.publishing.rollout import offered

SECRET = "S3cret-in-this-test-only"
URL = f"{offered.URL}/1.2.0"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two releases, the older one withdrawn."""
    made = [offered.release(), offered.release("1.3.0")]
    index = offered.indexed(*made).withdrawn("1.2.0", "too broad", "2026-02-03T04:05:06Z")
    return offered.written(tmp_path_factory.mktemp("releases"), *made, index=index)


@pytest.fixture
def rolled(run: Callable[..., Any], releases: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs rollout of 1.3.0 into the folder `out`."""
    return lambda *words: run("rollout", "--release", releases, "--url", f"{offered.URL}/1.3.0", "--out",
                              tmp_path / "out", *words)


def test_one(rolled: Callable[..., Any], written: Callable[..., Path], tree: Callable[..., Any], tmp_path: Path
             ) -> None:
    """One installation: the links on stdout, the talk on stderr, the folder beside; the external id in none of them."""
    answer = rolled("-f", written(external_id=SECRET))
    assert answer.code == 0, answer.err
    assert "conveyor-acme-network" in answer.out
    assert "launch    https://eu-west-1.console.aws" in answer.out
    assert f"{tmp_path / 'out'}: written" in answer.err
    assert SECRET not in answer.out + answer.err
    assert [name for name, content in tree(tmp_path).items() if SECRET.encode() in content] == ["conveyor.yaml"]


def test_json(rolled: Callable[..., Any], written: Callable[..., Path], tmp_path: Path) -> None:
    """With --json it prints what rollout.json says."""
    answer = rolled("-f", written(), "--json")
    assert json.loads(answer.out) == json.loads((tmp_path / "out/rollout.json").read_text())
    assert json.loads(answer.out)["version"] == "1.3.0"


def test_again(rolled: Callable[..., Any], written: Callable[..., Path], tmp_path: Path) -> None:
    """The same again changes nothing; another content is refused without --force, and then kept beside."""
    assert rolled("-f", written()).code == 0
    assert "same as before" in rolled("-f", written()).err
    refused = rolled("-f", written(guardduty=True))
    assert (refused.code, "holds something else" in refused.err) == (2, True)
    forced = rolled("-f", written(guardduty=True), "--force")
    assert (forced.code, f"what was there is {tmp_path / 'out'}.older" in forced.err) == (0, True)


def test_a_withdrawn_version(rolled: Callable[..., Any], run: Callable[..., Any], releases: Path,
                             written: Callable[..., Path], tmp_path: Path) -> None:
    """A withdrawn version ends with 1 and nothing is written; with --withdrawn-too it is taken, with a warning."""
    words = ["rollout", "--release", releases, "--version", "1.2.0", "--url", URL, "--out", tmp_path / "old", "-f",
             written()]
    refused = run(*words)
    assert (refused.code, "withdrawn on 2026-02-03T04:05:06Z: too broad" in refused.err) == (1, True)
    assert not (tmp_path / "old").exists()
    taken = run(*words, "--withdrawn-too")
    assert (taken.code, "warning: WITHDRAWN on 2026-02-03" in taken.err) == (0, True)


@pytest.mark.parametrize(("words", "said"), [
    (["--version", "9.9.9"], "no version 9.9.9"), (["--version", "latest"], "a semantic version"),
    (["--fleet", "."], "one of them"), (["--url", "https://example.com/1.3.0"], "from S3 only"),
    (["--release", "nowhere"], "nowhere"),
])
def test_bad_words(rolled: Callable[..., Any], written: Callable[..., Path], tmp_path: Path, words: list[str], said: str
                   ) -> None:
    """An unknown version, both of --file and --fleet, an address outside S3: each ends with 2 and writes nothing."""
    answer = rolled("-f", written(), *words)
    assert (answer.code, said in answer.err) == (2, True), answer.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["conveyor.yaml"]


def test_azure(rolled: Callable[..., Any], azure: Callable[..., Path], tmp_path: Path) -> None:
    """A data plane on Azure is refused with the way out, and nothing is written."""
    answer = rolled("-f", azure())
    assert (answer.code, "Deploy it with Pulumi" in answer.err) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def fleet(tmp_path: Path, written: Callable[..., Path]) -> Path:
    """A folder with two good installations and a broken one."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    for number, region in enumerate(("eu-west-1", "eu-central-1", "eu-west-9")):
        words = yaml.safe_load(written(tenant=f"tenant{number}", account=f"{number:012}", region=region).read_text())
        (folder / f"tenant{number}.yaml").write_text(yaml.safe_dump(words | {"external_id": SECRET}))
    return folder


def test_a_fleet(rolled: Callable[..., Any], fleet: Path, tmp_path: Path) -> None:
    """The good ones are written and counted, the broken one is told, and it ends with 1."""
    answer = rolled("--fleet", fleet)
    assert answer.code == 1
    assert "2 of 3 installations are good" in answer.out
    assert "error: tenant2.yaml: region: 'eu-west-9'" in answer.err
    assert answer.err.rstrip().endswith("1 of 3 installations are broken; the others are written")
    assert len(list((tmp_path / "out/1.3.0").rglob("*.json"))) == 4
    assert SECRET not in answer.out + answer.err


def test_a_fleet_as_json(rolled: Callable[..., Any], fleet: Path, tmp_path: Path) -> None:
    """With --json one document is printed, the same as the sheet's; without the broken one it ends with 0."""
    answer = rolled("--fleet", fleet, "--json")
    assert json.loads(answer.out) == json.loads((tmp_path / "out/rollout.json").read_text())
    (fleet / "tenant2.yaml").unlink()
    assert rolled("--fleet", fleet, "--json", "--force").code == 0


def test_a_fleet_of_broken_ones(rolled: Callable[..., Any], fleet: Path, tmp_path: Path) -> None:
    """Where no installation is good nothing is written."""
    for number in (0, 1):
        (fleet / f"tenant{number}.yaml").unlink()
    answer = rolled("--fleet", fleet)
    assert (answer.code, "nothing is written" in answer.err, (tmp_path / "out").exists()) == (1, True, False)
