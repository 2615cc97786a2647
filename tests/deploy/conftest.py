"""One embedded AWS for the folder, the published templates, and ways to deploy the role's, changed or not."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import Site, surroundings
from conveyor_iac.emulator.usage import landscape
from conveyor_iac.model import published
from conveyor_iac.model.installation import Installation

EXTERNAL_ID = "only-in-this-test-0123456789"
STACK = "installer-role"
ROOT = Path(__file__).parents[2]

Deploy = Callable[..., Site]


@pytest.fixture(scope="session")
def installation() -> Installation:
    return Installation.load(ROOT / "examples" / "private.yaml")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The published templates as they are synthesized now."""
    return assemble([], "published", tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def template(templates: dict[str, Path]) -> dict[str, Any]:
    """The published template of the installer role."""
    return json.loads(templates["installer-role"].read_text())


@pytest.fixture(scope="session")
def aws(installation: Installation) -> Iterator[LocalAws]:
    with LocalAws.start(account=installation.account or "", region=installation.region) as running:
        yield running


@pytest.fixture
def deploy(aws: LocalAws, installation: Installation, template: dict[str, Any], tmp_path: Path) -> Deploy:
    """Deploys the published template into an empty AWS: perhaps mutated, perhaps with other parameters."""

    def deploy(mutate: Callable[[dict[str, Any]], None] = lambda _: None, *, own: Any = None,
               **parameters: str) -> Site:
        """`own` is the `iam` part of the installation file, where it differs from the example's."""
        aws.reset()
        surroundings(aws, installation)
        changed = copy.deepcopy(template)
        mutate(changed)
        file = tmp_path / "installer-role.template.json"
        file.write_text(json.dumps(changed))
        given = published.parameters(installation, changed["Parameters"], {"ExternalId": EXTERNAL_ID, **parameters})
        deploying.template_deploy(aws, STACK, file, given)
        mine = installation.model_copy(update={"iam": own}) if own else installation
        site = Site(aws=aws, installation=mine, external_id=EXTERNAL_ID,
                    outputs=deploying.deployed(aws).outputs)
        landscape(site)
        return site

    return deploy


@pytest.fixture(scope="session")
def revocation() -> dict[str, Any]:
    """The policy document that docs/customer.md gives for ending open sessions; NOW stands for the time."""
    text = (ROOT / "docs" / "customer.md").read_text()
    return json.loads(text.partition("<!-- revocation -->\n```json\n")[2].partition("```")[0])
