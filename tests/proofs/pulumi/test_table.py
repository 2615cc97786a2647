"""The table of Pulumi's types against pulumi-aws itself, and against the schemas of CloudFormation, both ways."""

import importlib
import importlib.util

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from pulumi._types import input_type_py_to_pulumi_names

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.pulumi import empowering, folding, storing
from conveyor_iac.proofs.pulumi.building import families_of

TABLE = catalogue.pulumi_types()
NOT_IN_THE_REGISTRY = {"AWS::Route53Resolver::FirewallConfig": "the claims know this setting, CloudFormation does not"}
WRITTEN = {"", "bucket", "document", "firewall-policy", "identity", "list", "nested", "only", "role", "rule-group",
           "trust", "vague"}
FAMILIES = {"network", "iam", "storage"}


def module_of(token):
    """The module of pulumi-aws that a type is generated in."""
    path, name = token.removeprefix("aws:").split("/")[0], token.rpartition(":")[2]
    resource = getattr(importlib.import_module(f"pulumi_aws.{path}"), name)
    return importlib.import_module(resource.__module__), name


def inputs_of(token):
    """Every property a program can give a resource of a type."""
    module, name = module_of(token)
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return set(input_type_py_to_pulumi_names(arguments).values())


def outputs_of(token):
    """Every property the state of a type has."""
    module, name = module_of(token)
    return set(input_type_py_to_pulumi_names(getattr(module, f"_{name}State")).values())


@pytest.mark.parametrize("token", TABLE.types)
def test_every_property_is_known(token):
    """Each property of a mapped type is mapped, folded or ignored, once; and none is known that the type has not."""
    row = TABLE.types[token]
    told = [*row.properties, *row.folded, *row.ignored]
    assert len(set(told)) == len(told)
    assert inputs_of(token) <= {*told, *TABLE.ignored}, "add what pulumi-aws has by now"
    assert set(told) <= inputs_of(token), "pulumi-aws has them no more"
    assert {*row.state, *row.ids} <= outputs_of(token)
    assert set(row.state) <= set(row.properties)


@pytest.mark.parametrize("token", TABLE.types)
def test_every_property_of_cloudformation_is_one(token):
    """Each property that is mapped to stands in the schema of its type."""
    row = TABLE.types[token]
    if row.aws in NOT_IN_THE_REGISTRY:
        return
    known = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", row.aws).schema["properties"]
    assert {spelled.to for spelled in row.properties.values()} | set(row.defaults) <= set(known)


def test_rows_have_reasons():
    """What is ignored, harmless, doubtful or elsewhere says why, and each type stands in one place."""
    assert all(row.reason for row in TABLE.types.values() if row.ignored)
    assert all(TABLE.harmless.values())
    assert not set(TABLE.types) & set(TABLE.harmless)
    assert not set(TABLE.doubtful) & {*TABLE.types, *TABLE.harmless}


def test_words_of_the_table():
    """Every shape and every way to write a value is known to the code, and the code has no other."""
    shapes = {row.shape for row in TABLE.types.values()} - {""}
    assert shapes == {*folding.SHAPES, *storing.SHAPES, *empowering.SHAPES}
    assert shapes >= storing.PARTS
    assert {spelled.how for row in TABLE.types.values() for spelled in row.properties.values()} == WRITTEN
    assert {name for names in (*TABLE.namespaces.values(), *TABLE.doubtful.values()) for name in names} == FAMILIES


@pytest.mark.parametrize("token", [*TABLE.harmless, *TABLE.doubtful])
def test_types_exist(token):
    """Each type that is named is one of pulumi-aws."""
    assert inputs_of(token) is not None


def test_a_service_that_is_not_named_concerns_nobody():
    """Types of other services of AWS are counted and concern no claim; those of the named ones do."""
    assert families_of("aws:eks/cluster:Cluster") == ()
    assert families_of("aws:iam/wormhole:Wormhole") == ("iam",)
    assert families_of("aws-native:ec2:Wormhole") == ("network",)
    assert families_of("random:index:RandomId") == ()


@pytest.mark.parametrize("name", TABLE.namespaces)
def test_namespaces_are_modules(name):
    """Each namespace is a module of pulumi-aws."""
    assert importlib.util.find_spec(f"pulumi_aws.{name}") is not None
