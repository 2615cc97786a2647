"""A folder of many installations: the broken ones are told with all their faults, and the others are written."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.errors import InputError
from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout import commands
from conveyor_iac.publishing.rollout.fleet import MOST_BYTES, Fleet, fleet
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import stacks
from tests.publishing.rollout.conftest import WORDS

SECRET = "only-in-this-test-0123456789"
LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'ha'] * 9)}]\n" for n in range(12))
"""Twelve lines that mean hundreds of millions of values."""
Make = Callable[..., Fleet]


def words(number: int, **changes: Any) -> dict[str, Any]:
    """A good installation of its own tenant, account and customer."""
    return {**WORDS, "tenant": f"tenant{number}", "account": f"{number:012}", "external_id": SECRET,
            "region": ("eu-west-1", "eu-central-1")[number % 2], "deployment": ("private", "shared")[number % 2],
            "labels": {"customer": f"Customer {number}"}, **changes}


@pytest.fixture
def made(tmp_path: Path, offer_: Offer) -> Make:
    """What comes of a folder in which these files lie, by their names."""

    def made(files: dict[str, Any]) -> Fleet:
        folder = tmp_path / "fleet"
        folder.mkdir(exist_ok=True)
        for name, said in files.items():
            (folder / name).write_text(said if isinstance(said, str) else yaml.safe_dump(said))
        return fleet(folder, offer_, lambda _: None)

    return made


def broken(found: Fleet) -> dict[str, list[str]]:
    """The paths of the faults of each broken file."""
    return {name: [fault.path for fault in faults] for name, faults in found.broken.items()}


def test_three_hundred_with_three_broken(made: Make) -> None:
    """Of 300 the three broken ones are told, each with all its faults, and the parameters of the others are written."""
    files = {f"tenant{number}.yaml": words(number) for number in range(300)}
    files["tenant7.yaml"] |= {"region": "eu-west-9", "vendor_access": "perhaps"}
    files["tenant20.yaml"] |= {"account": "12", "external_id": "short"}
    files["tenant33.yaml"] = {"tenant": "tenant33", "endpoints": {"add": ["no-such"]}}
    found = made(files)
    assert {name: set(paths) for name, paths in broken(found).items()} == {
        "tenant7.yaml": {"region", "vendor_access"}, "tenant20.yaml": {"account", "external_id"},
        "tenant33.yaml": {"deployment", "region", "account", "control_plane", "endpoints.add"}}
    assert len(found.files) == 2 * 297
    told = found.as_json()
    assert (told["installations"], told["good"], len(told["broken"])) == (300, 297, 3)
    assert sum(row["files"] for row in told["groups"]) == len(found.files)
    assert not any(SECRET.encode() in content for content in found.files.values())
    assert SECRET not in json.dumps(told)


def test_files_are_grouped(made: Make, offer_: Offer) -> None:
    """A parameter file lies below its version, region and template, and is what one installation alone is given."""
    found = made({f"{number}.yaml": words(number) for number in (4, 5)})
    assert sorted(found.files) == [
        "1.2.0/eu-central-1/installer-role/tenant5-000000000005.json",
        "1.2.0/eu-central-1/network-shared/tenant5-000000000005.json",
        "1.2.0/eu-west-1/installer-role/tenant4-000000000004.json",
        "1.2.0/eu-west-1/network-private/tenant4-000000000004.json"]
    network, role = stacks(Installation.read(words(4)), offer_)
    for stack in (network, role):
        assert found.files[f"1.2.0/eu-west-1/{stack.template.name}/tenant4-000000000004.json"] == \
            commands.parameters(stack)
    assert [row["sha256"] for row in found.as_json()["groups"] if row["template"] == "installer-role"] == [
        role.template.sha256] * 2


def test_between_files(made: Make) -> None:
    """What two files may not share breaks both; the others are written."""
    found = made({"a.yaml": words(0), "b.yaml": words(2, account="000000000000"), "c.yaml": words(4),
                  "d.yaml": words(6, labels={"customer": "Customer 4"}), "e.yaml": words(8)})
    assert broken(found) == {"a.yaml": ["account"], "b.yaml": ["account"], "c.yaml": ["network.cidr"],
                             "d.yaml": ["network.cidr"]}
    assert {name.rpartition("/")[2] for name in found.files} == {"tenant8-000000000008.json"}


@pytest.mark.parametrize("said", ["tenant: [\n", "- a\n- list\n", "", "\x00", "tenant: a\ntenant: b\n", "[" * 1500,
                                  "[" * 150 + "]" * 150, "&a [*a]\n", "tenant: &a {b: *a}\n", LAUGHS,
                                  "!!python/object/apply:os.system [ls]\n"],
                         ids=("open", "list", "empty", "nul", "twice", "deeper", "deep", "itself", "within", "laughs",
                              "python"))
def test_a_file_that_is_no_installation(made: Make, said: str) -> None:
    """Whatever a file says, it is told as broken, and the others are written."""
    found = made({"good.yaml": words(0), "bad.yaml": said})
    assert (list(found.broken), len(found.files)) == (["bad.yaml"], 2)


def test_what_is_no_file(made: Make, tmp_path: Path) -> None:
    """A folder, a link, a pipe, a file of 10 MB and one that nobody may read are told, and none is read."""
    folder = tmp_path / "fleet"
    made({"good.yaml": words(0), "long.yaml": "#" * 10_000_000})
    (folder / "folder.yaml").mkdir()
    (folder / "sub").mkdir()
    (folder / "link.yaml").symlink_to(folder / "good.yaml")
    os.mkfifo(folder / "pipe.yaml")
    found = made({})
    assert {name: faults[0].value for name, faults in found.broken.items()} == {
        "folder.yaml": "a folder", "link.yaml": "a link", "long.yaml": "10000000 bytes", "pipe.yaml": "no file",
        "sub": "a folder"}
    assert len(found.files) == 2
    assert MOST_BYTES < 10_000_000


def test_other_files_are_passed_over(made: Make) -> None:
    """Files with other endings are passed over and told; hidden ones are not even told."""
    found = made({"a.yaml": words(0), "b.yml": words(2), "c.json": words(4), "README.md": "# Ours", ".h.yaml": "["})
    assert (found.installations, found.broken, found.passed_over) == (3, {}, ("README.md",))


def test_two_files_of_one_name(made: Make) -> None:
    """Two files of one name and two endings are told, whatever they say: nobody knows which of them counts."""
    found = made({"a.yaml": words(0), "a.json": words(2), "b.yaml": words(4)})
    assert {name: faults[0].value for name, faults in found.broken.items()} == {"a.json": "'a'", "a.yaml": "'a'"}


def test_a_name_that_is_no_text(made: Make) -> None:
    """A name that is no UTF-8, or that moves the cursor, is told by its numbers, and the others are written."""
    found = made({"a.yaml": words(0), "bad\udcff.yaml": words(2), "red\x1b[31m\n.yaml": words(4), "n\udcfe.txt": "x"})
    assert broken(found) == {r"bad\udcff.yaml": [r"bad\udcff.yaml"], r"red\x1b[31m\n.yaml": [r"red\x1b[31m\n.yaml"]}
    assert found.passed_over == (r"n\udcfe.txt",)
    assert commands.spelled(found.as_json()).isascii()
    assert len(found.files) == 2


def test_azure_is_told(made: Make) -> None:
    """A data plane on Azure among the files is told with the way out."""
    azure = (Path(__file__).parents[3] / "examples/azure-shared.yaml").read_text()
    assert broken(made({"a.yaml": words(0), "azure.yaml": azure})) == {"azure.yaml": ["cloud"]}


@pytest.mark.parametrize("what", ["nothing", "empty", "a file"])
def test_no_folder(tmp_path: Path, offer_: Offer, what: str) -> None:
    """A folder that is not there, has no installation, or is a file, is refused."""
    folder = tmp_path / "fleet"
    if what == "empty":
        folder.mkdir()
        (folder / "README.md").write_text("# Ours")
    if what == "a file":
        folder.write_text("tenant: a")
    with pytest.raises(InputError, match="--fleet: "):
        fleet(folder, offer_, print)


def test_it_says_how_far_it_is(tmp_path: Path, offer_: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes its time, it says how far it is."""
    monkeypatch.setattr("conveyor_iac.publishing.rollout.fleet.QUIET", -1.0)
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(words(0)))
    said: list[str] = []
    fleet(tmp_path, offer_, said.append)
    assert said == ["0 of 1 installations ..."]
