"""What a type checker sees of a program: misspelt and missing keys at any depth, and values of another kind."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pulumi_aws
import pulumi_azure_native

ROOT = Path(__file__).parents[2]
HEAD = """\
import pulumi

from conveyor_iac.pulumi import aws

known_later: pulumi.Output[str] = pulumi.Output.secret("known later")
"""
PROGRAM = ('aws.PrivateDeployment("n{number}", {{"tenant": "acme", "region": "eu-west-1", "account": "222222222222",'
           ' "external_id": known_later, {words}}})')
CONTROL_PLANE = '"control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}'
OUTBOUND = ('"component": "mailer", "kind": "name", "destination": "mail.example.com", "protocol": "TCP", "port": 587,'
            ' "data": "mail", "why": "alerts"')
AZURE = '"control_plane": {"region": "eu-west-1"}'

SLIPS = {
    "a key of the network": ('"network": {"pod_cidr": "100.64.0.0/16"}', '"network": {"pod_cird": "100.64.0.0/16"}'),
    "a key in camel case": ('"network": {"zone_ids": ["euw1-az1"]}', '"network": {"zoneIds": ["euw1-az1"]}'),
    "a key two levels down": ('"network": {"existing": {"vpc": known_later, "cidrs": []}}',
                              '"network": {"existing": {"vpc": known_later, "cidr": []}}'),
    "a key of the deepest form that is needed": ('"network": {"existing": {"vpc": known_later}}',
                                                 '"network": {"existing": {"pod_subnets": [known_later]}}'),
    "a key of the endpoints": ('"endpoints": {"remove": ["xray"]}', '"endpoints": {"removed": ["xray"]}'),
    "a key of the endpoint service": ('"private_link": {"ports": [443]}', '"private_link": {"port": [443]}'),
    "a key of IAM": ('"iam": {"role_prefix": "acme-"}', '"iam": {"roles_prefix": "acme-"}'),
    "a key of the installer": ('"installer": {"delete_rights": False}', '"installer": {"delete_right": False}'),
    "a key of the labels": ('"labels": {"org_id": "o-1"}', '"labels": {"org": "o-1"}'),
    "a key of an item of a list": (f'"outbound": [{{{OUTBOUND}}}]', f'"outbound": [{{{OUTBOUND}, "reason": "it"}}]'),
    "a needed key of an item of a list": (f'"outbound": [{{{OUTBOUND}}}]', '"outbound": [{"component": "mailer"}]'),
    "a key of the other cloud": (f'"azure": {{"tenant_id": "t", {AZURE}}}', f'"azure": {{"tenant": "t", {AZURE}}}'),
    "a key two levels down of the other cloud": (
        f'"azure": {{"tenant_id": "t", {AZURE}, "vnet": {{"hub": {{"vnet": "v", "cidrs": []}}}}}}',
        f'"azure": {{"tenant_id": "t", {AZURE}, "vnet": {{"hub": {{"vnet": "v", "cidr": []}}}}}}'),
    "a whole form's key": ('"network": {}', '"networks": {}'),
    "a number as a text": ('"network": {"zones": 3}', '"network": {"zones": "three"}'),
    "a text as a number": ('"tags": {"cost-center": "42"}', '"tags": {"cost-center": 42}'),
    "a switch as a text": ('"network": {"ipv6": True}', '"network": {"ipv6": "yes"}'),
    "a number in a list as a text": ('"private_link": {"ports": [443]}', '"private_link": {"ports": ["443"]}'),
    "a list as a number": ('"endpoints": {"add": ["sns"]}', '"endpoints": {"add": 3}'),
    "what is never known later": ('"protect": False', '"protect": known_later'),
}
"""Words as they should be, and as somebody may write them."""
FORMS = {
    "a key of the control plane": (CONTROL_PLANE, CONTROL_PLANE.replace("role", "roles")),
    "a needed key of the control plane": (CONTROL_PLANE, '"control_plane": {"account": "111122223333"}'),
    "the control plane itself": (CONTROL_PLANE, '"network": {}'),
    "a key of its network": (CONTROL_PLANE.replace("}", ', "network": {"zones": 3}}'),
                             CONTROL_PLANE.replace("}", ', "network": {"zone": 3}}')),
}
"""The same, for the control plane, which every installation names."""

INSTALLATION = f'{{"tenant": "acme", "region": "eu-west-1", "deployment": "shared", {CONTROL_PLANE}}}'
ROLE = f'aws.InstallerRole("role", {{"installation": {INSTALLATION}}})'
LINES = {
    "a key of a smaller component": (ROLE, ROLE.replace('"installation"', '"instalation"')),
    "a key of a smaller component's installation": (ROLE, ROLE.replace('"region"', '"regoin"')),
    "an output's name": (f"{ROLE}.arn", f"{ROLE}.arm"),
    "a component without arguments": (f'aws.DataPlaneNetwork("network", {{"installation": {INSTALLATION}}})',
                                      'aws.DataPlaneNetwork("network", {})'),
}
"""The same, as whole lines."""
NAMES = [*SLIPS, *FORMS, *LINES]


def program(side: int) -> str:
    """A program with one line for each of the above, as it should be (0) or with its slip (1)."""
    words = [f"{CONTROL_PLANE}, {pair[side]}" for pair in SLIPS.values()] + [pair[side] for pair in FORMS.values()]
    lines = [PROGRAM.format(number=number, words=text) for number, text in enumerate(words, 1)]
    return "\n".join([HEAD, *lines, *(pair[side] for pair in LINES.values())]) + "\n"


def complaints(*files: Path) -> dict[str, dict[int, str]]:
    """The first complaint of mypy about each line of each file, with this repository's settings and cache.

    What the cache remembers of the same text is told under the folder of the run before: the file's name counts.
    """
    said = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--show-error-codes", *files], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1), said.stdout + said.stderr
    found = [(re.findall(rf"^\S*/{re.escape(file.name)}:(\d+): error: (.*)$", said.stdout, re.MULTILINE), file.stem)
             for file in files]
    return {name: {int(number): told for number, told in reversed(rows)} for rows, name in found}


def test_every_slip_is_seen_by_a_type_checker(tmp_path):
    """mypy complains of each line with a slip, naming the nested key, and of no line of the same program without."""
    for name, side in (("good", 0), ("slips", 1)):
        (tmp_path / f"{name}.py").write_text(program(side), encoding="utf-8")
    told = complaints(tmp_path / "good.py", tmp_path / "slips.py")
    seen = {NAMES[number - len(HEAD.splitlines()) - 2]: complaint for number, complaint in told["slips"].items()}
    assert told["good"] == {}
    assert set(NAMES) - seen.keys() == set()
    assert seen["a key of the network"].startswith('Extra key "pod_cird" for TypedDict "NetworkArgs"')
    assert seen["a key two levels down"].startswith('Extra key "cidr" for TypedDict "ExistingNetworkArgs"')
    assert sum('key "' in complaint for complaint in seen.values()) > 10


def followed() -> set[str]:
    """What mypy's settings let it read of packages that it would not read whole."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["overrides"]
    return {name for row in settings if row["follow_imports"] == "silent" for name in row["module"]}


def nodes() -> list[ast.AST]:
    files = (ROOT / "conveyor_iac/pulumi").rglob("*.py")
    return [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]


def test_what_is_used_of_pulumi_aws_is_read():
    """mypy reads every part of pulumi_aws that the room uses: one that its settings leave out would be Any."""
    used = {node.attr for node in nodes() if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and node.value.id == "aws" and (Path(pulumi_aws.__file__).parent / node.attr).is_dir()}
    assert {"ec2", "iam"} <= used
    assert {f"pulumi_aws.{name}.*" for name in used} - followed() == set()


def test_what_is_used_of_pulumi_azure_native_is_read():
    """mypy reads every part of pulumi_azure_native that the room uses, by import or as an attribute."""
    folder = Path(pulumi_azure_native.__file__).parent
    named = {alias.name for node in nodes() if isinstance(node, ast.ImportFrom)
             and node.module == "pulumi_azure_native" for alias in node.names}
    named |= {node.attr for node in nodes() if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
              and node.value.id == "azure"}
    used = {name for name in named if (folder / name).is_dir()}
    assert {"network", "authorization", "subscription"} <= used
    assert {f"pulumi_azure_native.{name}.*" for name in used} - followed() == set()
