"""That the conditions are there: each Allow, what it demands, what it reaches and where, pinned statement by statement.

The other tests of this room check that what stands in a statement is true. These fail when something is missing or
new: a condition, an unconditioned Allow, a right over permissions or data, a resource that names no tenant. A change
that is meant changes the pin beside it.
"""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from policy_sentry.shared.iam_data import get_service_prefix_data

from conveyor_iac import Installation, plan
from conveyor_iac.emulator import evaluate
from conveyor_iac.model.placeholders import every, literal
from conveyor_iac.model.plan import published

INSTALLER = {
    "ReadNetwork": ["StringEquals aws:RequestedRegion"],
    "ReadMachines": ["StringEquals aws:RequestedRegion"],
    "ReadCatalogues": ["StringEquals aws:RequestedRegion"],
    "ReadMonitoring": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "ReadKeys": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "EksClusters": [
        "Bool eks:loggingType/audit", "StringEquals aws:RequestTag/conveyor:tenant",
        "StringEquals aws:RequestedRegion",
    ],
    "EksClusterSettings": ["BoolIfExists eks:loggingType/audit"],
    "EksAccessEntries": ["ArnLike eks:principalArn"],
    "EksAccessPolicies": ["ArnEquals eks:policyArn"],
    "LaunchTemplates": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "LaunchTemplateVersions": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NodeMachines": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "NodeMachinePlacement": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NodeMachineSecurityGroups": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NodeMachineClusterGroups": ["StringLike aws:ResourceTag/aws:eks:cluster-name"],
    "NodeMachineImages": ["StringEquals ec2:Owner"],
    "NodeMachineOwnImages": ["StringEquals aws:ResourceTag/conveyor:tenant", "StringEquals ec2:Owner"],
    "SecurityGroups": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "SecurityGroupVpcs": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "SecurityGroupRules": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "ComputeTags": ["StringEquals ec2:CreateAction"],
    "LoadBalancerTags": ["StringEquals elasticloadbalancing:CreateAction"],
    "ServiceTargets": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "EndpointServices": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "EndpointServiceSettings": [
        "BoolIfExists ec2:Attribute/AcceptanceRequired", "StringEquals aws:ResourceTag/conveyor:tenant",
    ],
    "EndpointServiceConsumers": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "VpcEndpoints": ["StringEquals aws:RequestTag/conveyor:tenant", "StringEquals ec2:VpceServiceOwner"],
    "VpcEndpointPlacement": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "VpcEndpointSettings": [
        "Null ec2:Attribute/PolicyDocument", "Null ec2:Attribute/ResetPolicy",
        "StringEquals aws:ResourceTag/conveyor:tenant",
    ],
    "ConnectivityTags": ["StringEquals ec2:CreateAction"],
    "EcsServices": ["BoolIfExists ecs:auto-assign-public-ip", "BoolIfExists ecs:enable-execute-command"],
    "PrometheusWorkspaces": ["StringEquals aws:RequestTag/conveyor:tenant", "StringEquals aws:RequestedRegion"],
    "PrometheusRules": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "PrometheusSettings": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "KeyGrants": ["Bool kms:GrantIsForAWSResource", "StringEquals aws:ResourceTag/conveyor:tenant"],
    "CreateBoundedRoles": ["StringEquals iam:PermissionsBoundary"],
    "AttachPredefinedPolicies": ["ArnEquals iam:PolicyARN", "StringEquals iam:PermissionsBoundary"],
    "DetachSwitchedPolicies": ["ArnEquals iam:PolicyARN", "StringEquals iam:PermissionsBoundary"],
    "PassCreatedRoles": ["StringEquals iam:PassedToService"],
    "ServiceLinkedRoles": ["StringEquals iam:AWSServiceName"],
    "DeleteCompute": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "DeleteEndpoints": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "DeregisterTaskDefinitions": ["StringEquals aws:RequestedRegion"],
    "DeletePrometheus": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "DeleteCreatedRoles": ["StringEquals iam:PermissionsBoundary"],
    "Networks": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "Subnets": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "RouteTablesAndNatGateways": ["StringEquals aws:RequestTag/conveyor:tenant"],
    "NetworkPlacement": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NatGatewayPlacement": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NetworkSettings": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "Routes": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "GatewayEndpoints": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NetworkTags": ["StringEquals ec2:CreateAction"],
    "NetworkRemoval": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "TrustOfCreatedRoles": ["StringEquals iam:PermissionsBoundary"],
}
INSTALLER_OPEN = [
    "ReadNetworkDetail", "ReadKubernetes", "ReadContainers", "ReadQueuesAndLogGroups", "ReadBuckets",
    "ReadParameters", "ReadRoles", "ReadPolicies", "EksClusterUpkeep", "EksNodeGroups", "EksAddons",
    "EksAccessEntryChanges", "EksTags", "SecurityGroupRuleRows", "LoadBalancers", "VpcEndpointPrivateDns",
    "Queues", "Repositories", "EcsClusters", "LogGroups", "LogRetention", "Parameters", "Buckets", "Quotas",
    "TagCreatedRoles", "InstanceProfiles", "DeleteKubernetes", "DeleteLoadBalancers", "DeleteContainers",
    "DeleteQueuesAndBuckets", "DeleteLogGroups", "DeleteParameters", "DeleteInstanceProfiles", "OidcProviders",
]
PREDEFINED = {
    "ClusterReadNodeNetwork": ["StringEquals aws:RequestedRegion"],
    "ClusterTagOwnNodes": [
        "ForAllValues:StringLike aws:TagKeys", "Null aws:TagKeys", "StringLike aws:ResourceTag/eks:cluster-name",
    ],
    "NodeReadNetwork": ["StringEquals aws:RequestedRegion"],
    "NodeCreateInterface": ["StringLike aws:RequestTag/cluster.k8s.amazonaws.com/name"],
    "NodeCreateInterfaceIn": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NodeInterfaceGroups": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "NodeInterfaceClusterGroups": ["StringLike aws:ResourceTag/aws:eks:cluster-name"],
    "NodeTagNewInterface": [
        "StringEquals ec2:CreateAction", "StringLike aws:RequestTag/cluster.k8s.amazonaws.com/name",
    ],
    "NodeTagOwnInterface": [
        "ForAllValues:StringLike aws:TagKeys", "Null aws:TagKeys", "StringEquals aws:ResourceTag/conveyor:tenant",
    ],
    "NodeManageInterface": ["StringLike aws:ResourceTag/cluster.k8s.amazonaws.com/name"],
    "NodeAttachToOwnNodes": ["StringLike aws:ResourceTag/eks:cluster-name"],
    "AutoscalerReadGroups": ["StringEquals aws:RequestedRegion"],
    "AutoscalerReadInstanceTypes": ["StringEquals aws:RequestedRegion"],
    "AutoscalerResizeGroups": ["StringLike aws:ResourceTag/eks:cluster-name"],
    "LbcReadNetwork": ["StringEquals aws:RequestedRegion"],
    "LbcCreateSecurityGroup": ["StringLike aws:RequestTag/elbv2.k8s.aws/cluster"],
    "LbcTagSecurityGroup": ["StringEquals ec2:CreateAction", "StringLike aws:RequestTag/elbv2.k8s.aws/cluster"],
    "LbcManageSecurityGroups": ["StringLike aws:ResourceTag/elbv2.k8s.aws/cluster"],
    "LbcOpenNodeGroup": ["StringLike aws:ResourceTag/aws:eks:cluster-name"],
    "LbcCreate": ["StringLike aws:RequestTag/elbv2.k8s.aws/cluster"],
    "LbcCreateListeners": [
        "StringLike aws:RequestTag/elbv2.k8s.aws/cluster", "StringLike aws:ResourceTag/elbv2.k8s.aws/cluster",
    ],
    "LbcTagNew": [
        "StringEquals elasticloadbalancing:CreateAction", "StringLike aws:RequestTag/elbv2.k8s.aws/cluster",
    ],
    "LbcManage": ["StringLike aws:ResourceTag/elbv2.k8s.aws/cluster"],
    "LbcRetag": [
        "ForAllValues:StringNotEqualsIgnoreCase aws:TagKeys", "Null aws:TagKeys",
        "StringLike aws:ResourceTag/elbv2.k8s.aws/cluster",
    ],
    "DnsChangeOwnRecords": [
        "ForAllValues:StringEquals route53:ChangeResourceRecordSetsRecordTypes",
        "ForAllValues:StringLike route53:ChangeResourceRecordSetsNormalizedRecordNames",
        "Null route53:ChangeResourceRecordSetsNormalizedRecordNames",
        "Null route53:ChangeResourceRecordSetsRecordTypes",
    ],
    "EbsRead": ["StringEquals aws:RequestedRegion"],
    "EbsCreateVolumes": [
        "StringEquals aws:RequestTag/conveyor:tenant", "StringEquals aws:RequestTag/ebs.csi.aws.com/cluster",
    ],
    "EbsCreateSnapshots": [
        "StringEquals aws:RequestTag/conveyor:tenant", "StringEquals aws:RequestTag/ebs.csi.aws.com/cluster",
    ],
    "EbsTagNew": ["StringEquals aws:RequestTag/conveyor:tenant", "StringEquals ec2:CreateAction"],
    "EbsManageVolumes": [
        "StringEquals aws:ResourceTag/conveyor:tenant", "StringEquals aws:ResourceTag/ebs.csi.aws.com/cluster",
    ],
    "EbsAttachToOwnNodes": ["StringLike aws:ResourceTag/eks:cluster-name"],
    "EbsUseSnapshots": [
        "StringEquals aws:ResourceTag/conveyor:tenant", "StringEquals aws:ResourceTag/ebs.csi.aws.com/cluster",
    ],
    "EbsGrantKeys": [
        "Bool kms:GrantIsForAWSResource", "StringEquals aws:ResourceTag/conveyor:tenant",
        "StringLike kms:ViaService",
    ],
    "EbsUseKeys": ["StringEquals aws:ResourceTag/conveyor:tenant", "StringLike kms:ViaService"],
    "MetricsUseWorkspace": ["StringEquals aws:ResourceTag/conveyor:tenant"],
    "MetricsPublish": ["StringEquals aws:RequestedRegion", "StringLike cloudwatch:namespace"],
    "TracesWrite": ["StringEquals aws:RequestedRegion"],
    "QueueUseKeys": ["StringEquals aws:ResourceTag/conveyor:tenant", "StringLike kms:ViaService"],
    "SecretsUseKeys": ["StringEquals aws:ResourceTag/conveyor:tenant", "StringLike kms:ViaService"],
    "BuildLogin": ["StringEquals aws:RequestedRegion"],
    "PullLogin": ["StringEquals aws:RequestedRegion"],
    "PullEksAddons": ["StringNotEquals aws:ResourceAccount"],
    "AgentReadNetwork": ["StringEquals aws:RequestedRegion"],
    "AgentListBuckets": ["StringEquals aws:ResourceAccount"],
    "AgentUseObjects": ["StringEquals aws:ResourceAccount"],
    "AgentUseBucketKeys": ["StringEquals aws:ResourceTag/conveyor:tenant", "StringLike kms:ViaService"],
    "CreateResourceRoles": ["StringEquals iam:PermissionsBoundary"],
    "AttachToResourceRoles": ["ArnEquals iam:PolicyARN", "StringEquals iam:PermissionsBoundary"],
    "DeleteResourceRoles": ["StringEquals iam:PermissionsBoundary"],
    "PassResourceRoles": ["StringEquals iam:PassedToService"],
}
PREDEFINED_OPEN = [
    "ClusterReadEncryptionKey", "NodeJoinCluster", "NodeAssumeForPods", "AutoscalerReadNodegroups",
    "LbcReadVpcGroups", "LbcReadCertificates", "DnsListZones", "DnsReadRecords", "LogsPrepareGroups",
    "LogsWriteStreams", "QueueUseOwn", "QueueUseVendor", "SecretsRead", "SecretsReadParameters", "BuildPushOwn",
    "PullOwn", "AgentReadCluster", "AgentReadNodegroups", "AgentReadAddons", "AgentReadQueues", "AgentReadLogs",
    "AgentReadLogStreams", "ReadAndTagResourceRoles", "AssociateResourceRoles", "ReadTenantRoles",
]
"""By Sid, what each Allow demands; those of the lists `_OPEN` demand nothing."""

PERMISSIONS = {
    "EndpointServiceConsumers": ["ec2:ModifyVpcEndpointServicePermissions"],
    "Queues": ["sqs:CreateQueue", "sqs:SetQueueAttributes"],
    "KeyGrants": ["kms:CreateGrant"],
    "Buckets": ["s3:PutBucketOwnershipControls", "s3:PutBucketPublicAccessBlock"],
    "CreateBoundedRoles": ["iam:CreateRole"],
    "AttachPredefinedPolicies": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    "DetachSwitchedPolicies": ["iam:DetachRolePolicy"],
    "PassCreatedRoles": ["iam:PassRole"],
    "InstanceProfiles": [
        "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:RemoveRoleFromInstanceProfile",
    ],
    "ServiceLinkedRoles": ["iam:CreateServiceLinkedRole"],
    "DeleteCreatedRoles": ["iam:DeleteRole"],
    "DeleteInstanceProfiles": ["iam:DeleteInstanceProfile"],
    "OidcProviders": [
        "iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider",
        "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    "TrustOfCreatedRoles": ["iam:UpdateAssumeRolePolicy"],
    "EbsGrantKeys": ["kms:CreateGrant"],
    "CreateResourceRoles": ["iam:CreateRole"],
    "AttachToResourceRoles": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    "DeleteResourceRoles": ["iam:DeleteRole"],
    "PassResourceRoles": ["iam:PassRole"],
}
"""By Sid, what AWS calls permissions management."""

READS_DATA = re.compile(
    "(BatchGet(Image|Item|SecretValue)|Decrypt|Execute|ExportTo|Filter|GenerateData(Key|KeyPair)$|Get(Console|Download"
    "|Item|Label|Log|MetricData|MetricMetadata|Object|Parameter|Password|Query|Record|Secret|Series|Shard|Snapshot)|Query"
    "|ReEncrypt|Receive|Scan|Select|Start(LiveTail|Query|Session)|Unmask)")
DATA = {
    "ReadParameters": ["ssm:GetParameter", "ssm:GetParameters"],
    "EbsUseKeys": ["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
    "MetricsUseWorkspace": ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"],
    "QueueUseOwn": ["sqs:ReceiveMessage"],
    "QueueUseVendor": ["sqs:ReceiveMessage"],
    "QueueUseKeys": ["kms:Decrypt", "kms:GenerateDataKey"],
    "SecretsRead": ["secretsmanager:GetSecretValue"],
    "SecretsReadParameters": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
    "SecretsUseKeys": ["kms:Decrypt"],
    "BuildPushOwn": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "PullOwn": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "PullEksAddons": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "AgentUseObjects": ["s3:GetObject"],
    "AgentUseBucketKeys": ["kms:Decrypt", "kms:GenerateDataKey"],
    "AgentReadLogs": ["logs:FilterLogEvents"],
    "AgentReadLogStreams": ["logs:GetLogEvents"],
}
"""By Sid, what reads data, or gets at it in another way."""

SERVICES = {
    "aps", "autoscaling", "ec2", "ecr", "ecs", "eks", "elasticloadbalancing", "iam", "kms", "logs", "route53",
    "s3", "servicequotas", "sqs", "ssm", "tag",
}
"""The services the installer acts on."""

STARS = ["DeregisterTaskDefinitions", "EksClusters", "PrometheusWorkspaces", "ReadCatalogues", "ReadMachines",
         "ReadNetwork"]
"""Statements on every resource, as AWS knows no resource types for their actions."""

_BY_TAG = "AWS chooses the id, so the tag tells the tenant"
_AT_CREATION = "AWS chooses the id; only what is being created is tagged"
BOUND_BY_CONDITION = {
    **dict.fromkeys((
        "DeleteCompute", "DeleteEndpoints", "DeletePrometheus", "EndpointServiceConsumers", "EndpointServices",
        "EndpointServiceSettings", "GatewayEndpoints", "LaunchTemplates", "LaunchTemplateVersions",
        "NatGatewayPlacement", "NetworkPlacement", "NetworkRemoval", "Networks", "NetworkSettings", "ServiceTargets",
        "NodeMachinePlacement", "NodeMachines", "NodeMachineSecurityGroups", "PrometheusSettings",
        "ReadMonitoring", "RouteTablesAndNatGateways", "Routes", "SecurityGroupRules", "SecurityGroups",
        "SecurityGroupVpcs", "Subnets", "VpcEndpointPlacement", "VpcEndpoints", "VpcEndpointSettings"), _BY_TAG),
    **dict.fromkeys(("ComputeTags", "ConnectivityTags", "NetworkTags"), _AT_CREATION),
    "KeyGrants": "the customer makes the keys and tags them for the tenant",
    "NodeMachineClusterGroups": "EKS makes the group and tags it with the name of its cluster",
    "NodeMachineImages": "images of AWS are everybody's; the owner is bounded",
    "NodeMachineOwnImages": "images have no account in their ARN; owner and tag are bounded",
    "ReadKeys": "the customer makes the keys and tags them for the tenant",
    "ServiceLinkedRoles": "roles of AWS itself, one in each account; the services are named",
}
"""By Sid, why the ARN names no tenant; a condition binds these."""

_EC2 = "arn:aws:ec2:us-east-1:222222222222"
_QUOTAS = "arn:aws:servicequotas:us-east-1:222222222222"
BOUND_BY_NOTHING = {
    "OidcProviders": ["arn:aws:iam::222222222222:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/*"],  # id: AWS's
    "Quotas": [f"{_QUOTAS}:{name}/*" for name in ("ec2", "ecs", "eks", "elasticloadbalancing", "vpc")],  # the account's
    "ReadNetworkDetail": [f"{_EC2}:vpc/*", f"{_EC2}:vpc-endpoint-service/*"],  # settings only
    "ReadParameters": ["arn:aws:ssm:us-east-1::parameter/aws/service/*"],  # AWS publishes them for everybody
    "ReadRoles": ["arn:aws:iam::222222222222:role/aws-service-role/*"],  # AWS's own
    "SecurityGroupRuleRows": [f"{_EC2}:security-group-rule/*"],  # the group beside it is bound by its tag
    "VpcEndpointPrivateDns": ["arn:aws:route53:::hostedzone/*"],  # the zone is the service's
}
"""By Sid, the very ARNs that neither a name nor a condition binds to the tenant."""


def allows(*policies):
    """The Allow statements of these policies, whatever their switches."""
    return [one for policy in policies for one in policy.document.every_statement() if one.effect != "Deny"]


def demanded(one):
    """What a statement demands, as the pins write it."""
    return sorted(f"{operator} {key}" for operator, keys in one.conditions.items() for key in keys)


def by_sid(rows):
    """Pairs by Sid, without those that come to nothing; no Sid may stand twice."""
    rows = [row for row in rows if row[1]]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def differences(pinned, found):
    """What is not as pinned, by Sid: the pin and what there is."""
    return {sid: (pinned.get(sid), found.get(sid)) for sid in {*pinned, *found} if pinned.get(sid) != found.get(sid)}


def actions(one):
    """A statement's actions with their access levels, wildcards spelled out."""
    for text in one.actions:
        service, _, name = text.partition(":")
        rows = get_service_prefix_data(service)["privileges"]
        hits = [known for known in rows if re.fullmatch(name.replace("*", ".*"), known)]
        assert hits, f"{one.id}: the reference knows no {text}"
        yield from ((f"{service}:{hit}", rows[hit]["access_level"]) for hit in hits)


OPEN = published()
INSTALLERS = allows(*OPEN.installer.every_policy())
PREDEFINEDS = allows(*(policy for part in OPEN.predefined for policy in every(part)))
EXAMPLE = yaml.safe_load((Path(__file__).parents[2] / "examples" / "shared.yaml").read_text())
MADE = plan(Installation.read(EXAMPLE | {"resources_feature": True, "network": {}, "installer": {
    "irsa": True, "network_rights": True, "delete_rights": True}}))
OURS = re.compile("[:/]conveyor-acme-|/conveyor/acme/")


@pytest.mark.parametrize(("found", "pinned"), [(INSTALLERS, INSTALLER), (PREDEFINEDS, PREDEFINED)],
                         ids=["installer", "predefined"])
def test_each_allow_demands_what_is_pinned(found, pinned):
    """Every conditioned Allow carries the pinned operators and keys: none is missing and none is new."""
    assert differences(pinned, by_sid((one.id, demanded(one)) for one in found)) == {}


@pytest.mark.parametrize(("found", "pinned"), [(INSTALLERS, INSTALLER_OPEN), (PREDEFINEDS, PREDEFINED_OPEN)],
                         ids=["installer", "predefined"])
def test_allows_without_conditions_are_known(found, pinned):
    """An Allow that demands nothing is one of those decided upon."""
    assert sorted(one.id for one in found if not one.conditions) == sorted(pinned)


@given(st.from_type(Installation))
def test_no_installation_demands_less(installation):
    """Whatever an installation switches on or off, each Allow that it gets demands what is pinned."""
    made = plan(installation)
    pinned = INSTALLER | PREDEFINED | {sid: [] for sid in (*INSTALLER_OPEN, *PREDEFINED_OPEN)}
    for one in allows(*made.installer.every_policy(), *made.predefined):
        assert demanded(one) == pinned[one.id], one.id
        assert all(values for keys in one.conditions.values() for values in keys.values()), one.id


def test_rights_over_permissions_are_known():
    """No Allow manages permissions but the pinned ones, and these no others."""
    found = by_sid((one.id, sorted({name for name, level in actions(one) if level == "Permissions management"}))
                   for one in (*INSTALLERS, *PREDEFINEDS))
    assert differences(PERMISSIONS, found) == {}


def test_rights_over_data_are_known():
    """No Allow reads data but the pinned ones, and these no other."""
    found = by_sid((one.id, sorted({name for name, _ in actions(one) if READS_DATA.match(name.partition(":")[2])}))
                   for one in (*INSTALLERS, *PREDEFINEDS))
    assert differences(DATA, found) == {}


def test_the_installers_services_are_known():
    """The installer acts on the pinned services, on each of them, and on no other."""
    assert {text.partition(":")[0] for one in INSTALLERS for text in one.actions} == SERVICES


def test_resources_name_the_tenant():
    """Each ARN of the installer names the tenant, or is bound by a condition, or is one of the few pinned exactly."""
    found = allows(*MADE.installer.every_policy())
    foreign = {one.id: [arn for arn in one.resources if not OURS.search(arn)] for one in found}
    foreign = {sid: arns for sid, arns in foreign.items() if arns}
    tagged = {one.id for one in found for keys in one.conditions.values() for key, values in keys.items()
              if key.endswith("Tag/conveyor:tenant") and values == ("acme",)}
    assert {one.id for one in found} == {*INSTALLER, *INSTALLER_OPEN}
    assert [sid for sid, why in BOUND_BY_CONDITION.items() if why == _BY_TAG and sid not in tagged] == []
    assert sorted(sid for sid, arns in foreign.items() if "*" in arns) == STARS
    assert {sid for sid in foreign if sid in INSTALLER} == {*STARS, *BOUND_BY_CONDITION}
    assert differences(BOUND_BY_NOTHING, {sid: arns for sid, arns in foreign.items() if sid in INSTALLER_OPEN}) == {}


def test_resources_name_account_and_type():
    """No ARN of the installer leaves partition, service, region, account or the type of resource open."""
    arns = {arn for one in allows(*MADE.installer.every_policy()) for arn in one.resources if arn != "*"}
    assert len(arns) > 50
    assert [arn for arn in arns if not re.match(
        "arn:aws:[a-z0-9-]+:(us-east-1)?:(222222222222)?:(conveyor-acme-|[a-z0-9-]+[:/])", arn)] == []


KNOWN = {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/conveyor/acme/installer/conveyor-acme-installer"}
"""What a request of the installer always carries; policy variables ask for it."""
ABSENT, FOREIGN = None, "arn:aws:iam::999999999999:role/foreign"


def base(operator):
    """An operator without what says how many values there are and what happens without any."""
    return operator.rpartition(":")[2].removesuffix("IfExists")


def good(operator, values):
    """Each value of a key that meets a condition; `ABSENT` where the key must not be there."""
    if base(operator) == "Null":
        return [ABSENT if values == ["true"] else "x"]
    if "Not" in operator:
        return ["x"]
    return [re.sub(r"\$\{([^}]*)\}", lambda hit: KNOWN[hit[1]], text).replace("*", "x") for text in values]


def bad(operator, values):
    """Values of a key that break a condition, each in its own way."""
    kind, first = base(operator), good(operator, values)[0]
    if kind == "Null":
        return ["x" if values == ["true"] else ABSENT]
    if "Not" in kind:
        wrong = values[0]
    else:
        wrong = {"Bool": "false" if first == "true" else "true", "ArnEquals": FOREIGN, "ArnLike": FOREIGN}.get(
            kind, "foreign")
    if operator.startswith("ForAllValues:"):
        return [wrong, [first, wrong]]
    return [wrong] if operator.endswith("IfExists") or "Not" in kind else [wrong, ABSENT]


def spelled(policy):
    """A policy's document as AWS reads it, and the Allow statements in it that demand something."""
    document = policy.document.spelled(literal)
    return document, [row for row in document["Statement"] if row["Effect"] == "Allow" and "Condition" in row]


def listed(value):
    """One value or several, as several."""
    return value if isinstance(value, list) else [value]


WRITTEN = [(document, row) for policy in (*MADE.installer.policies, *MADE.predefined)
           for document, rows in [spelled(policy)] for row in rows]


@pytest.mark.parametrize(("document", "row"), WRITTEN, ids=[row["Sid"] for _, row in WRITTEN])
def test_each_condition_decides(document, row):
    """The request a statement is made for is allowed, and is not with any one of its conditions broken."""
    resource = listed(row["Resource"])[0].replace("*", "x") if row["Resource"] != "*" else "*"
    request = {"action": listed(row["Action"])[0].replace("*", "Tags"), "resource": resource}
    demands = [(operator, key, listed(values)) for operator, keys in row["Condition"].items()
               for key, values in keys.items()]
    demands.sort(key=lambda demand: base(demand[0]) != "Null")  # so that the value of a key wins over its presence
    context = KNOWN | {key: good(operator, values)[0] for operator, key, values in demands}

    def decided(**changes):
        return evaluate([document], **request, context={key: value for key, value in (context | changes).items()
                                                        if value is not ABSENT})

    for operator, key, values in demands:
        if base(operator) != "Null":
            assert {value: decided(**{key: value}) for value in good(operator, values)} == dict.fromkeys(
                good(operator, values), "Allow")
        for wrong in bad(operator, values):
            assert decided(**{key: wrong}) != "Allow", f"{operator} {key}: {wrong}"
    assert decided() == "Allow"
