"""The resource types that the embedded AWS only records.

Knows names. A recorded resource is checked against its registry schema, kept, and answered with made-up attributes;
nothing behaves like it. A type listed here gets a real handler only by leaving this list.
"""

RECORDED_TYPES: tuple[str, ...] = (
    "AWS::CloudFormation::StackSet",
    "AWS::CloudTrail::Trail",
    "AWS::EC2::FlowLog",
    "AWS::EC2::VPCEndpointConnectionNotification",
    "AWS::EC2::VPCEndpointService",
    "AWS::EC2::VPCEndpointServicePermissions",
    "AWS::Logs::QueryDefinition",
    "AWS::NetworkFirewall::Firewall",
    "AWS::NetworkFirewall::FirewallPolicy",
    "AWS::NetworkFirewall::LoggingConfiguration",
    "AWS::NetworkFirewall::RuleGroup",
    "AWS::NetworkFirewall::VpcEndpointAssociation",
    "AWS::Route53Resolver::FirewallDomainList",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
)
