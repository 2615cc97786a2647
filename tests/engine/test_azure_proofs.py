"""The claims about Azure held against what the real engine made: variants proved, a preview left open."""

import copy
import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.pulumi import read_stack, template_of
from conveyor_iac.proofs.verify import Report, verify
from tests.engine.azure_variants import PRINCIPAL, program, recording, words
from tests.engine.recording import Recorder
from tests.engine.stacks import Stack, shut_off

Body = dict[str, Any]
VARIANTS = ("example", "firewall", "new-subscription", "existing-vnet")
CLAIMS = {name for name in IDS if name.startswith("azure.")}
NOT_ASKED = {"existing-vnet": {"azure.egress-by-list", "azure.inbound-as-agreed"}}
"""Claims that a variant has nothing for."""


class Seen:
    """What one variant left behind: recorded resources, an export, and previews before and after it was made."""

    def __init__(self, stack: Stack, recorder: Recorder) -> None:
        self.first = json.loads(stack.preview(json=True).text)
        stack.up()
        self.recorded, self.export = recorder.plain(), stack.export(secrets=True)
        self.again = json.loads(stack.preview(json=True).text)


def seen(variant: str, command: auto.PulumiCommand, folder: Path, environment: pytest.MonkeyPatch) -> Seen:
    """A variant of the example, made by the real engine."""
    shut_off(environment, folder)
    environment.setenv("PULUMI_OPTION_SHOW_SAMES", "true")
    with contextmanager(recording)() as recorder:
        return Seen(Stack(program({**words(variant), "protect": False}), recorder=recorder, command=command,
                          folder=folder), recorder)


def verdicts(report: Report) -> dict[str, str]:
    return {result.claim.id: str(result.answer.verdict) for result in report.results}


def read(body: Body, *claims: str) -> dict[str, str]:
    (found,) = read_stack(body, "stack")
    return verdicts(verify(found.template, claims=[claim(name) for name in claims] or None))


def everything_asked_is_proved(variant: str, left: Seen) -> None:
    """Of an export, of the recorded resources and of a preview of what stands, each claim that is asked is proved."""
    wanted = dict.fromkeys(CLAIMS - NOT_ASKED.get(variant, set()), "proved")
    contract = next(row["inputs"]["contract"] for row in left.export["deployment"]["resources"]
                    if row["type"].endswith(":AzureDeployment"))
    assert read(left.export) == wanted
    assert verdicts(verify(template_of(left.recorded, "recorded", contract=contract))) == wanted
    assert read(left.again) == wanted


def before_it_is_made_nothing_is_refuted(left: Seen) -> None:
    """A first preview knows no ids: what hangs on them is undecided, and what it proves stays proved."""
    assert set(read(left.first).values()) == {"proved", "undecided"}


def _given(name: str, **inputs: Any) -> Callable[[dict[str, Body]], None]:
    def change(rows: dict[str, Body]) -> None:
        for part in ("inputs", "outputs"):
            rows[name][part] = {key: value for key, value in (rows[name][part] | inputs).items() if value is not None}

    return change


WORSE: dict[str, tuple[str, str, Callable[[dict[str, Body]], None]]] = {
    "default outbound access": ("firewall", "azure.no-public-address", _given(
        "NodeSubnet", defaultOutboundAccess=None)),
    "no security group": ("firewall", "azure.inbound-as-agreed", _given("NodeSubnet", networkSecurityGroup=None)),
    "no route table": ("firewall", "azure.egress-by-list", _given("NodeSubnet", routeTable=None)),
    "a registry's admin": ("example", "azure.closed-services", _given("Registry", adminUserEnabled=True)),
    "another principal": ("example", "azure.roles-as-agreed", _given("VendorRole", principalId=PRINCIPAL)),
    "nobody approves": ("example", "azure.access-approved", _given("AccessPolicy", approvalSettings={
        "approvalRequired": False})),
    "a policy that is not enforced": ("new-subscription", "azure.guardrails-outside", _given(
        "NoPublicAddresses", enforcementMode="DoNotEnforce")),
    "any subject": ("example", "azure.federated-only", _given("ControlPlaneCredential", subject="*")),
}


def changes_for_the_worse_are_refuted(variant: str, left: Seen) -> None:
    """Each change of a deployed variant that is kept for it breaks its claim."""
    for what, (of, broken, change) in WORSE.items():
        if of == variant:
            body = copy.deepcopy(left.export)
            change({row["urn"].rsplit("::acme-", 1)[-1]: row for row in body["deployment"]["resources"]})
            assert read(body, broken) == {broken: "refuted"}, what


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_proved(variant: str, pulumi_command: auto.PulumiCommand, tmp_path: Path,
                             monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is made nothing is refuted; made, all that is asked is proved; a change for the worse is refuted."""
    left = seen(variant, pulumi_command, tmp_path, monkeypatch)
    before_it_is_made_nothing_is_refuted(left)
    everything_asked_is_proved(variant, left)
    changes_for_the_worse_are_refuted(variant, left)


def test_every_claim_has_a_change() -> None:
    """Each claim has a change that breaks it."""
    assert {name for _, name, _ in WORSE.values()} == CLAIMS
