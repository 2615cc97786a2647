"""A data plane of your own, checked by one line: `npx --no-install cdk synth` fails when a claim does not hold."""
from aws_cdk import App, CfnParameter, Stack, Validations, aws_ec2, aws_iam
from aws_cdk.aws_route53resolver import CfnFirewallDomainList, CfnFirewallRuleGroup, CfnFirewallRuleGroupAssociation

from conveyor_iac.cdk import ConveyorChecks

stack = Stack(app := App(), "data-plane")
external_id = CfnParameter(stack, "ExternalId", no_echo=True, min_length=16, allowed_pattern="[a-zA-Z0-9]+")
role = aws_iam.Role(stack, "Role", assumed_by=aws_iam.AccountPrincipal("111122223333").with_conditions(
    {"StringEquals": {"sts:ExternalId": external_id.value_as_string, "sts:RoleSessionName": "conveyor-acme"}}))
role.add_to_policy(aws_iam.PolicyStatement(actions=["eks:DescribeCluster", "iam:GetRole"], resources=["*"]))
vpc = aws_ec2.CfnVPC(stack, "Vpc", cidr_block="10.20.0.0/16")
subnet = aws_ec2.CfnSubnet(stack, "NodeSubnet", vpc_id=vpc.ref, cidr_block="10.20.0.0/20")
names = CfnFirewallDomainList(stack, "EveryName", domains=["*"])
rules = CfnFirewallRuleGroup(stack, "Rules", firewall_rules=[CfnFirewallRuleGroup.FirewallRuleProperty(
    action="BLOCK", block_response="NXDOMAIN", firewall_domain_list_id=names.attr_id, priority=1)])
CfnFirewallRuleGroupAssociation(stack, "Firewall", firewall_rule_group_id=rules.attr_id, priority=101, vpc_id=vpc.ref)
door = aws_ec2.CfnVPCEndpointService(stack, "Door", acceptance_required=True)
Validations.of(app).add_plugins(ConveyorChecks(contract="contract.yaml"))
app.synth()
