"""What stacks would hand out, made up: for every output that a sheet asks for a value that looks as it must.

Written as each engine prints it. The ids are made up from the output's name, so that no two are alike.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conveyor_iac.model.handover import Handover, handover, told
from conveyor_iac.model.handover.asked import Asked, asked
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan
from conveyor_iac.model.words import words_of

ROOT = Path(__file__).parents[2]
PUBLIC = sorted(file.stem for file in (ROOT / "examples").glob("*.yaml"))
"""Every example."""
SECRET = "only-in-this-test-0123456789"

BOTH_PLANES: Mapping[str, Any] = {
    "deployment": "dedicated", "network": {"zones": 2}, "cognito_access": "proxy",
    "labels": {"customer": "Acme", "org_id": "4711"},
    "control_plane": {"account": "222222222222", "role": "conveyor-control-plane", "network": {"zones": 2}}}
"""What turns the private example into one that every engine deploys here: both planes, zones that are not named."""


def example(name: str, **changes: Any) -> Installation:
    """An example's installation with these keys changed."""
    words = words_of(ROOT / "examples" / f"{name}.yaml")
    assert isinstance(words, dict)
    return Installation.read({**words, **changes})


def rows(installation: Installation) -> tuple[Asked, ...]:
    """The outputs that its sheet asks for."""
    return asked(installation, plan(installation))


def outputs(installation: Installation) -> dict[str, Any]:
    """A value for each of them."""
    return {row.key: _value(row, installation) for row in rows(installation)}


def cdk(installation: Installation) -> dict[str, dict[str, Any]]:
    """As `cdk deploy --outputs-file` writes them."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows(installation):
        found.setdefault(row.stack or "", {"ExportsOutputRefVpc8378EB38": "of no use"})[row.key] = _value(
            row, installation)
    return found


def described(installation: Installation) -> dict[str, Any]:
    """As `aws cloudformation describe-stacks` prints them, of all stacks of a region."""
    mine = [{
        "StackId": f"arn:aws:cloudformation:{installation.region}:{installation.account}:stack/{name}/{_hex(name, 12)}",
        "StackName": name, "StackStatus": "CREATE_COMPLETE", "Description": "Conveyor",
        "Parameters": [{"ParameterKey": "ExternalId", "ParameterValue": "****"}] * name.endswith("-role"),
        "Tags": [{"Key": "conveyor:tenant", "Value": installation.tenant}],
        "Outputs": [{"OutputKey": key, "OutputValue": value, "Description": "..."} for key, value in values.items()],
    } for name, values in cdk(installation).items()]
    theirs = {"StackName": "theirs", "StackStatus": "ROLLBACK_COMPLETE", "Outputs": [
        {"OutputKey": "DatadogExternalId", "OutputValue": "nothing-of-ours-0123"}]}
    return {"Stacks": [theirs, *mine]}


def pulumi(installation: Installation) -> dict[str, Any]:
    """As `pulumi stack output --json` prints them."""
    return {"contract": {"network": {}}, "outputs": outputs(installation)}


def sheet(installation: Installation, *bodies: Any) -> Handover:
    """The sheet of these files."""
    made = plan(installation)
    files = {f"outputs-{number}.json": json.loads(json.dumps(body)) for number, body in enumerate(bodies, 1)}
    return handover(installation, made, told(installation, made, files))


def leaves(value: Any, path: str = "") -> Mapping[str, Any]:
    """Every value of plain data that is no list and no mapping, by its path."""
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        return {key: leaf for name, part in pairs for key, leaf in leaves(part, f"{path}.{name}").items()}
    return {path: value}


def _value(row: Asked, installation: Installation) -> Any:
    if row.decided is not None:
        return row.decided if isinstance(row.decided, str) else _joined(row, row.decided)
    if row.names:
        return {name: _one(f"{row.key}{name}", row, installation) for name in row.names}
    if row.count is None:
        return _one(row.key, row, installation)
    return ",".join(_one(f"{row.key}{number}", row, installation, number) for number in range(1, row.count + 1))


def _joined(row: Asked, decided: Any) -> Any:
    if isinstance(decided, Mapping):
        return dict(decided)
    return list(decided) if row.stack is None else ",".join(decided)


def _one(name: str, row: Asked, installation: Installation, number: int = 1) -> str:
    group = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000002/resourceGroups/g/providers"
    kinds = {
        "VpcId": f"vpc-{_hex(name, 17)}", "SubnetIds": f"subnet-{_hex(name, 17)}", "ZoneIds": f"euw1-az{number}",
        "ServiceName": f"com.amazonaws.vpce.{installation.region}.vpce-svc-{_hex(name, 17)}",
        "Dns": f"vpce-{_hex(name, 17)}.vpce-svc.{installation.region}.vpce.amazonaws.com",
        "AccessPackageLink": f"https://myaccess.microsoft.com/@{installation.azure and installation.azure.tenant_id}"
                             f"#/access-packages/{_guid(name)}",
    }
    if row.stack is None:
        resource = row.key in ("VnetId", "SubnetIds", "KeyVaultId", "RegistryId", "WorkspaceId")
        return kinds[row.key] if row.key == "AccessPackageLink" else f"{group}/{name}" if resource else _guid(name)
    return next(value for ending, value in kinds.items() if row.key.endswith(ending))


def _hex(seed: str, count: int) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:count]


def _guid(seed: str) -> str:
    digits = _hex(seed, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_MADE_UP = re.compile(r"(?<=[a-z]-)[0-9a-f]{17}\b(-[0-9a-z]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def alike(found: Mapping[str, Any]) -> Any:
    """A sheet without what only a cloud makes up: ids, the names that hold them, and where a name of an endpoint ends.

    What is left is what the file decides: every key, every ARN, CIDR, port and name, how many of each, and which zone
    each subnet is in.
    """
    text = _MADE_UP.sub("(made up)", json.dumps(found))
    return json.loads(re.sub(r'("dns_name": "vpce-\(made up\))[^"]*', r"\1", text))
