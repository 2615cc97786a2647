"""Release notes: what stands in them, of which comparison, and that the same release is always the same text."""

from hashlib import sha256
from typing import Any

import pytest

from conveyor_iac.publishing.notes import notes

TEMPLATES = {"role": b'{"a": 1}', "network": b'{"b": 2}'}
PROOFS: dict[str, Any] = {name: {"claims": [{"id": f"{name}.one", "verdict": "proved"},
                                            {"id": f"{name}.two", "verdict": "proved"}]} for name in TEMPLATES}
SUBJECTS: list[dict[str, Any]] = [
    {"kind": "permissions", "subject": "InstallerRole", "verdict": "broader", "more": "refuted", "less": "proved",
     "may_now": {"request": {"action": "iam:CreateUser", "resource": "*"}}, "may_no_longer": None, "notes": []},
    {"kind": "network path", "subject": "NodeSubnet", "verdict": "narrower", "more": "proved", "less": "refuted",
     "may_now": None, "may_no_longer": {"to": "198.51.100.7"}, "notes": []},
    {"kind": "trust", "subject": "OtherRole", "verdict": "undecided", "more": "undecided", "less": "proved",
     "may_now": None, "may_no_longer": None, "notes": ["it was not decided within 20 seconds"]}]
COMPARISON: dict[str, Any] = {
    "verdict": "incomparable", "more": "refuted", "less": "refuted", "templates": [
        {"template": "role", "state": "compared", "verdict": "incomparable", "more": "refuted", "less": "refuted",
         "sha256": {"old": "0", "new": "1"}, "subjects": SUBJECTS,
         "resources": [{"logical_id": "New", "was": None, "type": "AWS::IAM::Role", "change": "added", "properties": [],
                        "judged": True},
                       {"logical_id": "Log", "was": "OldLog", "type": "AWS::Logs::LogGroup", "change": "replaced",
                        "properties": ["LogGroupName"], "judged": False}],
         "parameters": [{"name": "Zones", "change": "added", "needs_value": True, "what": ["it has no default"]}],
         "notes": ["macros are not read"]},
        {"template": "gone", "state": "removed", "verdict": "narrower", "more": "proved", "less": "refuted",
         "sha256": {"old": "0", "new": None}, "subjects": [], "resources": [], "parameters": [], "notes": []}]}


def told(comparison: dict[str, Any] | None = COMPARISON) -> str:
    """The notes as text."""
    return notes("1.2.0", compared_with="1.1.0" if comparison else None, comparison=comparison, templates=TEMPLATES,
                 proofs=PROOFS).decode()


@pytest.mark.parametrize("line", [
    "# Release 1.2.0", "Compared with 1.1.0: **incomparable**.", "## `role`: incomparable\n",
    "### May now, and could not before\n\nPermissions `InstallerRole`, for example:\n\n"
    "    request:\n      action: iam:CreateUser\n      resource: '*'\n",
    "### May no longer\n\nNetwork path `NodeSubnet`, for example:\n\n    to: 198.51.100.7\n",
    "### Not decided\n\n- trust `OtherRole`: it was not decided within 20 seconds\n",
    "- added: `New` (AWS::IAM::Role)\n",
    "- replaced: `Log` (AWS::Logs::LogGroup), was `OldLog`: LogGroupName; what it may do is not judged\n",
    "- added: `Zones`, **needs a value**; it has no default\n", "- macros are not read\n",
    "## `gone`: narrower (removed)\n\nThis release has no such template.\n",
    "`network`: `network.one`, `network.two`.\n\n`role`: `role.one`, `role.two`.\n",
    "    conveyor-iac verify-release FOLDER-OR-URL\n",
    "    minisign -V -m SHA256SUMS -x SHA256SUMS.minisig -P PUBLIC-KEY\n    sha256sum -c SHA256SUMS\n",
    "The trusted comment must say `conveyor-iac release 1.2.0`",
])
def test_what_stands_in_them(line: str) -> None:
    """Verdict, examples, what is undecided, resources, parameters, claims, and how to verify with us and without us."""
    assert line in told()


def test_checksums() -> None:
    """The digest of each template stands in them, as sha256sum writes it."""
    lines = "".join(f"    {sha256(TEMPLATES[name]).hexdigest()}  {name}.template.json\n" for name in sorted(TEMPLATES))
    assert f"## Checksums (SHA-256)\n\n{lines}" in told()


def test_first_release() -> None:
    """The first release says that there is none before it."""
    assert "The first release" in told(None)
    assert "Compared with" not in told(None)


@pytest.mark.parametrize("verdict", ["equal", "narrower", "broader", "incomparable", "undecided"])
def test_every_verdict_has_its_words(verdict: str) -> None:
    """Each verdict is said, with the version it speaks of."""
    said = told({**COMPARISON, "verdict": verdict}).splitlines()[2]
    assert said.startswith(f"Compared with 1.1.0: **{verdict}**. ")
    assert said.count("1.1.0") >= 2


def test_deterministic() -> None:
    """The same release is the same text, in whatever order its templates and proofs come."""
    turned = notes("1.2.0", compared_with="1.1.0", comparison=COMPARISON, templates=dict(reversed(TEMPLATES.items())),
                   proofs=dict(reversed(PROOFS.items())))
    assert turned.decode() == told()


def test_nothing_breaks_out() -> None:
    """A line break in what somebody wrote makes no heading of its own."""
    row = {**COMPARISON["templates"][0], "notes": ["a\n# Proved by nobody"]}
    assert "\n# Proved by nobody" not in told({**COMPARISON, "templates": [row]})
