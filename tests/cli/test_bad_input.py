"""What bad input gets: every fault at once, each with path, value, rule and way out; exit 2; nothing written."""

import json

import pytest

BAD = {
    "tenent": ("acme", "'acme'"),
    "tenant": ("Acme-1", "'Acme-1'"),
    "deployment": ("privat", "'privat'"),
    "region": ("us-moon-1", "'us-moon-1'"),
    "account": (222222222222, "222222222222"),
    "control_plane.account": ("1111", "'1111'"),
    "control_plane.role": ("*", "'*'"),
    "external_id": ("tooshort", "(hidden)"),
    "session_name": ("x", "'x'"),
    "vendor_access": (True, "True"),
    "endpoints.set": ("all", "'all'"),
    "network.zones": (9, "9"),
    "network.existing.vpc": ("vpc-1", "'vpc-1'"),
    "network.existing.cidrs": (..., "(missing)"),
    "network.existing.endpoint_subnets": (..., "(missing)"),
    "network.existing.route_tables": ([], "(empty)"),
    "network.cidr": ("10.20.0.1/16", "'10.20.0.1/16'"),
    "endpoints.add": (["sqz"], "'sqz'"),
    "private_link.principals": ([], "(empty)"),
    "outbound": ("all", "'all'"),
    "iam.path": ("conveyor", "'conveyor'"),
    "iam.role_prefix": ("x*", "'x*'"),
    "iam.boundary": ("Boundary", "'Boundary'"),
    "installer.irsa": ("yes", "'yes'"),
    "tags.aws:mine": ("x", "'x'"),
}
"""Mistakes in one file, by path: what is written there, if anything is, and how it is shown."""
WAYS_OUT = {"tenent": "Perhaps you meant tenant", "deployment": "Perhaps you meant private",
            "account": "Write it in quotes", "network.cidr": "Perhaps you meant 10.20.0.0/16",
            "endpoints.add": "Perhaps you meant sqs"}


@pytest.fixture
def bad(written):
    """A file with all these mistakes."""
    words = {}
    for path, (value, _) in BAD.items():
        if value is ...:
            continue
        part = words
        *parents, last = path.split(".")
        for parent in parents:
            part = part.setdefault(parent, {})
        part[last] = value
    return written(**words)


COMMANDS = [["plan"], ["synth", "-o", "new/out"], ["try"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_mistake(real, bad, tree, command):
    """Every command prints a line for every mistake, ends with 2, shows no traceback and writes nothing."""
    answer = real(*command, "-f", bad, cwd=bad.parent)
    lines = answer.err.splitlines()
    assert (answer.code, answer.out) == (2, "")
    assert len(lines) == len(BAD)
    for path, (_, shown) in BAD.items():
        (line,) = [line for line in lines if line.startswith(f"error: {path}: ")]
        rule, _, way_out = line.removeprefix(f"error: {path}: {shown}: ").rpartition(". ")
        assert rule, line
        assert way_out, line
        assert WAYS_OUT.get(path, "") in line
    assert list(tree(bad.parent)) == ["conveyor.yaml"]
    assert list(bad.parent.iterdir()) == [bad]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_mistake_as_json(run, bad, command):
    """With --json the same faults come on stdout, each with its four parts."""
    answer = run(*command, "-f", bad, "--json")
    faults = json.loads(answer.out)["faults"]
    assert answer.code == 2
    assert {fault["path"]: fault["value"] for fault in faults} == {path: shown for path, (_, shown) in BAD.items()}
    assert all(set(fault) == {"path", "value", "rule", "way_out"} and all(fault.values()) for fault in faults)


@pytest.mark.parametrize(("changes", "path", "said"), [
    ({"control_plane": {"account": "111122223333", "role": "root"}}, "control_plane.role", "neither * nor root"),
    ({"session_name": "conveyor-other"}, "session_name", "conveyor-acme"),
    ({"region": "us-iso-east-1"}, "region", "isolated"),
    ({"account": ...}, "account", "(missing)"),
    ({"external_id": "a-long-enough-id but with blanks"}, "external_id", "(hidden)"),
    ({"cloud": "azure"}, "deployment", "shared"),
    ({"deployment": "dedicated"}, "control_plane.account", "your own account"),
    ({"installer": {"network_rights": True}}, "installer.network_rights", "without internet access"),
    ({"control_plane": "me"}, "control_plane", "a mapping of keys to values"),
    ({"kind": "endpoint-service", "deployment": ...}, "network.existing", "stands in a VPC that exists"),
    ({"cognito_access": "privatelink"}, "user_pool_has_domain", "needs false"),
    ({"network": {"neighbours": {"office": "10.0.0.0/8"}}}, "network.cidr", "no overlap"),
    ({"endpoints": {"remove": ["kms"]}}, "endpoints.remove", "cannot live without"),
    ({"private_link": {"principals": ["*"]}}, "private_link.principals.0", "without *"),
    ({"outbound": [{"component": "x"}]}, "outbound.0.port", "(missing)"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_single_mistakes(run, written, changes, path, said):
    """A mistake between values, or of a kind of its own, is told at its path."""
    answer = run("plan", "-f", written(**changes), "--json")
    (fault,) = [fault for fault in json.loads(answer.out)["faults"] if fault["path"] == path]
    assert answer.code == 2
    assert said in " ".join(fault.values())


ON_AZURE = ["account", "azure.access.approval", "azure.connected_organization", "azure.control_plane",
            "azure.guardrail_scope", "azure.guardrails.contacts", "azure.guardrails.subscription_id",
            "azure.subscription_id", "azure.tenant_id", "deployment", "region"]
"""Where the mistakes of a file for AWS are, when it is given to Azure with next to nothing."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_mistake_on_azure(run, written, tmp_path, monkeypatch, command):
    """A file for Azure gets a line for every mistake too, from every command, and nothing is made of it."""
    monkeypatch.chdir(tmp_path)
    answer = run(*command, "-f", written(cloud="azure", azure={"tenant_id": "x"}))
    assert (answer.code, answer.out) == (2, "")
    assert [line.split(": ")[1] for line in answer.err.splitlines()] == ON_AZURE
    assert not (tmp_path / "new").exists()
