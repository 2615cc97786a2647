"""plan(): the same file always comes to the same, and nothing but the external id is left open."""

import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model import catalogue
from conveyor_iac.model.boundary import held
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import Either, fill, names
from conveyor_iac.model.plan import published

EXAMPLES = Path(__file__).parents[2] / "examples"
ENGINES = ("aws_cdk", "pulumi", "jsii", "boto3", "botocore", "constructs", "ministack", "typer", "rich")
BROUGHT = {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"], "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
           "route_tables": ["rtb-12345678"]}
SCRIPT = f"""
import sys
from conveyor_iac import Installation, plan
from conveyor_iac.model.plan import published
file = dict(tenant="acme", deployment="shared", region="eu-west-1", account="2" * 12, tags=dict(a="b", c="d"),
            control_plane=dict(account="1" * 12, role="r"), external_id="x" * 20)
print(repr(plan(Installation.read(file))), repr(published()))
print([name for name in {ENGINES} if name in sys.modules])
"""


@cache
def run(seed):
    """What a fresh interpreter prints with this hash seed: the plans, and the engines it loaded."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=os.environ | {"PYTHONHASHSEED": seed},
                          text=True, capture_output=True, check=True)
    return done.stdout.splitlines()


def partition_of(region):
    """The name of the partition a region belongs to."""
    return next(row.name for row in catalogue.partitions() if region in row.regions)


def open_names(value, texts_of):
    """The placeholders left in a value, and whether an `Either` is left in it."""
    return {name for text in texts_of(value) for name in names(text)}, Either.__name__ in repr(value)


@given(st.from_type(Installation))
def test_the_same_file_gives_the_same_plan(installation):
    """Planning twice gives equal plans, down to the order of everything in them."""
    assert plan(installation) == plan(installation.model_copy(deep=True))
    assert repr(plan(installation)) == repr(plan(installation))


def test_another_process_gives_the_same_plan():
    """The plan does not depend on the order in which an interpreter happens to hash."""
    assert run("1") == run("2")
    assert len(run("1")[0]) > 10_000


def test_planning_loads_no_engine():
    """Planning imports neither the CDK nor Pulumi, no SDK and no printing."""
    assert run("1")[1] == "[]"


@given(st.from_type(Installation))
def test_only_the_external_id_is_left_open(texts_of, installation):
    """In a plan every switch is decided and every placeholder filled, but the external id and a VPC that it makes."""
    made = plan(installation)
    assert open_names(made, texts_of) == ({"ExternalId"} | ({"DataPlaneVpcId"} if made.perimeter else set()), False)
    assert (made.perimeter is None) == (installation.iam.data_plane_vpc is not None or not made.networks
                                        or installation.network.existing is not None)


@given(st.data())
def test_an_endpoint_service_leaves_nothing_open(texts_of, any_service, data):
    """The plan of an endpoint service has nothing open, and neither role nor boundary nor policy."""
    made = plan(data.draw(any_service))
    assert open_names(made, texts_of) == (set(), False)
    assert (made.boundary, made.installer, made.predefined, made.links, made.perimeter) == (None, None, (), (), None)
    assert list(made.policies()) == []
    assert [bool(network.service) for network in made.networks] == [True]


def test_the_published_plans_leave_everything_open(texts_of):
    """In the published plans each parameter is still open: as a placeholder, behind its switch, or sizing a block."""
    made, networks = published(), tuple(published_networks().values())
    every = (made, networks)
    found, _ = open_names(every, texts_of)
    behind = {switch.parameter for switch in catalogue.switches().values()
              if f"switch='{switch.name}'" in repr(every)}
    sizes = {name for name in catalogue.parameters() if f"sized_by='{name}'" in repr(every)}
    assert found | behind | sizes == {*catalogue.parameters(), *catalogue.pseudo_parameters()}
    assert behind == {switch.parameter for switch in catalogue.switches().values()}
    assert sizes == {"AddressPlan", "ControlPlaneAddressPlan"}
    assert (made.account, made.region, made.not_covered) == (None, None, ())


@pytest.mark.parametrize("deployment", ["shared", "private"])
@pytest.mark.parametrize(("brought", "named", "vpc"), [
    (None, None, "${DataPlaneVpcId}"), ("vpc-12345678", None, "vpc-12345678"), (None, "vpc-87654321", "vpc-87654321"),
    ("vpc-12345678", "vpc-87654321", "vpc-87654321")])
def test_what_no_perimeter_holds_is_said(words, deployment, brought, named, vpc):
    """The VPC named, the one brought or our own holds objects, and all data where interface endpoints are."""
    existing = {"existing": BROUGHT | {"vpc": brought}} if brought else {}
    made = plan(Installation.read(words(deployment=deployment, network=existing,
                                        iam={"data_plane_vpc": named})))
    assert list(made.not_covered) == [row for row in held() if deployment == "shared" and row.service != "s3"]
    assert (made.perimeter is not None) == (vpc == "${DataPlaneVpcId}")
    vpcs = {keys["aws:SourceVpc"] for one in made.boundary.document.statements
            for keys in one.conditions.values()
            if "aws:SourceVpc" in keys}
    assert vpcs == {(vpc,)}


def test_without_a_known_vpc_nothing_is_held(words):
    """Where the installer makes the network no VPC is known: no perimeter, and all data is reported."""
    made = plan(Installation.read(words(deployment="shared", installer={"network_rights": True})))
    assert (made.networks, made.perimeter, list(made.not_covered)) == ((), None, list(held()))
    assert "aws:SourceVpc" not in repr(made.boundary)


def test_the_perimeter_is_the_data_planes_vpc(words):
    """The VPC of the perimeter, when it is ours, is a part of the first network of the plan."""
    own = {"account": "222222222222", "role": "r"}
    for changes in ({}, {"deployment": "shared"}, {"deployment": "dedicated", "control_plane": own}):
        made = plan(Installation.read(words(**changes)))
        assert made.perimeter.name == made.networks[0].vpc.name == "Vpc"


@given(st.from_type(Installation))
def test_what_is_said_is_what_the_boundary_does(installation):
    """Data is reported as not covered exactly where no perimeter statement of the boundary denies it."""
    made = plan(installation)
    denied = {action for one in made.boundary.document.statements if one.id.startswith("Perimeter")
              for action in one.actions}
    assert [row for row in held() if not set(row.actions) <= denied] == list(made.not_covered)


@given(st.from_type(Installation))
def test_the_company_boundary_never_replaces_ours(texts_of, installation):
    """The company's boundary is on the installer role and nowhere else; created roles must carry ours."""
    made, theirs = plan(installation), installation.iam.boundary
    assert made.installer.boundary == theirs
    assert not theirs or list(texts_of(made)).count(theirs) == 1
    required = {one.conditions["StringEquals"]["iam:PermissionsBoundary"]
                for policy in made.installer.policies
                for one in policy.document.statements if "iam:CreateRole" in one.actions
                and one.effect == "Allow"}
    known = {"AWS::Partition": partition_of(installation.region), "AWS::AccountId": installation.account}
    assert required == {(fill(made.boundary.arn, known),)}


@given(st.from_type(Installation))
def test_everything_lies_under_the_customers_path(installation):
    """Every role and policy takes the file's IAM path, and the plan its tags besides our three."""
    made = plan(installation)
    root = f"{installation.iam.path}{installation.tenant}/"
    paths = {made.installer.path, *(one.path for one in (*made.policies(), *made.installer.every_policy()))}
    assert paths == {f"{root}{folder}/" for folder in ("installer", "boundary", "predefined")}
    assert made.tags == {"conveyor:tenant": installation.tenant, "conveyor:version": version("conveyor-iac"),
                         "conveyor:deployment": installation.deployment, **installation.tags}
    assert (made.account, made.region) == (installation.account, installation.region)


@pytest.mark.parametrize(("changes", "rights"), [
    ({"deployment": "shared"}, False), ({"deployment": "private"}, False),
    ({"deployment": "shared", "network": {"existing": BROUGHT}}, False),
    ({"deployment": "shared", "installer": {"network_rights": False}}, False),
    ({"deployment": "shared", "installer": {"network_rights": True}}, True)])
def test_network_rights_are_for_shared_without_a_vpc(words, changes, rights):
    """The policy that makes networks is there only where a shared deployment asks for it; then we make none."""
    made = plan(Installation.read(words(**changes)))
    assert bool(made.networks) != rights
    assert ("Network" in [policy.name for policy in made.installer.policies]) == rights


def test_a_plan_is_of_one_cloud(words):
    """A plan of Azure has nothing of AWS in it, and a plan of AWS nothing of Azure."""
    made = plan(Installation.load(EXAMPLES / "azure-shared.yaml"))
    assert (made.region, made.stack_tags) == ("westeurope", made.azure.tags)
    assert (made.account, made.installer, made.boundary, made.predefined, made.networks, made.links) == (
        None, None, None, (), (), ())
    assert list(made.policies()) == []
    assert plan(Installation.read(words())).azure is None


def test_a_plan_over_a_limit_is_refused(monkeypatch):
    """A limit that a policy passes stops the plan, with the policy's name, its size and the limit."""
    row = catalogue.limits()["managed-policy-size"]
    tight = catalogue.Limit(id=row.id, value=5000, unit=row.unit, of=row.of, source=row.source)
    monkeypatch.setitem(catalogue.limits(), row.id, tight)
    read = next(one for one in installer_role().every_policy() if one.name == "Read")
    with pytest.raises(InputError) as caught:
        published()
    found = {fault.path: fault for fault in caught.value.faults}
    assert {"Read", "LoadBalancerControllerPolicy"} <= set(found)
    assert found["Read"].value == f"{read.document.size()} characters without white space"
    assert found["Read"].rule == "a managed policy has at most 5000 characters without white space"


def test_policies_lists_each_once():
    """`Plan.policies` gives the boundary and every predefined policy, whatever the switches, each once."""
    made = published()
    found = [policy.name for policy in made.policies()]
    assert found == ["Boundary", *(row.name for row in catalogue.predefined_policies())]
