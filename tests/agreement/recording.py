"""What a deployment component makes, recorded: with mocks in the engine's place, or with the real engine."""

from collections.abc import Iterable, Mapping
from typing import Any

from conveyor_iac.pulumi import aws
from tests.agreement.components import Deployed, Made
from tests.agreement.place import EXTERNAL_ID, Place
from tests.pulumi.aws.recording import Recorded, Recorder

NAME = "acme"
"""Of every component here."""
COMPONENTS: Mapping[str, Any] = {
    "shared": aws.SharedDeployment, "private": aws.PrivateDeployment, "dedicated": aws.DedicatedDeployment,
    "endpoint-service": aws.EndpointServiceDeployment}
_SUBNET, _POLICY = "aws:ec2/subnet:Subnet", "aws:s3/bucketPolicy:BucketPolicy"
_MOCKED = {"id": "", "arn": ".Arn", "allocation": "", "key": "", "bucket": "", "name": "", "zone": "",
           "dns": ".DnsEntries", "hosted": ".HostedZone", "endpoint": ".EndpointIds"}
"""What the mocks call a thing by, after its name, and which of CloudFormation's attributes that is."""
_BY_ARN = ("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup", "aws:sns/topic:Topic")
"""Types whose id is the ARN, which the mocks do not know."""


def deploy(words: Mapping[str, Any]) -> Any:
    """The deployment component that these words ask for."""
    given = {**words} if "kind" in words else {**words, "external_id": EXTERNAL_ID}
    return COMPONENTS[words.get("kind") or words["deployment"]](NAME, given)


class _Within(Recorder):
    """Mocks of an account."""

    def __init__(self, account: str) -> None:
        super().__init__()
        self._account = account

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the engine's own name)
        answer = super().Invoke(request)
        if request.tok.endswith(":getCallerIdentity"):
            getattr(answer, "return").update({"accountId": self._account, "id": self._account})
        return answer


def mocked(words: Mapping[str, Any]) -> Deployed:
    """What the deployment of these words makes, recorded under mocks."""
    run = _Within(words["account"]).run(lambda: deploy(words) and None)
    (component,) = (one for one in run.resources.values() if one.short.endswith("Deployment"))
    return Deployed(made=tuple(map(_mocked, run.customs())), handed=run.outputs[component.urn]["outputs"])


def _mocked(one: Recorded) -> Made:
    name = one.name.removeprefix(f"{NAME}-")
    texts = {f"{one.name}.{key}": f"<{name}{attribute}>" for key, attribute in _MOCKED.items()}
    if one.type in _BY_ARN:
        texts[f"{one.name}.id"] = f"<{name}.Arn>"
    if one.type == _SUBNET and "availabilityZoneId" in one.inputs:
        texts[f"{one.name}.zone"] = f"<the zone {one.inputs['availabilityZoneId']}>"
    elif one.type == _SUBNET:
        texts[f"{one.name}.zone-id"] = f"<the id of {one.inputs['availabilityZone']}>"
    return Made(name=name, type=one.type, inputs=_whole(one.inputs), texts=texts, kept=one.retained)


def _whole(value: Any) -> Any:
    """A value with its whole numbers as such: the protocol has floating ones only."""
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def recorded(rows: Iterable[Mapping[str, Any]], kept: Iterable[str], handed: Mapping[str, str], place: Place
             ) -> Deployed:
    """What a deployment made, as a recording provider of the real engine kept it: `kept` are the URNs of what stays."""
    return Deployed(made=tuple(_recorded(row, {*kept}, place) for row in rows), handed=handed)


def _recorded(row: Mapping[str, Any], kept: set[str], place: Place) -> Made:
    name = row["name"].removeprefix(f"{NAME}-")
    return Made(name=name, type=row["type"], inputs=row["inputs"], texts=_texts(row, name, place),
                kept=row["urn"] in kept)


def _texts(row: Mapping[str, Any], name: str, place: Place) -> dict[str, str]:
    """What a resource goes by, as its outputs tell: parts go by what they are a part of, which is no name of theirs."""
    out = row["outputs"]
    found = {out["arn"]: f"<{name}.Arn>"} if "arn" in out and "arn" not in row["inputs"] else {}
    if row["id"] in row["inputs"].values():
        return found
    named = [out[key] for key in ("bucket", "name") if key in out and key not in row["inputs"]]
    found = {**dict.fromkeys([row["id"], *named], f"<{name}>"), **found}
    for statuses in out.get("firewallStatuses", ()):
        found[statuses["syncStates"][0]["attachments"][0]["endpointId"]] = f"<{name}.EndpointIds>"
    for entry in out.get("dnsEntries", ())[:1]:
        found[entry["dnsName"]] = f"<{name}.DnsEntries>"
    return found | _zone(row, place)


def _zone(row: Mapping[str, Any], place: Place) -> dict[str, str]:
    """The zone of a subnet: by its id where it was asked for by that, else by its place in the region's list."""
    if row["type"] != _SUBNET:
        return {}
    zone, asked = row["outputs"]["availabilityZone"], row["inputs"].get("availabilityZoneId")
    if asked:
        return {zone: f"<the zone {asked}>"}
    listed = dict(zip("abcd", place.zones, strict=True))[zone[-1]]
    return {zone: listed, row["outputs"]["availabilityZoneId"]: f"<the id of {listed}>"}
