"""The life of an installation as docs/customer.md tells it: every command, in its order, against the embedded AWS."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import Site, make_bucket, surroundings
from conveyor_iac.model.installation import Installation

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "customer.md").read_text()
LIFE, LAUNCH = (re.findall(rf"<!-- {kind} -->\n```sh\n(.*?)```", PAGE, re.DOTALL) for kind in ("life", "launch"))
HERE = Path(sys.executable).parent
EXTERNAL_ID = "only-in-this-test-0123456789"
STRANGER = "333333333333"


@dataclass
class Life:
    """An installation's folder and the account it is deployed to; `run` runs the next block of the page."""

    aws: LocalAws
    folder: Path
    installation: Installation
    known: dict[str, str] = field(default_factory=dict)
    blocks: Iterator[str] = field(default_factory=lambda: iter(LIFE))

    def run(self, expected: int = 0) -> str:
        """Runs the next block; its stdout and stderr."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", next(self.blocks)], cwd=self.folder, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=self.aws.env() | {"CI": "true", "EXTERNAL_ID": EXTERNAL_ID, **self.known,
                                  "PATH": f"{HERE}{os.pathsep}{os.environ['PATH']}"})
        assert done.returncode == expected, done.stdout
        assert EXTERNAL_ID not in done.stdout
        return done.stdout

    def client(self, service: str, **more: Any) -> Any:
        return self.aws.client(service, **more)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(deploying.deployed(self.aws).outputs)

    @property
    def site(self) -> Site:
        return Site(aws=self.aws, installation=self.installation, external_id=EXTERNAL_ID, outputs=self.outputs)

    def default_group(self) -> dict[str, Any]:
        found = self.client("ec2").describe_security_groups(Filters=[
            {"Name": "vpc-id", "Values": [self.outputs["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}])
        (group,) = found["SecurityGroups"]
        return dict(group)

    def refuse_all(self) -> None:
        """Rejects every connection: an endpoint service with open ones is not deleted."""
        ec2 = self.client("ec2")
        for row in ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"]:
            ec2.reject_vpc_endpoint_connections(ServiceId=row["ServiceId"], VpcEndpointIds=[row["VpcEndpointId"]])

    def asks(self, account: str, role: str) -> str:
        """Somebody asks for a connection; the endpoint's id."""
        ec2 = self.client("ec2", credentials=self.aws.session_of(account, role))
        vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/24")["Subnet"]["SubnetId"]
        made = ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType="Interface", SubnetIds=[subnet],
                                       ServiceName=self.outputs["ServiceName"])
        return str(made["VpcEndpoint"]["VpcEndpointId"])


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A project of the customer's own in an account that was never bootstrapped."""
    subprocess.run([HERE / "conveyor-iac", "init", "--yes", "--engine", "cdk", "installation"], cwd=tmp_path,
                   check=True, capture_output=True)
    folder = tmp_path / "installation"
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    installation = Installation.load(folder / "installation.yaml")
    with LocalAws.start(account=installation.account or "", region=installation.region) as aws:
        surroundings(aws, installation)
        yield Life(aws=aws, folder=folder, installation=installation)


@pytest.mark.deploy
def test_the_life_of_an_installation(life: Life) -> None:
    """Deploying, accepting the right connection, updating, turning the vendor off and removing go as the page says."""
    _deployed(life)
    _connected(life)
    _updated(life)
    _turned_off(life)
    _removed(life)
    assert next(life.blocks, None) is None


def _deployed(life: Life) -> None:
    life.run()
    assert life.site.assume(life.site.caller())
    assert life.default_group()["IpPermissionsEgress"]
    life.run()
    group = life.default_group()
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


def _connected(life: Life) -> None:
    control_plane = life.installation.control_plane
    with pytest.raises(ClientError):
        life.asks(STRANGER, control_plane.role)
    right = life.asks(control_plane.account, control_plane.role)
    life.known |= {"SERVICE_ID": life.outputs["ServiceId"], "ENDPOINT_ID": right}
    said = life.run()
    assert re.search(rf"{right} +{control_plane.account} +.*control plane.*pendingAcceptance", said)
    assert f"--service-id {life.outputs['ServiceId']} --vpc-endpoint-ids {right}" in said
    (connection,) = life.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert (connection["VpcEndpointId"], connection["VpcEndpointState"]) == (right, "available")


def _updated(life: Life) -> None:
    def endpoints() -> dict[str, str]:
        return {row["ServiceName"]: row["VpcEndpointId"]
                for row in life.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]}

    before = endpoints()
    life.run()
    after = endpoints()
    assert set(after) - set(before) == {"com.amazonaws.eu-west-1.sns"}
    assert before.items() <= after.items()
    assert life.site.assume(life.site.caller())


def _turned_off(life: Life) -> None:
    session = life.site.assume(life.site.caller())
    boundary, node = life.site.boundary_arn, next(arn for arn in life.site.predefined if "EksNodePolicy" in arn)
    iam = life.client("iam", credentials=session)
    iam.create_role(RoleName="conveyor-dp-node", Path=life.site.path, PermissionsBoundary=boundary,
                    AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
                    '{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}')
    iam.attach_role_policy(RoleName="conveyor-dp-node", PolicyArn=node)
    life.known["NODE_POLICY_ARN"] = node
    life.run()
    with pytest.raises(ClientError, match="AccessDenied"):
        life.site.assume(life.site.caller())
    assert "conveyor-dp-node" in life.run()


def _removed(life: Life) -> None:
    subnet = life.outputs["NodeSubnetIds"].partition(",")[0]
    left = life.client("ec2").create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    life.known["INTERFACE_ID"] = left
    said = life.run()
    assert {"conveyor-dp-node", left, life.known["ENDPOINT_ID"]} == {
        name for name in ("conveyor-dp-node", left, life.known["ENDPOINT_ID"]) if name in said}
    life.run()
    assert life.client("cloudformation").describe_stacks()["Stacks"] == []
    assert life.client("kms").list_keys()["Keys"]
    assert life.client("s3").list_buckets()["Buckets"]


@pytest.mark.deploy
def test_the_published_templates_are_launched_as_the_page_says(tmp_path: Path) -> None:
    """With the AWS CLI: network, then role, then an update that keeps every other parameter, then gone."""
    installation = Installation.load(ROOT / "examples" / "private.yaml")
    account, role = installation.control_plane.account, installation.control_plane.role
    with LocalAws.start(account=installation.account or "", region=installation.region) as aws:
        surroundings(aws, installation)
        make_bucket(aws, "templates")
        for file in (ROOT / "templates").glob("*.json"):
            aws.client("s3").put_object(Bucket="templates", Key=file.name, Body=file.read_bytes())
        life = Life(aws=aws, folder=tmp_path, installation=installation, blocks=iter(LAUNCH),
                    known={"TEMPLATES": f"{aws.endpoint}/templates", "CONTROL_PLANE_ACCOUNT": account})
        life.run()
        life.run()
        assert life.site.assume(life.site.caller())
        boundary = aws.client("iam").get_policy_version(PolicyArn=life.site.boundary_arn, VersionId="v1")
        assert life.outputs["VpcId"] in str(boundary["PolicyVersion"]["Document"])
        assert life.asks(account, role)
        life.run()
        with pytest.raises(ClientError, match="AccessDenied"):
            life.site.assume(life.site.caller())
        life.refuse_all()
        life.run()
        assert aws.client("cloudformation").describe_stacks()["Stacks"] == []
        assert next(life.blocks, None) is None
