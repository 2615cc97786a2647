"""The bill of materials: valid CycloneDX, the same bytes each time, of the templates and of what made them."""

import json
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conveyor_iac.publishing.sbom import RESOURCE_TYPE, Package, packages, sbom

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from conveyor_iac.publishing.sbom import packages, sbom
files = {file.name: file.read_bytes() for file in Path("templates").glob("*.template.json")}
sys.stdout.buffer.write(sbom("1.2.0", files, packages()))
"""
LICENCES = {"MIT": {"license": {"id": "MIT", "acknowledgement": "declared"}},
            "My own": {"license": {"name": "My own", "acknowledgement": "declared"}},
            "MIT OR Apache-2.0": {"expression": "MIT OR Apache-2.0", "acknowledgement": "declared"}}


def templates():
    """The published templates."""
    return {file.name: file.read_bytes() for file in sorted((ROOT / "templates").glob("*.template.json"))}


def whole():
    """The bill of a release."""
    return sbom("1.2.0", templates(), packages())


@pytest.fixture(scope="module")
def bill():
    """The bill of a release, read."""
    return json.loads(whole())


def of(bill, type_):
    """The components of a type, by name."""
    return {component["name"]: component for component in bill["components"] if component["type"] == type_}


def graph(bill):
    """What each component depends on."""
    return {row["ref"]: row.get("dependsOn", []) for row in bill["dependencies"]}


@pytest.mark.parametrize("content", [whole, lambda: sbom("2.0.0-rc.1", {}, ()), lambda: sbom("1.0.0", templates(), ())],
                         ids=["whole", "empty", "without packages"])
def test_valid(content):
    """CycloneDX's own strict validator accepts it as 1.6."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content().decode()) is None


def test_same_bytes(bill):
    """It is the same in any process and order, and holds no time; its serial number is its content's."""
    files = templates()
    turned = {name: files[name] for name in reversed(files)}
    assert sbom("1.2.0", turned, packages()[::-1]) == whole()
    other = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, check=True, timeout=60,
                           env={"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"})
    assert other.stdout == whole()
    assert "timestamp" not in whole().decode()
    assert UUID(bill["serialNumber"]).version == 5
    assert json.loads(sbom("1.2.1", files, packages()))["serialNumber"] != bill["serialNumber"]


def test_templates(bill):
    """Each template is a file with its digest and the types of resources it makes."""
    found = of(bill, "file")
    assert {name: component["hashes"] for name, component in found.items()} == {
        name: [{"alg": "SHA-256", "content": sha256(content).hexdigest()}] for name, content in templates().items()}
    for name, content in templates().items():
        made = {resource["Type"] for resource in json.loads(content)["Resources"].values()}
        assert [(row["name"], row["value"]) for row in found[name]["properties"]] == [
            (RESOURCE_TYPE, type_) for type_ in sorted(made)]


def test_packages(bill):
    """What synthesizes and proves is named with the version that is installed, and nothing that only publishes."""
    found = of(bill, "library")
    assert {"conveyor-iac", "aws-cdk-lib", "jsii", "z3-solver", "cfn-lint", "pydantic", "pyyaml"} <= set(found)
    assert not {"boto3", "cryptography", "cyclonedx-python-lib", "semver", "ministack", "pytest", "pulumi"} & set(found)
    for name, component in found.items():
        assert component["version"] == version(name)
        assert component["purl"] == component["bom-ref"] == f"pkg:pypi/{name}@{version(name)}"
        assert component["scope"] == "excluded"


def test_graph(bill):
    """From the release one comes to everything, and each package requires what its metadata says."""
    edges = graph(bill)
    start = bill["metadata"]["component"]
    assert (start["name"], start["version"]) == ("conveyor-iac-release", "1.2.0")
    reached, waiting = set(), [start["bom-ref"]]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += edges[ref]
    assert reached == {start["bom-ref"], *(component["bom-ref"] for component in bill["components"])} == set(edges)
    rich = f"pkg:pypi/rich@{version('rich')}"
    assert [ref.partition("@")[0] for ref in edges[rich]] == ["pkg:pypi/markdown-it-py", "pkg:pypi/pygments"]
    assert edges[f"pkg:pypi/conveyor-iac@{version('conveyor-iac')}"].count(rich) == 1


@pytest.mark.parametrize("name", LICENCES)
def test_licences(name):
    """A licence is told as SPDX's where it is one, as an expression of several, else in the package's words."""
    package = Package(name="one", version="1", licences=(name,))
    assert of(json.loads(sbom("1.0.0", {}, [package])), "library")["one"]["licenses"] == [LICENCES[name]]


def test_several_licences():
    """Several licences that a package names are told one by one; none where it names none."""
    several, none = Package(name="a", version="1", licences=("X Licence", "Y")), Package(name="b", version="1")
    found = of(json.loads(sbom("1.0.0", {}, [several, none])), "library")
    assert [row["license"]["name"] for row in found["a"]["licenses"]] == ["X Licence", "Y"]
    assert "licenses" not in found["b"]


def test_own_licences(bill):
    """Of the packages here, ours and those of the CDK say their licence, as does every other one."""
    found = of(bill, "library")
    assert found["conveyor-iac"]["licenses"] == [{"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}]
    assert all(component["licenses"] for component in found.values())
