"""plan: the networks, in words and as JSON alike: addresses, endpoints, ways out, endpoint service, outbound table."""

import json
import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from conveyor_iac.model import catalogue

EXAMPLES = sorted(file.name for file in (Path(__file__).parents[2] / "examples").glob("*.yaml")
                  if not file.name.startswith("azure-"))


@pytest.fixture
def both(run, root):
    """The plan of an example, as JSON and in words, the words' lines joined where they were broken."""

    def both(name, *more):
        file = root / "examples" / name
        told = json.loads(run("plan", "-f", file, "--json").out)
        return told, run("plan", "-f", file, *more).out

    return both


def joined(words):
    """The words with line breaks and runs of blanks made one blank."""
    return " ".join(words.split())


@pytest.mark.parametrize("name", EXAMPLES)
def test_subnets(both, name):
    """Every subnet is told with its kind, zone and CIDR, and what is kept free besides, in both."""
    told, words = both(name)
    rows = [(row["name"], row["kind"], row["zone"], row["cidr"]) for network in told["networks"]
            for row in network["subnets"]]
    assert re.findall(r"^(\w+Subnet\d)  +(\w+)  +(\S+(?: \d)?)  +([\d./]+)$", words, re.MULTILINE) == rows
    for network in told["networks"]:
        for part, cidr in network["kept_free"].items():
            assert f"{part} {cidr}" in joined(words)


def test_accounting(both):
    """What is used and what is kept free is the whole of both blocks, each address once; zones have their ids."""
    told, _ = both("dedicated.yaml")
    network = told["networks"][0]
    parts = [*network["kept_free"].values(), *(row["cidr"] for row in network["subnets"])]
    assert sum(IPv4Network(part).num_addresses for part in parts) == sum(
        IPv4Network(block).num_addresses for block in network["vpc"]["cidrs"])
    assert {row["zone"] for row in network["subnets"]} == {"euc1-az1", "euc1-az2", "euc1-az3"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_endpoints(both, name):
    """Every endpoint is told with its zones or route tables, the statements that hold it and its reason, in both."""
    told, words = both(name)
    rows = [(row["service"], row["kind"], ", ".join(row["zones"] or row["route_tables"]),
             str(len(row["policy"] or ())), row["reason"]) for network in told["networks"]
            for row in network["endpoints"]]
    assert re.findall(r"^(\S+)  +(Interface|Gateway)  +(.+?)  +statements: (\d+)  +(.+)$", words, re.MULTILINE) == rows


def test_zones_of_endpoints(run, written):
    """An endpoint that is not in every zone is told with those it is in."""
    ids = ["euw1-az1", "euw1-az2", "euw1-az3"]
    file = written(network={"zone_ids": ids}, endpoints={"zones": {"xray": ["euw1-az2"]}})
    (network,) = json.loads(run("plan", "-f", file, "--json").out)["networks"]
    zones = {row["service"]: row["zones"] for row in network["endpoints"]}
    assert (zones["xray"], zones["sqs"]) == (["euw1-az2"], ids)


def test_brought(both):
    """In a VPC that is brought nothing has an address plan, and an endpoint that is there already is not made twice."""
    told, words = both("existing-vpc.yaml")
    (network,) = told["networks"]
    assert (network["vpc"]["made"], network["subnets"], network["kept_free"]) == (False, [], {})
    assert "sts" not in [row["service"] for row in network["endpoints"]]
    assert "there already and not made: sts" in words
    assert network["endpoints"][0]["zones"] == ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]


@pytest.mark.parametrize(("name", "kind", "said"), [
    ("shared.yaml", "nat", "Nodes leave through NAT: NatGateway1, NatGateway2."),
    ("private.yaml", "firewall", "these names and nothing else: cognito-idp.eu-west-1.amazonaws.com."),
    ("privatelink-only.yaml", "none", "None. Cognito is reached by endpoints."),
    ("dedicated.yaml", "proxy", "must let these names through, on port 443: cognito-idp.eu-central-1.amazonaws.com."),
    ("existing-vpc.yaml", "proxy", "must let these names through, on port 443: cognito-idp.eu-west-1.amazonaws.com."),
    ("endpoint-service.yaml", "yours", "the VPC's own routes are yours"),
])
def test_ways_out(both, name, kind, said):
    """The ways out are said in words, with the names that a firewall or proxy passes and the DNS firewall answers."""
    told, words = both(name)
    egress = told["networks"][0]["egress"]
    assert egress["kind"] == kind
    assert said in joined(words)
    for known in egress["dns_answers"]:
        assert known in words


@pytest.mark.parametrize("name", EXAMPLES)
def test_endpoint_service(both, name):
    """An endpoint service is told with ports and principals, and that each connection is accepted by hand."""
    told, words = both(name)
    services = [network["service"] for network in told["networks"] if network["service"]]
    assert words.count("acceptance: by hand") == len(services)
    assert {service["acceptance"] for service in services} <= {"by hand"}
    for service in services:
        assert f"ports: {', '.join(map(str, service['ports']))}\n" in words
        assert f"may ask for a connection: {', '.join(service['principals'])}\n" in words
        assert "*" not in "".join(service["principals"])


def test_endpoint_service_by_itself(both):
    """A file of kind endpoint-service has its service and no role, policy, perimeter or path."""
    told, words = both("endpoint-service.yaml")
    assert (told["installer_role"], told["policies"], told["perimeter"], told["outbound"]) == (None, [], None, [])
    assert told["networks"][0]["service"]["ports"] == [5432]
    assert told["networks"][0]["service"]["targets"] == ["10.20.7.5"]
    assert "Installer role" not in words
    assert "Data perimeter" not in words
    assert "Outbound table: empty" in words


@pytest.mark.parametrize("name", EXAMPLES)
def test_outbound(both, name):
    """Every path of the outbound table is told in both, with what lets it through and what data it carries."""
    told, words = both(name)
    rows = re.findall(r"^(data|control)  +(.+?)  +(in|out)  +(.+?)  +(\w+ \d+(?: \w+)?)  +(.+?)  +(.+)$", words,
                      re.MULTILINE)
    assert rows == [(row["plane"], row["component"], row["direction"], row["destination"],
                     f"{row['protocol']} {row['port']} {row['layer']}".strip(), row["by"], row["data"])
                    for row in told["outbound"]]
    assert all(row["why"] for row in told["outbound"])


def test_added_paths(run, written):
    """A path that the file adds is in the table of a shared deployment; in a private one it is refused by its row."""
    row = {"component": "CRM", "kind": "cidr", "destination": "203.0.113.0/24", "protocol": "TCP", "port": 5432,
           "data": "rows", "why": "Rows are copied."}
    answer = run("plan", "-f", written(deployment="shared", outbound=[row]), "--json")
    assert json.loads(answer.out)["outbound"][-1].items() >= {**row, "by": "NAT"}.items()
    refused = run("plan", "-f", written(outbound=[row]))
    assert refused.code == 2
    assert "error: outbound.0: CRM to 203.0.113.0/24, TCP 5432: " in refused.err


@pytest.mark.parametrize("command", [["plan"], ["synth", "-o", "out"]], ids=lambda words: words[0])
def test_a_firewall_that_nobody_makes(run, root, tmp_path, monkeypatch, command):
    """A way to Cognito that is not made in a VPC that is brought is refused, by every command that plans."""
    text = (root / "examples/existing-vpc.yaml").read_text()
    (tmp_path / "x.yaml").write_text(text.replace("cognito_access: proxy", "cognito_access: firewall"))
    monkeypatch.chdir(tmp_path)
    answer = run(*command, "-f", "x.yaml")
    assert answer.code == 2
    assert "error: cognito_access: 'firewall': no firewall is made" in answer.err


@pytest.mark.parametrize("name", ["private.yaml", "dedicated.yaml", "endpoint-service.yaml"])
def test_purposes(both, name):
    """--purposes prints each statement of endpoint policies, keys and topics too, and the words without it do not."""
    told, words = both(name, "--purposes")
    _, without = both(name)
    lists = [row["policy"] for network in told["networks"] for row in network["endpoints"] if row["policy"]]
    lists += [network["key"] for network in told["networks"]]
    lists += [network["service"]["topic"] for network in told["networks"] if network["service"]]
    assert all(lists)
    for statement in (row for rows in lists for row in rows):
        line = f"  {statement['effect']:5} {statement['id']}: {statement['purpose']}\n"
        assert line in words
        assert line not in without
    assert words.count("\nEndpoint ") == sum(len(network["endpoints"]) + bool(network["service"])
                                             for network in told["networks"])


def test_endpoint_documents(both):
    """The policies it tells are of known services and filled in: no placeholder is left."""
    told, _ = both("private.yaml")
    (network,) = told["networks"]
    assert {row["service"] for row in network["endpoints"]} <= set(catalogue.endpoints())
    assert "${" not in json.dumps([row["policy"] for row in network["endpoints"]])
    assert '"222222222222"' in json.dumps(network["endpoints"][0]["policy"])


def test_network_of_the_installer(run, written):
    """Where the installer makes the network, that is said, and nothing of it is told."""
    file = written(deployment="shared", installer={"network_rights": True})
    told, words = json.loads(run("plan", "-f", file, "--json").out), run("plan", "-f", file).out
    assert told["networks"] == []
    assert "Network: the vendor's installer makes it" in words
    assert "at least 0.00 USD" in words


def test_ipv6(run, written):
    """IPv6 is said where the file asks for it, with its way out."""
    words = run("plan", "-f", written(deployment="shared", network={"ipv6": True})).out
    assert "IPv6 too" in words
    assert "egress-only gateway" in words
    assert "IPv6" not in run("plan", "-f", written(deployment="shared")).out
