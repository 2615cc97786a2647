"""Endpoints: the sets, what may pass each endpoint, and the one security group of them all."""

import tomllib
from importlib.resources import files

import pytest

from conveyor_iac import Installation, plan
from conveyor_iac.model import catalogue, endpoints, placeholders
from conveyor_iac.model.boundary import held
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import every

BESIDES = ("ec2", "eks", "eks-auth", "secretsmanager")
"""What a data plane without internet cannot live without and the documented thirteen lack."""
DOCUMENTED = ("sqs", "kms", "aps", "aps-workspaces", "ecr.api", "ecr.dkr", "ecs", "xray", "ssm", "ssmmessages", "logs",
              "ec2messages", "sts")
"""The thirteen that the product's documents name."""

OWN = {"aws:PrincipalAccount": ("${AWS::AccountId}",)}
OPEN = {
    ("s3", "EcrLayers"): "ECR presigns the address of a layer: the principal is not of this account",
    ("sts", "WebIdentity"): "the request is unsigned, so it has no principal",
    ("cognito-idp", "UnsignedSignIn"): "clients sign in without AWS credentials, so there is no principal",
    ("cognito-identity", "UnsignedIdentity"): "a signed-in user has no AWS credentials yet",
}
"""Every statement that is not held to principals of the own account, and why."""
ANY_RESOURCE = {
    "ssmmessages": "no document says that aws:ResourceAccount is there",
    "ec2messages": "no document says that aws:ResourceAccount is there",
    "guardduty-data": "events go to GuardDuty's side",
}
"""Every service whose default statement is held to own principals only, and why."""

STATEMENTS = {(name, one.id): one for name, row in catalogue.endpoints().items()
              for one in (endpoints.policy(row).statements if row.policies else ())}


def equals(one):
    """The StringEquals conditions of a statement."""
    return dict(one.conditions.get("StringEquals", {}))


@pytest.fixture(scope="module")
def private(words):
    """The network of a private data plane with these words changed."""
    return lambda **changes: plan(Installation.read(words(**changes))).networks[0]


def services(made, kind="Interface"):
    """The services of the endpoints of a network, in order."""
    return tuple(one.service for one in made.endpoints if one.kind == kind)


@pytest.mark.parametrize("service", catalogue.endpoints())
def test_policies_are_under_the_limit(service):
    """The policy of every service is under 20,480 characters, with white space, at the longest placeholders."""
    made = endpoints.policy(catalogue.endpoints()[service])
    assert catalogue.limits()["endpoint-policy-size"].value == 20480
    assert 100 < made.size() * 2 < 20480  # indented it is less than twice as long


def test_an_endpoint_over_the_limit_is_a_fault(monkeypatch):
    """An endpoint whose policy passes the limit is told, with its name, size and limit."""
    row = catalogue.limits()["endpoint-policy-size"]
    tight = catalogue.Limit(id=row.id, value=300, unit=row.unit, of=row.of, source=row.source)
    monkeypatch.setitem(catalogue.limits(), row.id, tight)
    [sqs] = [one for one in published_networks()["network-private"][0][0].endpoints
             if getattr(one, "service", "") == "sqs"]
    [fault] = sqs.faults()
    assert fault.path == "EndpointSqs"
    assert "at most 300" in fault.rule


@pytest.mark.parametrize("service", catalogue.endpoints())
def test_every_placeholder_of_a_policy_is_known(service, texts_of):
    """No endpoint's policy, service name or DNS name holds a placeholder that nobody knows."""
    row = catalogue.endpoints()[service]
    found = {name for text in texts_of((endpoints.policy(row), endpoints.service_name(row), row.dns))
             for name in placeholders.names(text)}
    assert {"AWS::AccountId", "AWS::Region"} <= found


def test_image_layers_come_from_one_bucket_of_aws():
    """Exception 1: S3 lets reads of ECR's layer bucket through without a principal condition, and nothing else."""
    one = STATEMENTS["s3", "EcrLayers"]
    assert (one.effect, one.actions, dict(one.conditions)) == ("Allow", ("s3:GetObject",), {})
    assert one.resources == ("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*",)
    assert [key for key, each in STATEMENTS.items() if not each.conditions] == [("s3", "EcrLayers")]


def test_web_identities_get_roles_of_this_account_only():
    """Exception 2: AssumeRoleWithWebIdentity is held by the account of the role, the principal being nobody yet."""
    one = STATEMENTS["sts", "WebIdentity"]
    assert one.actions == ("sts:AssumeRoleWithWebIdentity",)
    assert one.conditions == {"StringEquals": {"aws:ResourceAccount": ("${AWS::AccountId}",)}}
    assert one.resources == ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*",)


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr"])
def test_images_are_read_anywhere_and_written_at_home(service, matches):
    """Exception 3: own principals read images of any registry; only the default statement writes, to the own one."""
    one = STATEMENTS[service, "ReadAnyRegistry"]
    assert equals(one) == OWN
    assert {action.partition(":")[2] for action in one.actions} == {
        "BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer"}
    writers = [key for key, each in STATEMENTS.items() if key[0] == service
               and any(matches(text, "ecr:PutImage") for text in each.actions)]
    assert writers == [(service, "OwnPrincipals")]
    assert equals(STATEMENTS[service, "OwnPrincipals"])["aws:ResourceAccount"] == ("${AWS::AccountId}",)


def test_the_vendors_queues_are_this_tenants():
    """Exception 4: own principals use messages of this tenant's queues in the vendor's account, no settings."""
    one = STATEMENTS["sqs", "VendorQueues"]
    assert one.resources == (
        "arn:${AWS::Partition}:sqs:${AWS::Region}:${ControlPlaneAccount}:conveyor-${TenantId}-*",)
    assert equals(one) == OWN | {"aws:ResourceAccount": ("${ControlPlaneAccount}",)}
    assert {action.partition(":")[2] for action in one.actions} == {
        "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage",
        "SendMessage"}


def test_every_other_statement_is_held_to_own_principals():
    """Each statement of each policy is for principals of the own account, but for the exceptions named here."""
    assert {key for key, one in STATEMENTS.items() if equals(one).get("aws:PrincipalAccount") != OWN[
        "aws:PrincipalAccount"]} == set(OPEN)
    assert {one.effect for one in STATEMENTS.values()} == {"Allow"}
    assert all(dict(one.principals) == {"*": ()} for one in STATEMENTS.values())
    assert all(set(one.conditions) <= {"StringEquals"} for one in STATEMENTS.values())


def test_exceptions_are_narrow():
    """A statement without an own principal names its actions one by one, and a resource or the owner of it."""
    for key in OPEN:
        one = STATEMENTS[key]
        assert not [action for action in one.actions if "*" in action]
        assert one.resources != ("*",) or key == ("cognito-identity", "UnsignedIdentity")
    assert equals(STATEMENTS["cognito-identity", "UnsignedIdentity"]) == {
        "cognito-identity-auth:AccountId": ("${ControlPlaneAccount}",)}


def test_defaults_are_held_to_own_resources():
    """Every default statement is held to resources of the account, but for those that no document lets be held."""
    free = {service for (service, sid), one in STATEMENTS.items()
            if sid == "OwnPrincipals" and equals(one).get("aws:ResourceAccount") != ("${AWS::AccountId}",)}
    assert free == set(ANY_RESOURCE)


@pytest.mark.parametrize("service", ANY_RESOURCE)
def test_the_reason_stands_beside_the_row(service):
    """A row whose default statement is not held to own resources says why, in the comment above the key."""
    text = (files(catalogue.__name__) / "endpoints.toml").read_text(encoding="utf-8")
    row = text.partition(f'service = "{service}"')[2].partition("[[endpoint]]")[0]
    comment = row.partition("own_resources = false")[0].rstrip().splitlines()[-1]
    assert comment.startswith("# ")


def test_every_service_takes_a_policy():
    """No service of the catalogue goes without an endpoint policy, which would let everything through."""
    assert [name for name, row in catalogue.endpoints().items() if not row.policies or not row.actions] == []


def test_documented_13_is_what_the_documents_say():
    """The set documented-13 is exactly the thirteen of the product's documents, in their order."""
    assert catalogue.endpoint_sets()["documented-13"].endpoints == DOCUMENTED


@pytest.mark.parametrize("name", catalogue.endpoint_sets())
def test_sets_are_known_and_explained(name):
    """Every service of a set is known and once in it; each addition to the thirteen and each need has its reason."""
    row, known = catalogue.endpoint_sets()[name], catalogue.endpoints()
    assert len(set(row.endpoints)) == len(row.endpoints)
    assert {known[service].kind for service in row.endpoints} == {"Interface"}
    assert row.endpoints[:13] == DOCUMENTED
    assert set(row.additions) == set(row.endpoints[13:])
    assert set(row.needed) <= set(row.endpoints)
    assert all(text.endswith(".") for text in (row.purpose, *row.additions.values(), *row.needed.values()))
    assert row.version


def test_every_service_is_known_where_it_is_spoken_of():
    """Each endpoint of the outbound table and of the data actions is in the catalogue, so that it can be made."""
    known = catalogue.endpoints()
    assert {row.destination for row in catalogue.outbound() if row.kind == "endpoint"} <= set(known)
    assert {row.endpoint for row in held()} <= set(known)


@pytest.mark.parametrize("name", ["private-data-plane", "control-plane"])
def test_the_sets_serve_the_data_perimeter(name):
    """A set for planes without internet has every endpoint the data perimeter needs, and they cannot be removed."""
    row, needed = catalogue.endpoint_sets()[name], {one.endpoint for one in held()} - {"s3"}
    assert needed <= set(row.endpoints)
    assert needed <= set(row.needed)


def test_a_plan_has_what_the_file_asks_for(private):
    """The set, and what is added and removed; behind switches Cognito and GuardDuty."""
    listed = catalogue.endpoint_sets()["private-data-plane"].endpoints
    assert services(private()) == listed
    assert services(private(endpoints={"add": ["sns"], "remove": ["xray"]})) == (
        *(one for one in listed if one != "xray"), "sns")
    assert services(private(endpoints={"set": "documented-13", "add": list(BESIDES)})) == (*DOCUMENTED, *BESIDES)
    assert services(private(deployment="shared", endpoints={"set": "documented-13"})) == DOCUMENTED
    assert services(private(cognito_access="privatelink", user_pool_has_domain=False)) == (*listed, "cognito-idp")
    assert services(private(guardduty=True)) == (*listed, "guardduty-data")
    assert services(private(deployment="shared")) == ()
    assert services(private(deployment="shared", endpoints={"add": ["sqs"]})) == ("sqs",)


@pytest.mark.parametrize("deployment", ["shared", "private"])
def test_gateways_are_routes_and_never_interfaces(private, deployment):
    """S3 is a gateway in every deployment; DynamoDB, added, is one too; naming S3 makes no second one."""
    made = private(deployment=deployment, endpoints={"add": ["dynamodb", "s3"]})
    assert services(made, "Gateway") == ("s3", "dynamodb")
    for one in made.endpoints:
        assert bool(one.tables) == (one.kind == "Gateway")
        assert bool(one.subnets) == bool(one.groups) == (one.kind == "Interface")
    assert len({one.name for one in made.endpoints}) == len(made.endpoints)


def test_the_s3_gateway_has_a_route_for_nodes_and_pods(private):
    """Every route table of nodes, and that of the pods, has the route to S3."""
    [s3] = [one for one in private().endpoints if one.service == "s3"]
    assert [made.name for made in s3.tables] == ["NodeRouteTable1", "NodeRouteTable2", "NodeRouteTable3",
                                                 "PodRouteTable"]


@pytest.mark.parametrize("changes", [{}, {"deployment": "shared", "endpoints": {"add": ["sqs"]}},
                                     {"network": {"cidr": "10.9.0.0/18", "pod_cidr": "100.96.0.0/18"}}])
def test_one_group_admits_the_whole_vpc_and_lets_nothing_out(private, changes):
    """The one group of all endpoints admits 443 from every block of the VPC, pods included, and has no egress."""
    made = private(**changes)
    assert {(rule.cidr, rule.first, rule.last, rule.protocol) for rule in made.group.ingress} == {
        (made.vpc.cidr, "443", "443", "tcp"), (made.vpc.pod_cidr, "443", "443", "tcp")}
    assert made.group.egress == ()
    assert {group.name for one in made.endpoints for group in one.groups} == {made.group.name}


def test_the_group_of_a_brought_vpc_admits_all_its_blocks(private):
    """In a VPC that is brought the group admits 443 from every block the file names."""
    blocks = ["10.20.0.0/16", "100.64.0.0/16", "10.99.0.0/24"]
    made = private(network={"existing": {"vpc": "vpc-12345678", "cidrs": blocks, "endpoints": ["sts"],
                                         "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
                                         "route_tables": ["rtb-12345678"]}})
    assert [rule.cidr for rule in made.group.ingress] == blocks
    assert "sts" not in services(made)
    assert {one.subnets for one in made.endpoints if one.kind == "Interface"} == {
        ("subnet-12345678", "subnet-87654321")}


def test_endpoints_stand_in_all_zones_but_those_named(private):
    """An endpoint stands in each zone; one that the file says is not everywhere, in the zones named."""
    ids = ["euw1-az1", "euw1-az2", "euw1-az3"]
    made = private(network={"zone_ids": ids}, endpoints={"zones": {"sqs": ids[1:]}})
    stand = {one.service: [part.name for part in one.subnets] for one in made.endpoints if one.subnets}
    assert stand.pop("sqs") == ["EndpointSubnet2", "EndpointSubnet3"]
    assert set(map(tuple, stand.values())) == {("EndpointSubnet1", "EndpointSubnet2", "EndpointSubnet3")}


@pytest.mark.parametrize(("region", "service", "name"), [
    ("eu-west-1", "sqs", "com.amazonaws.eu-west-1.sqs"), ("cn-north-1", "sqs", "cn.com.amazonaws.cn-north-1.sqs"),
    ("cn-north-1", "kms", "com.amazonaws.cn-north-1.kms"), ("us-gov-west-1", "sqs", "com.amazonaws.us-gov-west-1.sqs")])
def test_service_names_are_those_of_the_partition(private, region, service, name):
    """A service has the name that EC2 knows it by in the region's partition."""
    made = private(region=region)
    assert name in [one.service_name for one in made.endpoints if one.service == service]


def test_the_comments_of_the_table_hold():
    """No row says that its service takes no policy, and every row's statements stand once."""
    rows = tomllib.loads((files(catalogue.__name__) / "endpoints.toml").read_text(encoding="utf-8"))["endpoint"]
    assert len({row["service"] for row in rows}) == len({row["name"] for row in rows}) == len(rows)
    for (service, sid), one in STATEMENTS.items():
        assert one.purpose.endswith("."), (service, sid)
        assert one.source.startswith("https://"), (service, sid)
        assert not [part for part in every(one.effect) if part != "Allow"]
