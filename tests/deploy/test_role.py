"""The published template, deployed: its role does what it must and nothing else, and each check can fail."""

import json
from typing import Any

import pytest

from conveyor_iac.emulator.usage import Use, use
from tests.deploy.mutations import MUTATIONS, Mutation


def failing(uses: tuple[Use, ...]) -> list[str]:
    return [f"{row.id}: expected {row.expected}, answer {row.answer}" for row in uses if not row.met]


def uses(site: Any) -> tuple[Use, ...]:
    return tuple(use(site))


def test_the_role_does_what_it_must_and_nothing_else(deploy: Any) -> None:
    """Every use of the deployed role is answered as it must be."""
    made = uses(deploy())
    assert failing(made) == []
    assert len(made) > 45


def test_with_every_switch_the_role_still_holds(deploy: Any) -> None:
    """Every guarantee that no switch loosens holds with the resources feature and network rights on."""
    made = uses(deploy(ResourcesFeature="Enabled", NetworkRights="Enabled", Deployment="shared"))
    assert failing(made) == []
    assert "attach-EksAgentIAMPermissivePolicy" in {row.id for row in made}


def test_irsa_lets_the_installer_write_trust_of_created_roles_only(deploy: Any) -> None:
    """With Irsa on the trust of created roles can be written, and no other guarantee is lost."""
    assert failing(uses(deploy(Irsa="Enabled"))) == ["trust-of-created-role: expected refused, answer allowed"]


def test_without_delete_rights_nothing_is_deleted(deploy: Any) -> None:
    """With delete rights off the installer cannot delete even the roles it made."""
    refused = [row for row in uses(deploy(DeleteRights="Disabled")) if not row.met]
    assert {row.id for row in refused} == {"delete-cluster", "delete-others"}
    assert {row.answer for row in refused} == {"AccessDenied"}


def test_another_path_and_prefix_hold_as_well(deploy: Any, installation: Any) -> None:
    """The customer's own IAM path and prefix carry the same guarantees."""
    iam = installation.iam.model_copy(update={"path": "/company/vendors/", "role_prefix": "cv-"})
    site = deploy(IamPath="/company/vendors/", RolePrefix="cv-", own=iam)
    assert failing(uses(site)) == []
    assert ":role/company/vendors/acme/installer/" in site.role_arn


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_guarantee_is_seen(deploy: Any, mutation: Mutation) -> None:
    """Each broken guarantee makes the use that stands for it fail; the test's id says which."""
    broken = {row.id for row in uses(deploy(mutation.mutate)) if not row.met}
    assert mutation.fails in broken


def test_the_mutations_cover_every_kind_of_use(deploy: Any) -> None:
    """Every use that is expected to be refused stands for a guarantee that some mutation breaks."""
    refused = {row.id for row in uses(deploy()) if row.expected == "refused"}
    assert refused <= {mutation.fails for mutation in MUTATIONS}


def test_the_outputs_hand_over_what_the_vendor_needs(deploy: Any) -> None:
    """The outputs name the role, the session name, the boundary and each predefined policy."""
    site = deploy()
    assert site.role_arn == "arn:aws:iam::222222222222:role/conveyor/acme/installer/conveyor-acme-installer"
    assert site.outputs["SessionName"] == "conveyor-acme"
    assert len(site.predefined) == 15
    assert site.external_id not in json.dumps(dict(site.outputs))
