"""A platform team's own program: its VPC, provider, tags and rules, and in them a Conveyor installation."""

import pulumi
import pulumi_aws as aws

from conveyor_iac.pulumi.aws import PrivateDeployment

TENANT, REGION, ACCOUNT = "acme", "eu-west-1", "222222222222"


def company_rules(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """What this company asks of every key, whoever makes it: a rotation every 90 days, 30 days before it is deleted."""
    if args.type_ != "aws:kms/key:Key":
        return None
    rules = {"rotationPeriodInDays": 90, "deletionWindowInDays": 30}
    return pulumi.ResourceTransformResult(props={**args.props, **rules}, opts=args.opts)


company = aws.Provider("company", region=REGION, allowed_account_ids=[ACCOUNT],
                       default_tags=aws.ProviderDefaultTagsArgs(tags={"cost-center": "4711"}))
own = pulumi.ResourceOptions(provider=company)
vpc = aws.ec2.Vpc("platform-vpc", cidr_block="10.20.0.0/16", enable_dns_support=True, enable_dns_hostnames=True,
                  opts=own)
table = aws.ec2.RouteTable("platform-table", vpc_id=vpc.id, opts=own)
subnets = []
for number, zone in enumerate(("euw1-az1", "euw1-az2")):
    subnet = aws.ec2.Subnet(f"platform-subnet-{zone}", vpc_id=vpc.id, cidr_block=f"10.20.{number * 16}.0/20",
                            availability_zone_id=zone, tags={"conveyor:tenant": TENANT}, opts=own)
    aws.ec2.RouteTableAssociation(f"platform-subnet-{zone}", subnet_id=subnet.id, route_table_id=table.id, opts=own)
    subnets.append(subnet)

data_plane = PrivateDeployment(TENANT, {
    "tenant": TENANT,
    "region": REGION,
    "account": ACCOUNT,
    "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"},
    "external_id": pulumi.Config("conveyor").require_secret("external_id"),
    "network": {"existing": {"vpc": vpc.id, "cidrs": ["10.20.0.0/16"], "route_tables": [table.id],
                             "endpoint_subnets": [subnet.id for subnet in subnets]}},
    "cognito_access": "proxy",
}, pulumi.ResourceOptions(provider=company, transforms=[company_rules]))
pulumi.export("installer_role_arn", data_plane.installer_role_arn)
pulumi.export("service_name", data_plane.service_name)
