"""The whole folder of one installation: what is in it, that its parts agree, and what is never in it."""

import json
import re
from collections.abc import Callable

import pytest

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.index import Withdrawn
from conveyor_iac.publishing.rollout.links import FILL_IN
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.single import PAGE, SHEET, rollout, shown
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]
SECRET = "only-in-this-test-0123456789"
OF_A_STACKSET = {"operation-preferences.json", "parameters.json", "stack-set.json", "stack-set.sh",
                 "stack-set.template.json"}
OF_A_STACK = {"change-set.json", "deploy.sh", "parameters.json", "quick-create.txt",
              *(f"stack-set/{name}" for name in OF_A_STACKSET)}


def test_the_files(offer_: Offer, asked: Asked) -> None:
    """Each stack has a folder with every way to launch it; workflow, sheet and page stand beside them."""
    expected = {f"{name}/{file}" for name in ("network-private", "installer-role") for file in OF_A_STACK}
    assert set(rollout(asked(), offer_)) == expected | {"README.md", "rollout.json", "github-workflow.yml"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "endpoint-service"])
def test_the_external_id_is_nowhere(offer_: Offer, asked: Asked, kind: str) -> None:
    """An external id that the file has is in no file of the folder; with and without it the folder is the same."""
    files = rollout(asked(kind, external_id=SECRET), offer_)
    assert [name for name, content in files.items() if SECRET.encode() in content] == []
    assert files == rollout(asked(kind), offer_)


def test_the_parts_agree(offer_: Offer, asked: Asked) -> None:
    """Link, parameter file and sheet say the same of a stack, and the sheet names the digest of its template."""
    files = rollout(asked(), offer_)
    for stack in json.loads(files[SHEET])["stacks"]:
        folder = stack["template"]
        assert files[f"{folder}/quick-create.txt"].decode() == f"{stack['quick_create_url']}\n"
        assert {row["ParameterKey"]: row["ParameterValue"] for row in json.loads(
            files[f"{folder}/parameters.json"])} == stack["parameters"]
        assert stack["sha256"] == offer_.templates[folder].sha256
        assert json.loads(files[f"{folder}/change-set.json"])["TemplateURL"] == stack["template_url"]


def test_the_page_leads_to_everything(offer_: Offer, asked: Asked) -> None:
    """The page names every script and every value that is asked, in the order of the stacks, and first the check."""
    page = rollout(asked(), offer_)[PAGE].decode()
    names = re.findall(r"`bash (\S+)`", page)
    assert names == [f"{folder}/{script}" for folder in ("network-private", "installer-role")
                     for script in ("deploy.sh", "stack-set/stack-set.sh")]
    assert page.index("verify-release") < page.index(names[0])
    assert "There fill in DataPlaneVpcId: the output VpcId of the stack conveyor-acme-network." in page


def test_a_withdrawn_version_is_told(offer_: Offer, asked: Asked) -> None:
    """Taken all the same, a withdrawn version is told on the page and in the sheet."""
    withdrawn = Withdrawn(reason="too broad", at="2026-02-03T04:05:06Z")
    made = rollout(asked(), type(offer_)(version="1.2.0", url=offer_.url, templates=offer_.templates,
                                         withdrawn=withdrawn, told=("WITHDRAWN on 2026-02-03: too broad",)))
    assert "**WITHDRAWN on 2026-02-03T04:05:06Z: too broad**" in made[PAGE].decode()
    assert json.loads(made[SHEET])["withdrawn"] == withdrawn.as_json()


def test_what_changes_by_itself_is_not_written(offer_: Offer, asked: Asked) -> None:
    """A newer version, or an index that could not be read from here, changes no file of a roll-out."""
    told = ("Whether 1.2.0 was withdrawn is not known: /mnt/versions.json is not there", "The latest version is 1.3.0")
    other = type(offer_)(version=offer_.version, url=offer_.url, templates=offer_.templates, told=told)
    assert rollout(asked(), other) == rollout(asked(), offer_)


def test_in_words(offer_: Offer, asked: Asked) -> None:
    """The words on the screen have each stack's link, what is asked and what is secret; or why there is no link."""
    said = shown(json.loads(rollout(asked(), offer_)[SHEET]))
    assert all(word in said for word in (FILL_IN, "secret    ExternalId", "asked     AvailabilityZones: 3 "))
    assert "use deploy.sh" in shown(json.loads(rollout(asked("company-rules"), offer_)[SHEET]))
