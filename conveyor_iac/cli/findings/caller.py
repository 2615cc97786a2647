"""Who asks: the account of the credentials, and whether they may deploy what is planned."""

from collections.abc import Iterator

from conveyor_iac.cli.account import caller
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok, unknown
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.placeholders import every, fill
from conveyor_iac.model.plan import values_of
from conveyor_iac.model.privatelink import LoadBalancer, Topic

Wanted = tuple[str, str, tuple[str, ...]]
"""A purpose, what it is done to, and the actions."""


@check("account", "The credentials are of the file's account")
def account(case: Case) -> Verdict:
    """Everything else that is asked live is asked of this account."""
    number, arn = caller(case.live)
    if number == case.installation.account:
        return ok(f"{arn} in {case.installation.region}")
    return fault(f"{arn} is of account {number}, the file says {case.installation.account}",
                 "Take a profile of the file's account: AWS_PROFILE=NAME conveyor-iac doctor ...")


@check("may-deploy", "The caller may do what a deploy needs")
def may_deploy(case: Case) -> Verdict:
    """By iam:SimulatePrincipalPolicy, which asks the caller's own policies, boundary and service control policies."""
    _, arn = caller(case.live)
    if arn.endswith(":root"):
        return unknown("the caller is the account's root user, which iam:SimulatePrincipalPolicy does not take",
                       "Deploy as a role: the root user needs no permission and should not be used")
    refused, undecided, count = list[str](), list[str](), 0
    for purpose, resource, actions in wanted(case):
        said = case.live.ask("iam", "simulate_principal_policy", PolicySourceArn=_principal(case, arn),
                             ActionNames=list(actions), ResourceArns=[resource])
        for row in said["EvaluationResults"]:
            count += 1
            if row["EvalDecision"] != "allowed":
                where = undecided if row.get("MissingContextValues") else refused
                where.append(f"{row['EvalActionName']} ({purpose})")
    if refused:
        return fault(f"refused to {arn}: {'; '.join(refused)}", "Deploy with a role that may, or let these be allowed")
    if undecided:
        return unknown(f"decided by conditions that cannot be simulated: {'; '.join(undecided)}")
    return ok(f"all {count} actions asked for are allowed; a short list, not every action of a deploy")


def wanted(case: Case) -> Iterator[Wanted]:
    """The actions that a deploy of this plan cannot do without: a few for each kind of thing it makes."""
    planned = case.plan
    where = values_of(case.installation)
    arn = f"arn:{where['AWS::Partition']}"
    here = f"{where['AWS::Region']}:{where['AWS::AccountId']}"
    yield ("deploy stacks", f"{arn}:cloudformation:{here}:stack/{case.stacks}-endpoints/*",
           ("cloudformation:CreateStack", "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet",
            "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents",
            "cloudformation:GetTemplate"))
    if planned.installer:
        own = ("iam:PutRolePermissionsBoundary",) if planned.installer.boundary else ()
        yield ("make the installer role", fill(planned.installer.arn, where),
               ("iam:CreateRole", "iam:TagRole", "iam:AttachRolePolicy", *own))
    for policy in _one_of_each_kind(case):
        yield "make our policies", fill(policy, where), ("iam:CreatePolicy", "iam:GetPolicy")
    yield from (("make the networks", "*", actions) for actions in dict.fromkeys(_network_actions(case)))


def _one_of_each_kind(case: Case) -> Iterator[str]:
    """The boundary, one predefined policy and one of the installer role: each kind has an IAM path of its own."""
    planned = case.plan
    if planned.boundary and planned.installer:
        yield planned.boundary.arn
        yield next(policy.arn for part in planned.predefined for policy in every(part))
        yield next(planned.installer.every_policy()).arn


def _network_actions(case: Case) -> Iterator[tuple[str, ...]]:
    for network in case.plan.networks:
        yield from _of_vpc(network)
        if network.endpoints or case.plan.links:
            yield "ec2:CreateVpcEndpoint", "ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupIngress"
        if network.logs:
            yield "kms:CreateKey", "kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:TagResource"
        yield from _of_service(network)
        yield from _of_way_out(network)


def _of_vpc(network: NetworkPlan) -> Iterator[tuple[str, ...]]:
    if network.vpc:
        yield "ec2:CreateVpc", "ec2:ModifyVpcAttribute", "ec2:CreateSubnet", "ec2:CreateTags"
        yield "ec2:CreateRouteTable", "ec2:AssociateRouteTable", "ec2:CreateRoute"
        yield "ec2:CreateFlowLogs", "logs:CreateLogDelivery", "s3:CreateBucket", "s3:PutBucketPolicy"
        if network.vpc.pod_cidr or network.vpc.ipv6:
            yield ("ec2:AssociateVpcCidrBlock",)


def _of_service(network: NetworkPlan) -> Iterator[tuple[str, ...]]:
    """A load balancer and a topic are made only where the file names none."""
    service = network.service
    if service:
        yield ("ec2:CreateVpcEndpointServiceConfiguration", "ec2:ModifyVpcEndpointServicePermissions",
               "ec2:CreateVpcEndpointConnectionNotification")
        if isinstance(service.load_balancer, LoadBalancer):
            yield ("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup",
                   "elasticloadbalancing:CreateListener")
        if isinstance(service.topic, Topic):
            yield "sns:CreateTopic", "sns:SetTopicAttributes"


def _of_way_out(network: NetworkPlan) -> Iterator[tuple[str, ...]]:
    out = network.egress
    if out.nats:
        yield ("ec2:CreateInternetGateway", "ec2:AttachInternetGateway", "ec2:CreateNatGateway", "ec2:AllocateAddress")
    if out.egress_only:
        yield ("ec2:CreateEgressOnlyInternetGateway",)
    if out.firewall:
        yield ("network-firewall:CreateFirewall", "network-firewall:CreateFirewallPolicy",
               "network-firewall:CreateRuleGroup", "network-firewall:UpdateLoggingConfiguration", "logs:CreateLogGroup")
    if network.dns_firewall:
        yield ("route53resolver:CreateFirewallDomainList", "route53resolver:CreateFirewallRuleGroup",
               "route53resolver:CreateFirewallRule", "route53resolver:AssociateFirewallRuleGroup")


def _principal(case: Case, arn: str) -> str:
    """The role behind a session, by its own ARN with its path; anybody else as they are."""
    if ":assumed-role/" not in arn:
        return arn
    return str(case.live.ask("iam", "get_role", RoleName=arn.split("/")[1])["Role"]["Arn"])
