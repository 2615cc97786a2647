"""The handover from what was really deployed: by the real CDK CLI, and by published templates."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.errors import InputError
from conveyor_iac.model import published
from conveyor_iac.model.installation import Installation
from tests.model.handing import BOTH_PLANES, ROOT, alike, cdk, example, sheet

EXTERNAL_ID = "only-in-this-test-0123456789"


def described(aws: LocalAws) -> Any:
    """What `aws cloudformation describe-stacks` prints of the whole account."""
    done = subprocess.run(["aws", "cloudformation", "describe-stacks", "--output", "json"], env=aws.env(), check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def zones(aws: LocalAws) -> list[str]:
    """The ids of the region's zones, in the order in which EC2 lists them."""
    return [row["ZoneId"] for row in aws.client("ec2").describe_availability_zones()["AvailabilityZones"]]


@pytest.mark.deploy
def test_from_the_cdk(aws: LocalAws, tmp_path: Path) -> None:
    """One deploy of both planes: the CDK's outputs file and describe-stacks give the same sheet, byte for byte.

    But for ids that only AWS makes up it is what the file decides; the ids are those that EC2 shows.
    """
    asked = example("private", **BOTH_PLANES)
    aws.reset()
    surroundings(aws, asked)
    assemble([asked], "app", tmp_path / "out")
    deploying.cdk(aws, cdk_command(ROOT), [
        "deploy", "--all", "--require-approval", "never", "--outputs-file", str(tmp_path / "outputs.json"),
        "--parameters", f"conveyor-acme-installer-role:ExternalId={EXTERNAL_ID}"], ROOT, str(tmp_path / "out"))
    by_cdk = sheet(asked, json.loads((tmp_path / "outputs.json").read_text()))
    by_stacks = sheet(asked, described(aws))
    assert by_cdk.as_json() == by_stacks.as_json()
    assert alike(by_cdk.as_json()) == alike(sheet(asked, cdk(asked)).as_json())
    assert EXTERNAL_ID not in json.dumps(by_stacks.as_json())
    there = {row["SubnetId"]: (row["CidrBlock"], row["AvailabilityZoneId"], row["VpcId"])
             for row in aws.client("ec2").describe_subnets()["Subnets"]}
    for network in by_cdk.networks:
        assert [there[row.id] for row in network.subnets] == [
            (row.cidr, row.zone_id, network.id) for row in network.subnets]
        assert list(network.zone_ids) == zones(aws)[:len(network.zone_ids)]


def test_from_published_templates(aws: LocalAws, installation: Installation, templates: dict[str, Path]) -> None:
    """Stacks of the published templates, whatever they are called, give the sheet that the CDK's stacks give.

    Their parameters are held against the file: what was launched with another CIDR is refused.
    """
    aws.reset()
    surroundings(aws, installation)
    listed = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    more = {"AvailabilityZones": published.zones(installation, listed), "ExternalId": EXTERNAL_ID}
    for name in ("network-private", "installer-role"):
        given = published.parameters(installation, json.loads(templates[name].read_text())["Parameters"], more)
        deploying.template_deploy(aws, f"my-{name}", templates[name], given)
        more["DataPlaneVpcId"] = deploying.deployed(aws).outputs["VpcId"]
    body = described(aws)
    found = sheet(installation, body).as_json()
    assert alike(found) == alike(sheet(installation, cdk(installation)).as_json())
    assert EXTERNAL_ID not in json.dumps(found)
    other = json.loads(json.dumps(body).replace('"10.20.0.0/16"', '"10.99.0.0/16"'))
    with pytest.raises(InputError, match=r"my-network-private: VpcCidr: another: as the file says: 10\.20\.0\.0/16"):
        sheet(installation, other)
