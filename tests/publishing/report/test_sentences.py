"""What the page opens with follows the facts: a claim that is not proved changes each sentence that rests on it."""

import copy
from dataclasses import replace

import pytest

from conveyor_iac.publishing.report.claims import Claims
from conveyor_iac.publishing.report.emitted import Template
from conveyor_iac.publishing.report.permissions import permissions
from conveyor_iac.publishing.report.sentences import sentences
from conveyor_iac.publishing.report.told import facts_of, of_release

CLAIMS = ["trust.principal", "trust.external-id", "trust.session-name", "trust.switch", "iam.boundary-on-create",
          "iam.attach-predefined-only", "iam.no-policy-authoring", "iam.actions-whitelisted",
          "iam.own-policies-untouched", "iam.writes-created-roles-only", "iam.pass-role-named-services",
          "installer.own-resources-only", "iam.assume-role-scoped", "data.no-read", "data.no-share",
          "network.no-internet-path", "network.allow-list-only", "network.dns-exit", "privatelink.acceptance",
          "privatelink.principals", "iam.closure"]


@pytest.fixture(scope="module")
def facts(templates, proofs, plans):
    """What the sentences of the release are made of."""
    read = [Template(name=name, content=content) for name, content in templates.items()]
    return facts_of(read, list(proofs.values()), permissions(read, {}), plans)


def resting(said):
    return {tuple(row["rests_on"]): row for row in said if row["rests_on"]}


def changed(proofs, claim, change):
    """The proofs, with the claim changed in the first template that it was asked of."""
    other = copy.deepcopy(proofs)
    for report in other.values():
        for row in report["claims"]:
            if row["id"] == claim:
                change(report, row)
                return other
    raise AssertionError(claim)


def test_listed(told):
    """Every claim that a sentence rests on is one of those below."""
    assert {claim for ids in resting(told["sentences"]) for claim in ids} == set(CLAIMS)


def test_as_proved(told):
    """Where all is proved every sentence that rests on claims holds, and there are few enough to read."""
    assert all(row["holds"] is True for row in resting(told["sentences"]).values())
    assert {row["about"] for row in told["sentences"]} == {"can", "cannot", "leaves", "worst"}
    assert 12 <= len(told["sentences"]) <= 24


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("verdict", ["refuted", "undecided"])
def test_not_proved(proofs, facts, told, claim, verdict):
    """A claim that is not proved in one template changes its sentence, which says so; the others stay as they are."""
    reports = changed(proofs, claim, lambda _, row: row.update(verdict=verdict))
    other = sentences(replace(facts, claims=Claims(reports.values())))
    before, after = resting(told["sentences"]), resting(other)
    for ids, row in after.items():
        if claim in ids:
            assert row["holds"] is False
            assert row["text"].startswith({"refuted": "REFUTED", "undecided": "NOT PROVED"}[verdict])
            assert claim in row["text"]
        else:
            assert row == before[ids]
    assert [row for row in other if not row["rests_on"]] == [row for row in told["sentences"] if not row["rests_on"]]


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim.startswith(("iam.", "data.", "installer."))])
def test_not_asked(proofs, facts, claim):
    """A claim that was not asked is not claimed, whatever else is proved."""
    reports = changed(proofs, claim, lambda report, row: report["claims"].remove(row))
    other = resting(sentences(replace(facts, claims=Claims(reports.values()))))
    row = next(row for ids, row in other.items() if claim in ids)
    assert row["holds"] is False
    assert row["text"].startswith("NOT CLAIMED here")


def test_exceptions(told, proofs):
    """Where a claim is not made, and what it leaves allowed, is said in the sentence itself."""
    data = next(row["text"] for ids, row in resting(told["sentences"]).items() if "data.no-read" in ids)
    assert "InstallerRole may read parameters where it is the tenant's own" in data
    assert "Not claimed where HasDataPlaneVpc or HasInterfaceEndpoints is off" in data
    inside = next(row["text"] for row in told["sentences"] if row["text"].startswith("From inside"))
    notes = [note for claim in proofs["installer-role"]["claims"] if claim["id"] == "data.no-read"
             for note in claim["notes"] if " from inside the network" in note]
    assert notes
    assert all(note.removeprefix("a created role may read ").partition(" from inside")[0] in inside for note in notes)


def test_outbound(told, plans):
    """What leaves is counted from the outbound table, with what goes to the vendor and what comes in."""
    texts = {row["text"].partition(":")[0]: row["text"] for row in told["sentences"] if " paths " in row["text"]}
    assert set(texts) == set(plans)
    for name, plan in plans.items():
        out = [row for row in plan["outbound"] if row["by"] in ("NAT", "firewall") and row["direction"] == "out"]
        assert f"of {len(plan['outbound'])} paths {len(out)} lead" in texts[name]
        assert "to the vendor's account go states and results" in texts[name]


def test_the_vendors_row(plans):
    """The row that ends in the vendor's account is in every deployment's table, once, and opens outward."""
    for plan in plans.values():
        row, = (row for row in plan["outbound"] if row["component"] == "Agent to the vendor's queues")
        assert (row["direction"], "control plane's account" in row["data"]) == ("out", True)


def test_nothing_bounds_nat(told):
    """Where nodes leave by NAT it is said that nothing holds it; and so of a resolver that answers for every name."""
    texts = [row["text"] for row in told["sentences"]]
    assert [text for text in texts if text.startswith("NAT lets nodes reach any address of the internet (shared)")]
    assert [text for text in texts if text.startswith("DNS is an open exit") and "(shared)" in text]


def test_a_door_alone_has_no_ways_out(facts):
    """Where nothing opens a path, as with an endpoint service alone, no open exit of a network is told."""
    door = {"networks": [{"egress": {"kind": "none", "dns_answers": []}}], "outbound": []}
    texts = [row["text"] for row in sentences(replace(facts, role=None, plans={"": door}))]
    assert "nothing here opens a path of its own: the outbound table is empty." in texts
    assert not [text for text in texts if text.startswith(("NAT lets", "DNS is"))]


def test_the_firewalls_names_are_not_all(told):
    """The sentence about the agreed names leaves out what passes without a firewall: endpoints and the resolver."""
    text, = (row["text"] for row in told["sentences"] if row["rests_on"] == ["network.allow-list-only"])
    assert "but for VPC endpoints and the resolver, all that leaves" in text


def test_powers(told):
    """What the role may do is counted from its own policies, and not from those of others."""
    text = next(row["text"] for row in told["sentences"] if row["text"].startswith("The role's"))
    own = [policy for policy in told["permissions"] if policy["name"].startswith("InstallerRole")
           and policy["of"] == "permissions"]
    actions = {action for policy in own for row in policy["statements"] if row["effect"] == "Allow"
               for each in row["levels"].values() for action in each}
    assert f"The role's {len(own)} policies name {len(actions)} actions" in text


def test_trust_is_not_denied(told, facts):
    """The role says whom the roles that it creates trust; where it may change that too, it is told with the switch."""
    texts = {about: " ".join(row["text"] for row in told["sentences"] if row["about"] == about)
             for about in ("can", "cannot", "worst")}
    assert "no trust but that of roles that it creates" in texts["cannot"]
    assert "such a role may let in a stranger" in texts["worst"]
    switch = next(policy["only_if"] for policy in facts.role.policies if policy["name"] == "InstallerRoleIrsaPolicy")
    assert switch
    assert "changes whom the roles that it created trust" in texts["can"]
    assert f"identity providers of your account, only where {switch}." in texts["can"]
    without = replace(facts.role, policies=tuple(policy for policy in facts.role.policies if not policy["only_if"]))
    assert not [row for row in sentences(replace(facts, role=without)) if "changes whom" in row["text"]]


def test_no_role(templates, proofs, plans):
    """Where no template makes a role it is said, and nothing is claimed of one."""
    only = {"network-private": templates["network-private"]}
    other = of_release("1.2.0", only, {"network-private": proofs["network-private"]}, plans)
    assert other["sentences"][0]["text"].startswith("The vendor gets no role here")
    assert not [ids for ids in resting(other["sentences"]) if ids[0].startswith(("iam.", "trust.", "data."))]
