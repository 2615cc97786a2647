"""The other commands with cloud: azure: what knows AWS only says so, and doctor looks at what it can."""

import json
import subprocess
import sys

import pytest

from conveyor_iac.cli.findings import AZURE, CHECKS, checks_of, examine
from conveyor_iac.cli.findings.finding import Case
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan

REFUSING = [["synth", "-o", "new/out"], ["try"], ["connections"], ["doctor", "--live"]]
IDS = [words[0] for words in REFUSING]
ENGINES = ("aws_cdk", "jsii", "pulumi", "pulumi_aws", "pulumi_azure_native", "pulumi_azuread", "boto3", "ministack")
BILLING = "/providers/Microsoft.Billing/billingAccounts/1/enrollmentAccounts/2"
ZONE = ("/subscriptions/0a1b2c3d-0000-4000-8000-000000000006/resourceGroups/hub/providers/Microsoft.Network/"
        "privateDnsZones/privatelink.azurecr.io")


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder that is all of PATH; writes a tool into it that answers with a version."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def tools(name, said="v3.272.0"):
        (folder / name).write_text(f"#!{sys.executable}\nprint({said!r})\n")
        (folder / name).chmod(0o755)

    return tools


@pytest.fixture
def found(azure, tmp_path):
    """The findings of a changed example, by id."""

    def found(changes=None):
        installation = Installation.load(azure(changes))
        case = Case(installation=installation, plan=plan(installation), tools=tmp_path)
        return {finding.id: finding for finding in examine(case)}

    return found


@pytest.mark.parametrize("words", REFUSING, ids=IDS)
def test_aws_only(real, azure, tree, words):
    """One line refuses Azure with the way out, on exit 2: no traceback, no engine or account, nothing written."""
    file = azure()
    answer = real(*words, "-f", file, cwd=file.parent)
    (line,) = answer.err.splitlines()
    assert (answer.code, answer.out) == (2, "")
    assert line.startswith("error: cloud: 'azure': ")
    assert line.rpartition(". ")[2]
    assert list(tree(file.parent)) == ["azure.yaml"]


@pytest.mark.parametrize("words", REFUSING, ids=IDS)
def test_aws_only_as_json(run, azure, tmp_path, monkeypatch, words):
    """With --json the same fault comes on stdout, with its four parts."""
    monkeypatch.chdir(tmp_path)
    (fault,) = json.loads(run(*words, "-f", azure(), "--json").out)["faults"]
    assert (fault["path"], fault["value"]) == ("cloud", "'azure'")
    assert all(fault.values())


@pytest.mark.parametrize("words", [*REFUSING, ["doctor"]], ids=[*IDS, "doctor offline"])
def test_bad_files(run, azure, tmp_path, monkeypatch, words):
    """A bad file is told fault by fault, all at once, before a command says what it cannot do."""
    monkeypatch.chdir(tmp_path)
    answer = run(*words, "-f", azure({"tenant": "A-1", "azure.tenant_id": "x", "azure.vnet.hub.firewal": "10.0.0.4"}))
    assert (answer.code, answer.out) == (2, "")
    assert [line.split(": ")[1] for line in answer.err.splitlines()] == [
        "azure.tenant_id", "azure.vnet.hub.firewal", "tenant"]


def test_doctor(run, azure, tools):
    """Offline: findings on stdout, none of AWS; what only an account knows is unknown, each with what to do."""
    tools("pulumi")
    tools("az")
    answer = run("doctor", "-f", azure(), "--json")
    rows = json.loads(answer.out)
    assert answer.code == 0, answer.err
    assert [row["id"] for row in rows] == [check.id for check in AZURE if check.id not in ("subscription-alias",)]
    assert {row["state"] for row in rows} == {"ok", "unknown"}
    assert all(row["fix"] and "no Azure account is asked" in row["why"] for row in rows if row["state"] == "unknown")
    assert "No Azure account is asked by this version." in answer.err
    assert "--live" not in answer.err


def test_doctor_without_pulumi(run, azure, tools):
    """Without Pulumi's command line nothing can be deployed: a fault, and a no; without az it is unknown."""
    answer = run("doctor", "-f", azure())
    assert answer.code == 1
    assert "at fault: pulumi" in answer.err
    assert "unknown  azure-cli: " in answer.out
    assert "Install it: https://www.pulumi.com/docs/install/" in answer.out


def test_doctor_skip(run, azure, tools):
    """A finding is left out by its id; an id of AWS means nothing here."""
    assert run("doctor", "-f", azure(), "--skip", "pulumi").code == 0
    answer = run("doctor", "-f", azure(), "--skip", "cdk-cli")
    assert answer.code == 2
    assert "error: --skip: 'cdk-cli'" in answer.err


def test_ids(azure, written):
    """Every finding has an id of its own, and a plan has those of its cloud only."""
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert set(AZURE) <= set(CHECKS)
    ids = {check.id for check in checks_of(plan(Installation.load(written())))}
    assert ids & {check.id for check in AZURE} == {"file"}


def test_resource_providers(found):
    """The fix is a line for each resource provider of the plan."""
    lines = found()["resource-providers"].fix.splitlines()
    assert len(lines) > 1
    assert all(line.startswith("az provider register --subscription 0a1b2c3d-") for line in lines)


def test_guard_rails(found):
    """Guard rails outside are ok; inside they are ok too, for the file accepts it, with a warning."""
    assert "WARNING" not in found()["guard-rails"].why
    inside = found({"azure.guardrails_inside_subscription": "accepted", "azure.guardrails.subscription_id": ...})
    assert inside["guard-rails"].state == "ok"
    assert inside["guard-rails"].why.startswith("WARNING: ")


def test_zones(found):
    """A region without availability zones is a fault, with what to do."""
    assert found()["region-zones"].state == "ok"
    without = found({"region": "westus"})["region-zones"]
    assert without.state == "fault"
    assert "--skip region-zones" in without.fix


def test_hub(found):
    """Of a hub its rights are asked, central zones among them, and of its firewall the outbound table."""
    with_zone = found({"azure.vnet.private_dns_zones": {"privatelink.azurecr.io": ZONE}})["hub-rights"]
    assert "Private DNS Zone Contributor on the central zones" in with_zone.why
    assert with_zone.fix.splitlines()[1] == f"az role assignment list --scope {ZONE}"
    assert "10.0.1.4" in found()["hub-firewall"].why
    assert not {"hub-rights", "hub-firewall"} & set(found({"azure.vnet": ...}))


def test_what_does_not_apply(found):
    """Where a service principal comes in nobody asks about access packages; a new subscription needs billing rights."""
    ids = set(found({"azure.connected_organization": ..., "azure.access": {
        "by": "service-principal", "service_principal": "0a1b2c3d-0000-4000-8000-000000000009"}}))
    assert not {"access-licence", "connected-organization"} & ids
    new = found({"azure.subscription_id": ..., "azure.billing_scope": BILLING})
    assert BILLING in new["subscription-alias"].why


@pytest.mark.parametrize("command", ["doctor", "plan", "synth", "try", "connections"])
def test_no_engine(azure, tmp_path, command):
    """No command on Azure imports an engine or an SDK: each does without all of them."""
    file = azure()
    script = (f"import sys\nfor name in {ENGINES!r}:\n    sys.modules[name] = None\n"
              f"sys.argv = ['conveyor-iac', {command!r}, '-f', {str(file)!r}]\n"
              "from conveyor_iac.cli import main\nmain()")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "pip install" not in done.stderr
    assert done.returncode in {"doctor": (0, 1), "plan": (0,)}.get(command, (2,))
