"""The claims held against what the real engine made: recorded, exported, previewed again, and changed for the worse."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi import automation as auto

from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.pulumi import read_stack, template_of
from conveyor_iac.proofs.verify import Report, verify
from tests.engine.recording import Recorder
from tests.engine.stacks import Stack, shut_off
from tests.engine.test_deployments import EXTERNAL_ID, program

Body = dict[str, Any]
Change = Callable[[dict[str, Body]], object]
NOT_ASKED = {"trust.switch", *(name for name in IDS if name.startswith("azure."))}
"""Claims that an installation on AWS does not ask: whether the vendor is on is decided, and is no parameter."""
INSTALLER, BOUNDARY = "acme-InstallerRoleIamPolicy", "acme-Boundary"


class Seen:
    """What one model's example left behind: recorded resources, exports and a preview of the deployed stack."""

    def __init__(self, stack: Stack, recorder: Recorder) -> None:
        stack.up()
        self.recorded = recorder.plain()
        self.hidden, self.shown = stack.export(), stack.export(secrets=True)
        self.preview = json.loads(stack.preview(json=True).text)
        self.contract = next(row["inputs"]["contract"] for row in self.shown["deployment"]["resources"]
                             if row["type"].endswith("Deployment"))


@pytest.fixture(scope="module", params=["private", "dedicated"])
def seen(request: pytest.FixtureRequest, pulumi_command: auto.PulumiCommand,
         tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A model's example with the one way out to Cognito, made by the real engine."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as environment, Recorder() as recorder:
        shut_off(environment, folder)
        environment.setenv("PULUMI_OPTION_SHOW_SAMES", "true")  # the Automation API has no word for --show-sames
        yield Seen(Stack(program(request.param, cognito_access="firewall"), recorder=recorder, command=pulumi_command,
                         folder=folder, secrets={"conveyor:external_id": EXTERNAL_ID}), recorder)


def verdicts(report: Report) -> dict[str, str]:
    return {result.claim.id: str(result.answer.verdict) for result in report.results}


def read(body: Body, *claims: str) -> dict[str, str]:
    (found,) = read_stack(body, "stack")
    return verdicts(verify(found.template, claims=[claim(name) for name in claims] or None))


def test_everything_asked_is_proved_of_the_export(seen: Seen) -> None:
    """Of `pulumi stack export --show-secrets` every claim but the switch is asked, and proved."""
    assert read(seen.shown) == dict.fromkeys(set(IDS) - NOT_ASKED, "proved")


def test_everything_asked_is_proved_of_the_recorded_resources(seen: Seen) -> None:
    """The same of the resources that the provider was given, where the trust policy is known to be a secret."""
    template = template_of(map(_secret, seen.recorded), "recorded", contract=seen.contract)
    assert verdicts(verify(template)) == dict.fromkeys(set(IDS) - NOT_ASKED, "proved")


def _secret(row: Body) -> Body:
    """A recorded resource with what the program keeps secret marked as the engine marks it."""
    trust = row["inputs"].get("assumeRolePolicy")
    if trust is None:
        return row
    marked = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(trust)}
    return row | {part: row[part] | {"assumeRolePolicy": marked} for part in ("inputs", "outputs")}


def test_of_a_deployed_stack_a_preview_proves_all_but_the_trust(seen: Seen) -> None:
    """A preview of what stands knows everything but the secret trust policy; an export without secrets likewise."""
    for body in (seen.preview, seen.hidden):
        found = read(body)
        assert {name for name, verdict in found.items() if verdict != "proved"} == {
            "trust.principal", "trust.external-id", "trust.session-name", "trust.external-id-parameter"}
        assert "refuted" not in found.values()


def test_no_answer_has_the_external_id(seen: Seen) -> None:
    """Not even where the trust policy is wrong is the external id in what a report tells."""
    body = changed(seen.shown, _trust("Principal", {"AWS": "*"}))
    (found,) = read_stack(body, "stack")
    report = verify(found.template)
    assert "refuted" in verdicts(report).values()
    assert EXTERNAL_ID not in json.dumps(report.as_json())


def changed(body: Body, change: Change) -> Body:
    """An export with something in it changed for the worse; resources by their names."""
    body = copy.deepcopy(body)
    rows = body["deployment"]["resources"]
    named = {row["urn"].rsplit("::", 1)[1]: row for row in rows if "$aws:" in row["urn"]}
    change(named)
    rows += [row for name, row in named.items() if row not in rows and name]
    return body


def _given(name: str, **inputs: Any) -> Change:
    def change(rows: dict[str, Body]) -> None:
        for part in ("inputs", "outputs"):
            rows[name][part] |= inputs

    return change


def _allowed(name: str, *actions: str, resource: str = "*") -> Change:
    """A statement more in a policy."""
    def change(rows: dict[str, Body]) -> None:
        policy = json.loads(rows[name]["inputs"]["policy"])
        policy["Statement"].append({"Sid": "More", "Effect": "Allow", "Action": list(actions), "Resource": resource})
        _given(name, policy=json.dumps(policy))(rows)

    return change


def _without(name: str, *sids: str) -> Change:
    """Statements fewer in a policy; each must be there."""
    def change(rows: dict[str, Body]) -> None:
        policy = json.loads(rows[name]["inputs"]["policy"])
        left = [row for row in policy["Statement"] if row["Sid"] not in sids]
        assert len(left) == len(policy["Statement"]) - len(sids)
        _given(name, policy=json.dumps(policy | {"Statement": left}))(rows)

    return change


def _each(*changes: Change) -> Change:
    return lambda rows: [change(rows) for change in changes]


def _trust(key: str, value: Any) -> Change:
    """A member of the first statement of the trust policy, which stays a secret."""
    def change(rows: dict[str, Body]) -> None:
        for part in ("inputs", "outputs"):
            held = rows["acme-InstallerRole"][part]["assumeRolePolicy"]
            policy = json.loads(json.loads(held["plaintext"]))
            policy["Statement"][0][key] = value
            held["plaintext"] = json.dumps(json.dumps(policy))

    return change


def _conditions(drop: str) -> Change:
    """The trust policy without one of its conditions."""
    def change(rows: dict[str, Body]) -> None:
        policy = json.loads(json.loads(rows["acme-InstallerRole"]["inputs"]["assumeRolePolicy"]["plaintext"]))
        left = {key: value for key, value in policy["Statement"][0]["Condition"]["StringEquals"].items() if key != drop}
        _trust("Condition", {"StringEquals": left})(rows)

    return change


def _further(like: str, name: str, **inputs: Any) -> Change:
    """A resource more, like one that is there, with other inputs and ids of its own."""
    def change(rows: dict[str, Body]) -> None:
        row = copy.deepcopy(rows[like])
        row["urn"], row["id"] = row["urn"].replace(like, name), f"{row['id']}-of-{name}"
        given = {key: value for key, value in (row["inputs"] | inputs).items() if value is not None}
        rows[name] = row | {"inputs": given, "outputs": given}

    return change


def _to_the_gateway(table: str) -> Change:
    """A default route from a table straight to the internet gateway."""
    return lambda rows: _further("acme-PublicDefaultRoute1", "acme-Hole", routeTableId=rows[table]["id"])(rows)


def _clear(rows: dict[str, Body]) -> None:
    """The trust policy in clear text."""
    for part in ("inputs", "outputs"):
        held = rows["acme-InstallerRole"][part]
        held["assumeRolePolicy"] = json.loads(held["assumeRolePolicy"]["plaintext"])


def _unguarded(change: Change) -> Change:
    """A change with the policy of the guard rails, which hold against it too, out of the way."""
    nothing = {"Version": "2012-10-17", "Statement": [{"Sid": "Less", "Effect": "Deny", "Action": "s3:GetObject",
                                                       "Resource": "arn:aws:s3:::nothing/*"}]}
    return _each(change, _given("acme-InstallerRoleGuardrailsPolicy", policy=json.dumps(nothing)))


CREATED = "arn:aws:iam::222222222222:role/conveyor/acme/conveyor-dp-x"
WORSE: dict[str, tuple[str, Change]] = {
    "anybody may assume": ("trust.principal", _trust("Principal", {"AWS": "*"})),
    "the whole account may assume": ("trust.principal", _trust("Principal", {"AWS": "arn:aws:iam::111122223333:root"})),
    "no external id is asked": ("trust.external-id", _conditions("sts:ExternalId")),
    "no session name is asked": ("trust.session-name", _conditions("sts:RoleSessionName")),
    "the external id in clear": ("trust.external-id-parameter", _clear),
    "policy versions": ("iam.no-policy-authoring", _unguarded(_allowed(INSTALLER, "iam:CreatePolicyVersion"))),
    "inline policies": ("iam.no-policy-authoring",
        _unguarded(_allowed(INSTALLER, "iam:PutRolePolicy", resource=CREATED))),
    "an action that nobody agreed": ("iam.actions-whitelisted", _allowed(INSTALLER, "iam:GetUser")),
    "attaches anything": ("iam.attach-predefined-only", _allowed(INSTALLER, "iam:AttachRolePolicy", resource=CREATED)),
    "creates without a boundary": ("iam.boundary-on-create",
        _unguarded(_allowed(INSTALLER, "iam:CreateRole", resource=CREATED))),
    "deletes any role": ("iam.writes-created-roles-only", _allowed(INSTALLER, "iam:DeleteRole")),
    "passes to any service": ("iam.pass-role-named-services",
        _unguarded(_allowed(INSTALLER, "iam:PassRole", resource=CREATED))),
    "the boundary allows everything": ("iam.closure", _each(
        _allowed(BOUNDARY, "*"), _allowed("acme-PredefinedLogsPolicy", "iam:*"))),
    "deletes the boundary": ("iam.own-policies-untouched", _unguarded(_allowed(INSTALLER, "iam:DeletePolicy"))),
    "assumes any role": ("iam.assume-role-scoped", _allowed(INSTALLER, "sts:AssumeRole")),
    "commands on any machine": ("installer.own-resources-only", _allowed(INSTALLER, "ssm:SendCommand")),
    "no perimeter": ("data.no-read", _without(BOUNDARY, "PerimeterObjects", "PerimeterEndpoints")),
    "sharing": ("data.no-share", _each(
        _without(BOUNDARY, "NoSharing"), _allowed("acme-PredefinedLogsPolicy", "ec2:ModifySnapshotAttribute"))),
    "pods go out": ("network.no-internet-path", _to_the_gateway("acme-PodRouteTable")),
    "another name passes": ("network.allow-list-only", _given("acme-FirewallNames", ruleGroup={
        "rulesSource": {"rulesSourceList": {"generatedRulesType": "ALLOWLIST", "targetTypes": ["TLS_SNI"],
                                            "targets": [".example.com"]}},
        "statefulRuleOptions": {"ruleOrder": "STRICT_ORDER"}})),
    "nodes past the firewall": ("network.allow-list-only", lambda rows: _given(
        "acme-NodeDefaultRoute1", vpcEndpointId=None, natGatewayId=rows["acme-NatGateway1"]["id"])(rows)),
    "an endpoint in one zone": ("network.endpoints-serve-subnets", lambda rows: _given(
        "acme-EndpointSqs", privateDnsEnabled=False)(rows)),
    "an endpoint without a policy": ("network.endpoint-policies", lambda rows: [
        rows["acme-EndpointSqs"][part].pop("policy") for part in ("inputs", "outputs")]),
    "every name is answered": ("network.dns-exit", _given("acme-DnsFirewallOthersRule", action="ALLOW")),
    "accepted by itself": ("privatelink.acceptance", _given("acme-EndpointService", acceptanceRequired=False)),
    "anybody may ask": ("privatelink.principals", _given("acme-EndpointService", allowedPrincipals=["*"])),
    "anybody reads the logs": ("storage.not-public", lambda rows: _each(_given(
        "acme-FlowLogBucketPublicAccess", blockPublicPolicy=False, restrictPublicBuckets=False), _read_by_all)(rows)),
    "a topic in clear": ("storage.encrypted", lambda rows: [
        rows["acme-ConnectionTopic"][part].pop("kmsMasterKeyId") for part in ("inputs", "outputs")]),
}


def _read_by_all(rows: dict[str, Body]) -> None:
    policy = json.loads(rows["acme-FlowLogBucketPolicy"]["inputs"]["policy"])
    policy["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                "Resource": policy["Statement"][0]["Resource"]})
    _given("acme-FlowLogBucketPolicy", policy=json.dumps(policy))(rows)


@pytest.mark.parametrize("what", WORSE)
def test_a_change_for_the_worse_is_refuted(seen: Seen, what: str) -> None:
    """Each change of a deployed stack breaks its claim, and the answer is no."""
    broken, change = WORSE[what]
    assert read(changed(seen.shown, change), broken) == {broken: "refuted"}


def test_every_claim_has_a_change() -> None:
    """Each claim that is asked has a change that breaks it."""
    assert {name for name, _ in WORSE.values()} == set(IDS) - NOT_ASKED
