"""Rules across the values of a network: what bad input gets, alone and all at once, and what is let in."""

import pytest

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model import catalogue

EXISTING = {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"], "route_tables": ["rtb-12345678"],
            "endpoint_subnets": ["subnet-12345678", "subnet-87654321"]}
OWN = {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "r"}}
IDS = ["euw1-az1", "euw1-az2", "euw1-az3"]
BESIDES = ["ec2", "eks", "eks-auth", "secretsmanager"]
"""What a data plane without internet cannot live without and documented-13 lacks."""
BLOCKS = [f"10.{number}.0.0/16" for number in range(70)]
NLB = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/own/0123456789abcdef"
TOPIC = "arn:aws:sns:eu-west-1:222222222222:Told"
VENDORS = {"control_plane": {"account": "111122223333", "role": "vendors/x"}}
SERVICE = {"kind": "endpoint-service", "deployment": ..., "network": {
    "existing": {key: EXISTING[key] for key in EXISTING if key != "route_tables"}}}


def net(**network):
    """Words with this network."""
    return {"network": network}


def ends(**endpoints):
    """Words with these endpoints."""
    return {"endpoints": endpoints}


def link(**private_link):
    """Words with this private link."""
    return {"private_link": private_link}


REFUSED = {
    "CIDR too small": (net(cidr="10.20.0.0/22"), "network.cidr", "'10.20.0.0/22'", "/16 to /21",
                       "The smallest that fits is 10.20.0.0/21"),
    "CIDR too wide": (net(cidr="10.0.0.0/8"), "network.cidr", "'10.0.0.0/8'", "/16 to /21",
                      "Perhaps you meant 10.0.0.0/16"),
    "pod CIDR too small": (net(pod_cidr="100.64.0.0/23"), "network.pod_cidr", "'100.64.0.0/23'", "/16 to /22",
                           "The smallest that fits is 100.64.0.0/22"),
    "host bits": (net(cidr="10.20.0.1/16"), "network.cidr", "'10.20.0.1/16'", "no host bits",
                  "Perhaps you meant 10.20.0.0/16"),
    "public range": (net(cidr="20.0.0.0/16"), "network.cidr", "'20.0.0.0/16'", "for private use", "one of these"),
    "198.19.0.0/16": (net(cidr="198.19.0.0/16"), "network.cidr", "'198.19.0.0/16'", "refuses 198.19.0.0/16",
                      "one of these"),
    "198.19.0.0/16 for pods": (net(pod_cidr="198.19.0.0/16"), "network.pod_cidr", "'198.19.0.0/16'",
                               "refuses 198.19.0.0/16", "one of these"),
    "no CIDR": (net(cidr="ten"), "network.cidr", "'ten'", "a CIDR, such as", "a slash and the prefix length"),
    "address for CIDR": (net(cidr="10.20.0.0"), "network.cidr", "'10.20.0.0'", "a CIDR, such as", "a slash"),
    "IPv6 for CIDR": (net(cidr="fd00::/16"), "network.cidr", "'fd00::/16'", "an IPv4 CIDR", "for private use"),
    "no CIDR of a neighbour": (net(neighbours={"hq": "10.1.0.0/99"}), "network.neighbours.hq", "'10.1.0.0/99'",
                               "a CIDR", "prefix length"),
    "overlap of pods": (net(cidr="100.64.0.0/16"), "network.pod_cidr", "'100.64.0.0/16'",
                        "no overlap with network.cidr", "a block of its own"),
    "overlap with a neighbour": (net(neighbours={"hq": "10.0.0.0/8"}), "network.cidr", "'10.20.0.0/16'",
                                 "no overlap with network.neighbours.hq, 10.0.0.0/8", "a block of its own"),
    "a neighbour inside": (net(neighbours={"hq": "10.20.9.0/24"}), "network.neighbours.hq", "'10.20.9.0/24'",
                           "no overlap with network.cidr", "a block of its own"),
    "overlap of the planes": (OWN | net(cidr="10.30.0.0/16"), "network.cidr", "'10.30.0.0/16'",
                              "no overlap with control_plane.network.cidr", "a block of its own"),
    "pods beside the VPC": (net(pod_cidr="172.16.0.0/16"), "network.pod_cidr", "'172.16.0.0/16'",
                            "EC2 adds no block of 172.16.0.0/12 to a VPC of 10.0.0.0/8", "Take 100.64.0.0/16"),
    "more zones than the region has": (net(zones=4), "network.zones", "4", "at most the 3 zones that eu-west-1 has",
                                       "Write zones: 3"),
    "a default of too many zones": ({"region": "us-west-1"} | net(zone_ids=["usw1-az1", "usw1-az3", "usw1-az4"]),
                                    "network.zones", "3", "the 2 zones that us-west-1 has", "Write zones: 2"),
    "more zones of the control plane": (
        {"deployment": "dedicated", "control_plane": OWN["control_plane"] | {"network": {"zones": 4}}},
        "control_plane.network.zones", "4", "at most the 3 zones", "Write zones: 3"),
    "too few zone ids": (net(zone_ids=IDS[:2]), "network.zone_ids", "euw1-az1, euw1-az2", "as network.zones says",
                         "leave zone_ids out"),
    "a zone twice": (net(zone_ids=[*IDS[:2], IDS[0]]), "network.zone_ids", "euw1-az1, euw1-az2, euw1-az1",
                     "as many different zones", "Name each zone once"),
    "a zone of another region": (net(zone_ids=[*IDS[:2], "euc1-az1"]), "network.zone_ids", "'euc1-az1'",
                                 "a zone of eu-west-1", "describe-availability-zones"),
    "a zone by name": (net(zone_ids=[*IDS[:2], "eu-west-1c"], zones=3), "network.zone_ids.2", "'eu-west-1c'",
                       "the id of a zone", "describe-availability-zones"),
    "a zone EKS refuses": ({"region": "us-east-1"} | net(zone_ids=["use1-az1", "use1-az2", "use1-az3"]),
                           "network.zone_ids", "'use1-az3'", "EKS takes no subnet", "another zone"),
    "unknown endpoint": (ends(add=["sqss"]), "endpoints.add", "'sqss'", "in the catalogue", "Perhaps you meant sqs"),
    "unknown endpoint removed": (ends(remove=["x-ray"]), "endpoints.remove", "'x-ray'", "in the catalogue",
                                 "Perhaps you meant xray"),
    "unknown set": (ends(set="documented-14"), "endpoints.set", "'documented-14'", "'documented-13'",
                    "Perhaps you meant documented-13"),
    "a needed endpoint": (ends(remove=["sqs"]), "endpoints.remove", "'sqs'",
                          "a private deployment cannot live without it: Without queues", "Leave it in"),
    "the S3 gateway": (ends(remove=["s3"]), "endpoints.remove", "'s3'", "in every deployment", "Leave it in"),
    "an endpoint the set has not": (ends(remove=["sns"]), "endpoints.remove", "'sns'",
                                    "an endpoint of the set private-data-plane", "Perhaps you meant"),
    "added and removed": (ends(add=["xray"], remove=["xray"]), "endpoints.add", "'xray'", "not both",
                          "one of the two"),
    "zones of an unknown endpoint": (net(zone_ids=IDS) | ends(zones={"sqss": IDS}), "endpoints.zones", "'sqss'",
                                     "in the catalogue", "Perhaps you meant sqs"),
    "zones without zone ids": (ends(zones={"sqs": IDS[:1]}), "endpoints.zones.sqs", "euw1-az1",
                               "one or more of network.zone_ids", "by id first"),
    "an endpoint in no zone": (net(zone_ids=IDS) | ends(zones={"sqs": []}), "endpoints.zones.sqs", "(empty)",
                               "one or more of network.zone_ids", "by id first"),
    "everybody": (link(principals=["*"]), "private_link.principals.0", "'*'", "without *", "Ask the vendor"),
    "every role": (link(principals=["arn:aws:iam::111122223333:role/*"]), "private_link.principals.0",
                   "'arn:aws:iam::111122223333:role/*'", "without *", "Ask the vendor"),
    "nobody": (link(principals=[]), "private_link.principals", "(empty)", "at least one", "leave the key out"),
    "no port": (link(ports=[]), "private_link.ports", "(empty)", "at least one", "leave the key out"),
    "port 0": (link(ports=[0]), "private_link.ports.0", "0", "1 or more", "1 to 65535"),
    "port 65536": (link(ports=[443, 65536]), "private_link.ports.1", "65536", "65535 or less",
                   "1 to 65535"),
    "a port twice": (link(ports=[443, 443]), "private_link.ports", "443, 443", "each port once", "Leave the second"),
    "a target elsewhere": (link(targets=["10.99.0.1"]), "private_link.targets", "'10.99.0.1'", "within the VPC",
                           "private_link.load_balancer"),
    "no target": (link(targets=["db.local"]), "private_link.targets.0", "'db.local'", "an IPv4 address",
                  "0 to 255"),
    "another load balancer": (
        link(load_balancer="arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/app/x/1"),
        "private_link.load_balancer", "'arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/app/x/1'",
        "a network load balancer", "Only a network load balancer"),
    "private link, shared": ({"deployment": "shared"} | link(ports=[443]), "private_link", "(given)",
                             "over the internet", "deployment: private"),
    "privatelink unsaid": ({"cognito_access": "privatelink"}, "user_pool_has_domain", "(missing)",
                           "a user pool with a domain refuses", "user_pool_has_domain: false"),
    "privatelink with a domain": ({"cognito_access": "privatelink", "user_pool_has_domain": True},
                                  "user_pool_has_domain", "True", "a user pool with a domain refuses",
                                  "cognito_access: firewall"),
    "an endpoint of Cognito unsaid": (ends(add=["cognito-idp"]), "user_pool_has_domain", "(missing)",
                                      "a user pool with a domain refuses", "no endpoint of Cognito"),
    "Cognito, shared": ({"deployment": "shared", "cognito_access": "proxy"}, "cognito_access", "'proxy'",
                        "reaches Cognito by NAT", "Leave it out"),
    "another way to Cognito": ({"cognito_access": "vpn"}, "cognito_access", "'vpn'", "'firewall', 'privatelink'",
                               "the way to Cognito"),
    "NAT without internet": (net(nat="single"), "network.nat", "'single'", "has no internet access",
                             "Leave it out"),
    "adoption without CIDRs": (net(existing={key: EXISTING[key] for key in EXISTING if key != "cidrs"}),
                               "network.existing.cidrs", "(missing)", "the endpoints are reached from these",
                               "Name each"),
    "adoption without subnets": (net(existing=EXISTING | {"endpoint_subnets": []}),
                                 "network.existing.endpoint_subnets", "(empty)", "endpoints stand in these",
                                 "Name each"),
    "adoption without tables": (net(existing=EXISTING | {"route_tables": []}), "network.existing.route_tables",
                                "(empty)", "a route in each", "Name each"),
    "adoption without a VPC": (net(existing={key: EXISTING[key] for key in EXISTING if key != "vpc"}),
                               "network.existing.vpc", "(missing)", "a value is needed", "The id of the VPC"),
    "adoption of no subnet": (net(existing=EXISTING | {"endpoint_subnets": ["subnet-1", "subnet-12345678"]}),
                              "network.existing.endpoint_subnets.0", "'subnet-1'", "the id of a subnet",
                              "describe-subnets"),
    "adoption of no table": (net(existing=EXISTING | {"route_tables": ["main"]}),
                             "network.existing.route_tables.0", "'main'", "the id of a route table",
                             "describe-route-tables"),
    "adoption, dedicated": (OWN | net(existing=EXISTING), "network.existing", "(given)", "makes both of its VPCs",
                            "deployment: private"),
    "an endpoint there, unknown": (net(existing=EXISTING | {"endpoints": ["sqqs"]}), "network.existing.endpoints",
                                   "'sqqs'", "in the catalogue", "Perhaps you meant sqs"),
    "an endpoint made twice": (net(existing=EXISTING | {"endpoints": ["sns"]}) | ends(add=["sns"]), "endpoints.add",
                               "'sns'", "one endpoint with private DNS per service", "one of the two"),
    "any block": (net(existing=EXISTING | {"cidrs": ["0.0.0.0/0"]}), "network.existing.cidrs.0", "'0.0.0.0/0'",
                  "for private use", "one of these"),
    "any IPv6 block": (net(existing=EXISTING | {"cidrs": ["::/0"]}), "network.existing.cidrs.0", "'::/0'",
                       "an IPv4 CIDR", "for private use"),
    "a public block": (net(existing=EXISTING | {"cidrs": ["20.0.0.0/16"]}), "network.existing.cidrs.0",
                       "'20.0.0.0/16'", "for private use", "one of these"),
    "198.19.0.0/16 brought": (net(existing=EXISTING | {"cidrs": ["10.20.0.0/16", "198.19.0.0/16"]}),
                              "network.existing.cidrs.1", "'198.19.0.0/16'", "refuses 198.19.0.0/16", "one of these"),
    "host bits brought": (net(existing=EXISTING | {"cidrs": ["10.20.0.1/16"]}), "network.existing.cidrs.0",
                          "'10.20.0.1/16'", "no host bits", "10.20.0.0/16"),
    "too wide a block": (net(existing=EXISTING | {"cidrs": ["10.0.0.0/8"]}), "network.existing.cidrs.0",
                         "'10.0.0.0/8'", "/16 to /28", "10.0.0.0/16"),
    "too small a block": (net(existing=EXISTING | {"cidrs": ["10.20.0.0/29"]}), "network.existing.cidrs.0",
                          "'10.20.0.0/29'", "/16 to /28", "10.20.0.0/28"),
    "a block twice": (net(existing=EXISTING | {"cidrs": ["10.20.0.0/16", "10.20.0.0/16"]}), "network.existing.cidrs",
                      "'10.20.0.0/16'", "each once", "Leave the second out"),
    "blocks that overlap": (net(existing=EXISTING | {"cidrs": ["10.20.0.0/16", "10.20.4.0/24"]}),
                            "network.existing.cidrs.1", "'10.20.4.0/24'",
                            "no overlap with network.existing.cidrs.0, 10.20.0.0/16", "a block of its own"),
    "a neighbour of what is brought": (net(existing=EXISTING, neighbours={"hq": "10.0.0.0/8"}),
                                       "network.existing.cidrs.0", "'10.20.0.0/16'",
                                       "no overlap with network.neighbours.hq", "a block of its own"),
    "everybody for a neighbour": (net(neighbours={"hq": "0.0.0.0/0"}), "network.neighbours.hq", "'0.0.0.0/0'",
                                  "nobody has all of it", "really in use"),
    "everybody in IPv6 for a neighbour": (net(neighbours={"hq": "::/0"}), "network.neighbours.hq", "'::/0'",
                                          "nobody has all of it", "really in use"),
    "no neighbour": (net(neighbours={"a": None}), "network.neighbours.a", "None", "text", "must not overlap"),
    "a neighbour without a text for a name": (net(neighbours={7: "10.1.0.0/16"}), "network.neighbours.7", "7",
                                              "a key that is text", "in quotes"),
    "more rules than a group takes": (net(existing=EXISTING | {"cidrs": BLOCKS[:31]}) | link(ports=[1, 2]),
                                      "network.existing.cidrs", "31 blocks, 2 of private_link.ports",
                                      "at most 60 rules in a direction", "fewer ports"),
    "more blocks than a group takes": (net(existing=EXISTING | {"cidrs": BLOCKS[:61]}) | link(load_balancer=NLB),
                                       "network.existing.cidrs", "61 blocks, 1 of private_link.ports",
                                       "at most 60 rules", "wider blocks"),
    "a load balancer without its id": (link(load_balancer=NLB[:-17]), "private_link.load_balancer", repr(NLB[:-17]),
                                       "a network load balancer", "describe-load-balancers"),
    "a load balancer of a short id": (link(load_balancer=NLB[:-1]), "private_link.load_balancer", repr(NLB[:-1]),
                                      "a network load balancer", "describe-load-balancers"),
    "a load balancer of another region": (
        link(load_balancer=NLB.replace("eu-west-1", "eu-west-2")), "private_link.load_balancer",
        repr(NLB.replace("eu-west-1", "eu-west-2")), "222222222222, in eu-west-1 of aws", "Name one of there"),
    "a load balancer of another account": (
        link(load_balancer=NLB.replace("2222222222", "3333333333")), "private_link.load_balancer",
        repr(NLB.replace("2222222222", "3333333333")), "of account 222222222222", "leave it out"),
    "a load balancer of another partition": (
        link(load_balancer=NLB.replace("aws", "aws-cn")), "private_link.load_balancer",
        repr(NLB.replace("aws", "aws-cn")), "of aws", "leave it out"),
    "a topic of another region": (
        link(topic=TOPIC.replace("eu-west-1", "us-east-1")), "private_link.topic",
        repr(TOPIC.replace("eu-west-1", "us-east-1")), "in eu-west-1", "leave it out"),
    "a topic of another account": (
        link(topic=TOPIC.replace("222222222222", "111122223333")), "private_link.topic",
        repr(TOPIC.replace("222222222222", "111122223333")), "of account 222222222222", "leave it out"),
    "a load balancer and targets": (link(load_balancer=NLB, targets=["10.20.7.5"]), "private_link.targets",
                                    "10.20.7.5", "has its own targets", "one of the two"),
    "a target twice": (link(targets=["10.20.7.5", "10.20.7.5"]), "private_link.targets", "'10.20.7.5'", "each once",
                       "the second"),
    "a target that AWS keeps": (link(targets=["10.20.0.3"]), "private_link.targets", "'10.20.0.3'",
                                "the first four and the last", "what answers"),
    "a target that is the last address": (link(targets=["100.64.255.255"]), "private_link.targets",
                                          "'100.64.255.255'", "the first four and the last", "what answers"),
    "a principal twice": (link(principals=["arn:aws:iam::111122223333:root"] * 2), "private_link.principals",
                          "'arn:aws:iam::111122223333:root'", "each once", "the second"),
    "too many principals": (link(principals=[f"arn:aws:iam::{number:012}:root" for number in range(51)]),
                            "private_link.principals", "51 of them", "at most 50", "the account root"),
    "a principal with a path": (link(principals=["arn:aws:iam::111122223333:role/vendors/x"]),
                                "private_link.principals.0", "'arn:aws:iam::111122223333:role/vendors/x'",
                                "without a path", "the account root"),
    "a principal of another partition": (link(principals=["arn:aws-cn:iam::111122223333:root"]),
                                         "private_link.principals.0", "'arn:aws-cn:iam::111122223333:root'",
                                         "a principal of aws", "in this partition"),
    "a foreign principal, dedicated": (OWN | link(principals=["arn:aws:iam::111122223333:root"]),
                                       "private_link.principals.0", "'arn:aws:iam::111122223333:root'",
                                       "your own account, 222222222222", "deployment: private"),
    "a role with a path": (VENDORS, "private_link.principals", "(missing)", "no principal with a path",
                           "Name arn:aws:iam::111122223333:root, or have a role without a path"),
    "a role with a path, dedicated": (
        OWN | {"control_plane": {"account": "222222222222", "role": "a/b"}}, "private_link.principals", "(missing)",
        "control_plane.role has one: a/b", "arn:aws:iam::222222222222:root"),
    "a role with a path, for a service": (SERVICE | VENDORS, "private_link.principals", "(missing)",
                                          "no principal with a path", "arn:aws:iam::111122223333:root"),
    "a subnet twice": (net(existing=EXISTING | {"endpoint_subnets": [*EXISTING["endpoint_subnets"],
                                                                     "subnet-12345678"]}),
                       "network.existing.endpoint_subnets", "'subnet-12345678'", "each once", "the second"),
    "a table twice": (net(existing=EXISTING | {"route_tables": ["rtb-12345678", "rtb-12345678"]}),
                      "network.existing.route_tables", "'rtb-12345678'", "each once", "the second"),
    "one subnet": (net(existing=EXISTING | {"endpoint_subnets": ["subnet-12345678"]}),
                   "network.existing.endpoint_subnets", "'subnet-12345678'", "at least two", "of another zone"),
    "one subnet of a service": (
        SERVICE | net(existing=SERVICE["network"]["existing"] | {"endpoint_subnets": ["subnet-12345678"]}),
        "network.existing.endpoint_subnets", "'subnet-12345678'", "at least two", "of another zone"),
    "an endpoint added twice": (ends(add=["sns", "sns"]), "endpoints.add", "'sns'", "each once", "the second"),
    "a zone of an endpoint twice": (net(zone_ids=IDS) | ends(zones={"sqs": [IDS[0], IDS[0]]}), "endpoints.zones.sqs",
                                    "'euw1-az1'", "each once", "the second"),
    "zones of a gateway": (net(zone_ids=IDS) | ends(zones={"s3": IDS}), "endpoints.zones.s3", "s3",
                           "stands in route tables", "Leave it out"),
    "zones of an endpoint that is not chosen": (net(zone_ids=IDS) | ends(zones={"sns": IDS}), "endpoints.zones.sns",
                                                "sns", "an endpoint that is made here", "endpoints.add"),
    "zones of an endpoint that is removed": (net(zone_ids=IDS) | ends(zones={"xray": IDS}, remove=["xray"]),
                                             "endpoints.zones.xray", "xray", "that is made here", "leave it out"),
    "a firewall in a VPC that is brought": (
        net(existing=EXISTING) | {"cognito_access": "firewall"}, "cognito_access", "'firewall'",
        "no firewall is made in a VPC that is brought", "cognito_access: proxy"),
    "zones of the control plane without an id": (
        OWN | {"control_plane": OWN["control_plane"] | {"network": {"zones": 3}}} | net(zones=2, zone_ids=IDS[:2]),
        "control_plane.network.zones", "3", "the 2 zones that network.zone_ids names", "Write zones: 2"),
    "zones of the control plane left to the default": (
        OWN | net(zones=2, zone_ids=IDS[:2]), "control_plane.network.zones", "3", "the 2 zones", "name more zones"),
    "a zone of number 0": (net(zone_ids=[*IDS[:2], "euw1-az0"]), "network.zone_ids.2", "'euw1-az0'",
                           "the id of a zone", "describe-availability-zones"),
    "a zone of a long number": (net(zone_ids=[*IDS[:2], "euw1-az123"]), "network.zone_ids.2", "'euw1-az123'",
                                "the id of a zone", "describe-availability-zones"),
    "carrier addresses and others": (net(cidr="100.64.0.0/16", pod_cidr="10.5.0.0/16"), "network.pod_cidr",
                                     "'10.5.0.0/16'", "EC2 adds no block of 10.0.0.0/8 to a VPC of 100.64.0.0/10",
                                     "Take 100.96.0.0/16"),
    "the first blocks of 10.0.0.0/8": (net(cidr="10.1.0.0/16", pod_cidr="10.0.0.0/16"), "network.pod_cidr",
                                       "'10.0.0.0/16'", "no block of 10.0.0.0/16 to a VPC of 10.0.0.0/15",
                                       "Take 100.64.0.0/16"),
    "172.31.0.0/16": (net(cidr="172.20.0.0/16", pod_cidr="172.31.0.0/18"), "network.pod_cidr", "'172.31.0.0/18'",
                      "no block of 172.31.0.0/16 to a VPC of 172.16.0.0/12", "Take 100.64.0.0/16"),
    "Cognito's endpoints in China": (
        {"region": "cn-north-1", "cognito_access": "privatelink", "user_pool_has_domain": False}, "cognito_access",
        "'privatelink'", "Cognito has no endpoint in aws-cn", "firewall or proxy"),
    "Cognito's endpoints in Europe's own": (
        {"region": "eusc-de-east-1", "cognito_access": "privatelink", "user_pool_has_domain": False}, "cognito_access",
        "'privatelink'", "Cognito has no endpoint in aws-eusc", "firewall or proxy"),
    "Cognito's endpoint, added in GovCloud": (
        {"region": "us-gov-west-1", "user_pool_has_domain": False} | ends(add=["cognito-idp"]), "endpoints.add",
        "'cognito-idp'", "a service that has an endpoint in aws-us-gov", "Leave it out"),
    "removed from no set": ({"deployment": "shared"} | ends(remove=["xray"]), "endpoints.remove", "'xray'",
                            "none is chosen", "Leave it out"),
    "a needed endpoint of the larger set": (ends(set="control-plane", remove=["ec2"]), "endpoints.remove", "'ec2'",
                                            "cannot live without it", "Leave it in"),
    "a set without one that is needed": (ends(set="documented-13", add=BESIDES[1:]), "endpoints.set",
                                         "documented-13 without ec2", "cannot live without it: Nodes do not become",
                                         "endpoints.add: [ec2]"),
    "an empty VPC": (net(existing=EXISTING | {"vpc": ""}), "network.existing.vpc", "''", "the id of a VPC",
                     "The id of the VPC"),
    "a service without a VPC": ({"kind": "endpoint-service", "deployment": ...}, "network.existing", "(missing)",
                                "stands in a VPC that exists", "Give vpc"),
}
ACCEPTED = {
    "widest and narrowest": net(cidr="10.20.0.0/21", pod_cidr="100.64.0.0/22"),
    "pods of the VPC's own home": net(pod_cidr="10.64.0.0/16"),
    "four zones": {"region": "us-east-1"} | net(zones=4, zone_ids=["use1-az1", "use1-az2", "use1-az4", "use1-az6"]),
    "two zones of two": {"region": "us-west-1"} | net(zones=2, zone_ids=["usw1-az1", "usw1-az3"]),
    "neighbours that overlap each other": net(neighbours={"hq": "172.16.0.0/12", "branch": "172.16.5.0/24",
                                                          "six": "fd00::/8"}),
    "an endpoint not everywhere": net(zone_ids=IDS) | ends(zones={"sqs": IDS[:1]}),
    "endpoints more and fewer": ends(set="private-data-plane", add=["sns", "dynamodb"], remove=["xray", "ecs"]),
    "the smaller set and what it lacks": ends(set="documented-13", remove=["aps"], add=BESIDES),
    "what it lacks, there already": net(existing=EXISTING | {"endpoints": BESIDES}) | ends(set="documented-13"),
    "the smaller set, shared": {"deployment": "shared"} | ends(set="documented-13"),
    "the larger set": ends(set="control-plane"),
    "privatelink": {"cognito_access": "privatelink", "user_pool_has_domain": False},
    "a domain and the firewall": {"cognito_access": "firewall", "user_pool_has_domain": True},
    "one NAT": {"deployment": "shared"} | net(nat="single"),
    "nine ports": link(ports=[1, 65535, *range(8000, 8007)]),
    "a target among the pods": link(targets=["10.20.7.5", "100.64.3.4"]),
    "a VPC that is brought": net(existing=EXISTING),
    "a VPC that is brought in a region of two zones": {"region": "us-west-1"} | net(existing=EXISTING),
    "the installer's network": {"deployment": "shared", "installer": {"network_rights": True}},
    "one subnet, shared": {"deployment": "shared"} | net(existing=EXISTING | {"endpoint_subnets": ["subnet-12345678"]}),
    "sixty rules": net(existing=EXISTING | {"cidrs": BLOCKS[:30]}) | link(ports=[1, 2]),
    "a load balancer has no group of ours": net(existing=EXISTING | {"cidrs": BLOCKS[:60]})
    | link(ports=[1, 2], load_balancer=NLB),
    "fifty principals": link(principals=[f"arn:aws:iam::{number:012}:root" for number in range(50)]),
    "a role with a path and the account root": VENDORS | link(principals=["arn:aws:iam::111122223333:root"]),
    "a role with a path, shared": VENDORS | {"deployment": "shared"},
    "a role with a path, in China": VENDORS | {"region": "cn-north-1"} | link(
        principals=["arn:aws-cn:iam::111122223333:root"]),
    "fewer zones of the control plane": OWN | {"control_plane": OWN["control_plane"] | {"network": {"zones": 2}}}
    | net(zone_ids=IDS),
    "a principal of one's own, dedicated": OWN | link(principals=["arn:aws:iam::222222222222:role/a"]),
    "a primary block of carrier addresses": net(cidr="100.96.0.0/16"),
    "a subnet's sixth address": link(targets=["10.20.0.4", "10.20.255.254"]),
    "GuardDuty's endpoint in one zone": {"guardduty": True} | net(zone_ids=IDS) | ends(
        zones={"guardduty-data": IDS[:1]}),
    "Cognito's endpoint in one zone": {"cognito_access": "privatelink", "user_pool_has_domain": False} | net(
        zone_ids=IDS) | ends(zones={"cognito-idp": IDS[:1]}),
    "neighbours of a VPC that is brought": net(existing=EXISTING, neighbours={"hq": "10.21.0.0/16"}),
    "a service without route tables": SERVICE,
    "a service with neighbours and nothing else": SERVICE | {"endpoints": {}, "tags": {"a": "b"}, "network":
                                                             SERVICE["network"] | {"neighbours": {"a": "10.1.0.0/16"}}},
    "dedicated": OWN | net(cidr="10.20.0.0/18", neighbours={"hq": "10.0.0.0/12"}),
}
EVERYTHING = {
    "cognito_access": "privatelink",
    "network": {"cidr": "10.20.0.0/22", "pod_cidr": "198.19.0.0/16", "zones": 4, "nat": "single",
                "zone_ids": ["euw1-az1", "euc1-az1"], "neighbours": {"hq": "10.20.0.0/16", "off": "10.1.0.1/16"}},
    "endpoints": {"add": ["sqss", "xray"], "remove": ["kms", "xray"], "zones": {"sns": ["euw1-az9"]}},
    "private_link": {"principals": ["*", "arn:aws-cn:iam::111122223333:root"], "ports": [0, 70000],
                     "targets": ["10.99.0.1", "10.20.0.2"], "topic": TOPIC.replace("222222222222", "1" * 12)},
}
MACHINERY = ("tuple", "dictionary", "instance of", "valid ", "input should")
"""Words of the library that reads the file."""
BROUGHT = VENDORS | {
    "region": "cn-north-1", "cognito_access": "privatelink", "user_pool_has_domain": True, "external_id": "short",
    "network": {"cidr": "10.9.0.0/16", "zones": 3, "zone_ids": ["euw1-az1"], "nat": "single", "ipv6": False,
                "neighbours": {"hq": "10.20.4.0/24", "none": None},
                "existing": {"vpc": "", "cidrs": ["10.20.0.0/16", "::/0", "10.20.0.0/16"],
                             "endpoint_subnets": ["subnet-12345678"], "route_tables": ["rtb-1", "rtb-1"],
                             "endpoints": ["sqss", "sns"]}},
    "endpoints": {"set": "documented-13", "add": ["sns", "sns", "ec2", "eks"], "zones": {"s3": ["euw1-az1"]}},
    "private_link": {"load_balancer": NLB, "targets": ["10.20.7.5"], "ports": [443, 443], "topic": TOPIC},
}


def faults_of(words):
    """The faults of these words."""
    with pytest.raises(InputError) as caught:
        Installation.read(words)
    assert caught.value.exit_code == 2
    return caught.value.faults


@pytest.mark.parametrize("case", REFUSED)
def test_what_bad_input_gets(case, words):
    """One fault alone, with its path, the value, the rule and a way out."""
    changes, path, value, rule, way_out = REFUSED[case]
    [fault] = faults_of(words(**changes))
    assert (fault.path, fault.value) == (path, value)
    assert rule in fault.rule
    assert way_out in fault.way_out


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_let_in(case, words):
    """What fits is let in and can be planned."""
    assert plan(Installation.read(words(**ACCEPTED[case]))).account == "222222222222"


def test_all_of_them_are_told_at_once(words):
    """A file with many of these mistakes gets a fault for each, in one go, in the order of paths."""
    found = [(fault.path, fault.value) for fault in faults_of(words(**EVERYTHING))]
    assert [path for path, _ in found] == sorted(path for path, _ in found)
    assert set(found) == {
        ("endpoints.add", "'sqss'"), ("endpoints.add", "'xray'"), ("endpoints.remove", "'kms'"),
        ("endpoints.zones.sns", "euw1-az9"), ("endpoints.zones.sns", "sns"),
        ("network.cidr", "'10.20.0.0/22'"), ("network.nat", "'single'"),
        ("network.neighbours.hq", "'10.20.0.0/16'"), ("network.neighbours.off", "'10.1.0.1/16'"),
        ("network.pod_cidr", "'198.19.0.0/16'"), ("network.zone_ids", "euw1-az1, euc1-az1"),
        ("network.zone_ids", "'euc1-az1'"), ("network.zones", "4"), ("private_link.ports.0", "0"),
        ("private_link.ports.1", "70000"), ("private_link.principals.0", "'*'"),
        ("private_link.targets", "'10.99.0.1'"), ("private_link.targets", "'10.20.0.2'"),
        ("private_link.topic", repr(TOPIC.replace("222222222222", "1" * 12))),
        ("private_link.principals.1", "'arn:aws-cn:iam::111122223333:root'"), ("user_pool_has_domain", "(missing)")}
    assert len(found) == len(set(found))


def test_all_of_a_vpc_that_is_brought_too(words):
    """The same where the VPC is brought: what is wrong, what is twice and what means nothing."""
    found = [(fault.path, fault.value) for fault in faults_of(words(**BROUGHT))]
    assert [path for path, _ in found] == sorted(path for path, _ in found)
    assert set(found) == {
        ("cognito_access", "'privatelink'"), ("endpoints.add", "'sns'"),
        ("endpoints.set", "documented-13 without eks-auth"), ("endpoints.set", "documented-13 without secretsmanager"),
        ("endpoints.zones", "(a mapping)"), ("endpoints.zones.s3", "s3"), ("external_id", "(hidden)"),
        ("network.cidr", "'10.9.0.0/16'"), ("network.existing.cidrs", "'10.20.0.0/16'"),
        ("network.existing.cidrs.1", "'::/0'"), ("network.existing.endpoint_subnets", "'subnet-12345678'"),
        ("network.existing.endpoints", "'sqss'"), ("network.existing.route_tables", "'rtb-1'"),
        ("network.existing.route_tables.0", "'rtb-1'"), ("network.existing.route_tables.1", "'rtb-1'"),
        ("network.existing.vpc", "''"), ("network.ipv6", "False"), ("network.nat", "'single'"),
        ("network.neighbours.hq", "'10.20.4.0/24'"), ("network.neighbours.none", "None"),
        ("network.zone_ids", "(a list)"), ("network.zones", "3"), ("private_link.load_balancer", repr(NLB)),
        ("private_link.ports", "443, 443"), ("private_link.principals", "(missing)"),
        ("private_link.targets", "10.20.7.5"), ("private_link.topic", repr(TOPIC)), ("user_pool_has_domain", "True")}


@pytest.mark.parametrize("case", [EVERYTHING, BROUGHT])
def test_messages_are_sentences_of_a_file(case, words):
    """No message has a doubled full stop or a word of the machinery, and each has a way out."""
    for fault in faults_of(words(**case)):
        assert ".." not in str(fault)
        assert fault.way_out != "See docs/reference.md"
        assert not [word for word in MACHINERY if word in str(fault)]


def test_a_set_that_lacks_what_is_needed_is_told_each(words):
    """documented-13 in a deployment without internet is told every endpoint that is missing, with its reason."""
    for changes in ({}, OWN, net(existing=EXISTING)):
        faults = faults_of(words(**changes, **ends(set="documented-13")))
        assert [fault.value for fault in faults] == [f"documented-13 without {service}" for service in BESIDES]
        assert {fault.path for fault in faults} == {"endpoints.set"}
        assert all(f"endpoints.add: [{', '.join(BESIDES)}]" in fault.way_out for fault in faults)


@pytest.mark.parametrize("row", [row for row in catalogue.zones().values() if row.refused], ids=lambda row: row.region)
@pytest.mark.parametrize("deployment", ["shared", "private", "dedicated"])
def test_where_eks_refuses_a_zone_they_are_named(row, deployment, words):
    """A network that we make in such a region names its zones by id; one brought or the installer's does not."""
    own = {"control_plane": OWN["control_plane"] | {"network": {"zones": 2}}} if deployment == "dedicated" else {}
    zones = {"region": row.region, "deployment": deployment} | own
    [fault] = faults_of(words(**zones, **net(zones=2)))
    assert (fault.path, fault.value) == ("network.zone_ids", "(missing)")
    assert row.refused[0] in fault.rule
    assert "describe-availability-zones" in fault.way_out
    good = [zone for zone in (f"{row.prefix}-az{number}" for number in range(1, 9)) if zone not in row.refused][:2]
    assert Installation.read(words(**zones, **net(zones=2, zone_ids=good))).region == row.region
    if deployment != "dedicated":
        assert Installation.read(words(**zones, **net(existing=EXISTING))).region == row.region
    if deployment == "shared":
        assert Installation.read(words(**zones, installer={"network_rights": True})).region == row.region


def test_a_broken_value_is_left_to_its_own_rule(words):
    """A part of the wrong type gets its own fault, and none besides from the rules across values."""
    for changes, path in ((net(neighbours="hq"), "network.neighbours"), ({"network": []}, "network"),
                          ({"endpoints": "sqs"}, "endpoints"), ({"private_link": "443"}, "private_link"),
                          (net(zone_ids="euw1-az1"), "network.zone_ids"), (net(cidr=7), "network.cidr"),
                          (net(existing=7), "network.existing"), (link(principals=7), "private_link.principals"),
                          (link(topic="arn:::::"), "private_link.topic"), (ends(set=["x"]), "endpoints.set"),
                          (ends(zones={"sqs": 7}), "endpoints.zones.sqs"), (ends(zones={7: []}), "endpoints.zones.7"),
                          (net(existing=EXISTING | {"cidrs": "x"}) | link(targets=["10.20.1.5"]),
                           "network.existing.cidrs"), ({"region": ["x"]}, "region")):
        assert [fault.path for fault in faults_of(words(**changes))] == [path]
