"""What a release offers: its version, the addresses of its templates, and whether it may be used."""

from dataclasses import replace
from pathlib import Path

import pytest

from conveyor_iac.errors import AnswerIsNo, InputError
from conveyor_iac.publishing.index import Index
from conveyor_iac.publishing.release import ABOUT, INDEX
from conveyor_iac.publishing.rollout.offer import Offer, offer
from conveyor_iac.publishing.source import opened
from tests.publishing.rollout import offered

HERE = f"{offered.URL}/1.2.0"


def test_every_template_has_its_address_and_digest(offer_: Offer) -> None:
    """The templates of the version are those of its folder, each at its address."""
    assert offer_.version == "1.2.0"
    assert {template.url for template in offer_.templates.values()} == {
        f"{HERE}/{file.name}" for file in (offered.ROOT / "templates").glob("*.json")}
    assert offer_.templates["installer-role"].secrets == ("ExternalId",)
    assert (offer_.withdrawn, offer_.told) == (None, ())


@pytest.mark.parametrize(("given", "address"), [
    ("s3://releases/conveyor/1.2.0", "https://releases.s3.amazonaws.com/conveyor/1.2.0"),
    ("s3://my.releases/1.2.0", "https://s3.amazonaws.com/my.releases/1.2.0"),
    ("https://s3.cn-north-1.amazonaws.com.cn/releases/1.2.0/", "https://s3.cn-north-1.amazonaws.com.cn/releases/1.2.0"),
    ("https://r.s3.dualstack.eu-west-1.amazonaws.com/1.2.0", "https://r.s3.dualstack.eu-west-1.amazonaws.com/1.2.0"),
])
def test_addresses_of_s3(releases: Path, given: str, address: str) -> None:
    """Each form of an address in S3 comes to the one that CloudFormation reads."""
    assert offer(opened(str(releases)), url=given).url == address


@pytest.mark.parametrize("given", [
    "https://releases.example.com/1.2.0", "http://releases.s3.amazonaws.com/1.2.0", "https://d111.cloudfront.net/1.2.0",
    "https://s3.amazonaws.com.example.com/r/1.2.0", "https://r.s3.amazonaws.com/1.2.0?x=1", f"{offered.URL}/1.1.0",
])
def test_other_addresses_are_refused(releases: Path, given: str) -> None:
    """An address that is none of S3, or of another version, is refused: CloudFormation would, or would read others."""
    with pytest.raises(InputError, match="--url: "):
        offer(opened(str(releases)), url=given)


def test_a_folder_needs_the_address(releases: Path) -> None:
    """Where the release is a folder of this machine, the address must be given."""
    with pytest.raises(InputError, match="CloudFormation reads a template from S3 only"):
        offer(opened(str(releases)))


def test_a_withdrawn_version_is_refused(tmp_path: Path) -> None:
    """A version that was withdrawn is refused with the reason; taken all the same, it is told."""
    made = offered.release()
    index = Index(entries=(offered.entry(made),)).withdrawn("1.2.0", "too broad", "2026-02-03T04:05:06Z")
    source = opened(str(offered.written(tmp_path, made, index=index)), version="1.2.0")
    with pytest.raises(AnswerIsNo, match="withdrawn on 2026-02-03T04:05:06Z: too broad"):
        offer(source, url=HERE)
    taken = offer(source, url=HERE, withdrawn_too=True)
    assert taken.withdrawn
    assert taken.told[0].startswith("WITHDRAWN on 2026-02-03")


def test_a_version_that_the_index_does_not_name_is_refused(tmp_path: Path) -> None:
    """A folder beside an index that knows nothing of it is no published version."""
    folder = offered.written(tmp_path, offered.release(), index=Index())
    with pytest.raises(InputError, match=r"no version 1\.2\.0"):
        offer(opened(str(folder / "1.2.0")), url=HERE)


def test_other_bytes_than_the_index_names_are_refused(tmp_path: Path) -> None:
    """A version with other bytes than the published one is refused."""
    made = offered.release()
    index = Index(entries=(replace(offered.entry(made), sha256sums="0" * 64),))
    with pytest.raises(AnswerIsNo, match=r"is not the 1\.2\.0 of the index"):
        offer(opened(str(offered.written(tmp_path, made, index=index) / "1.2.0")), url=HERE)


def test_a_changed_template_is_refused(tmp_path: Path) -> None:
    """A template that is other than its digest says is refused."""
    folder = offered.written(tmp_path, offered.release()) / "1.2.0"
    (folder / "network-private.template.json").write_bytes(b"{}")
    with pytest.raises(InputError, match=r"network-private\.template\.json: sha256 .*SHA256SUMS says"):
        offer(opened(str(folder)), url=HERE)


def test_without_an_index_it_is_told(tmp_path: Path) -> None:
    """Where there is no index, and the folder is called otherwise, the version is the release's own word for it."""
    folder = offered.written(tmp_path / "any", offered.release(**{ABOUT: b'{"version": "1.2.0"}'})) / "1.2.0"
    folder.rename(tmp_path / "fetched")
    made = offer(opened(str(tmp_path / "fetched")), url=HERE)
    assert made.version == "1.2.0"
    assert "Whether 1.2.0 was withdrawn is not known" in made.told[0]


def test_a_broken_index_is_refused(tmp_path: Path) -> None:
    """Where there is an index that cannot be understood, no version is taken for one that was not withdrawn."""
    folder = offered.written(tmp_path, offered.release())
    (folder / INDEX).write_text('{"schema": 1, "versions": [')
    with pytest.raises(InputError, match=INDEX):
        offer(opened(str(folder / "1.2.0")), url=HERE)


def test_a_newer_version_is_told(tmp_path: Path) -> None:
    """An older version is taken, and the latest is named."""
    folder = offered.written(tmp_path, offered.release(), offered.release("1.3.0"))
    assert offer(opened(str(folder), version="1.2.0"), url=HERE).told == ("The latest version is 1.3.0",)
