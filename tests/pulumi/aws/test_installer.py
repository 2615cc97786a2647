"""Boundary, predefined policies and installer role, each alone; and who may read the external id: nobody."""

import json
import logging

import pulumi
import pytest

from conveyor_iac import Installation, plan
from conveyor_iac.pulumi import aws
from conveyor_iac.pulumi.door import Refused
from tests.pulumi.aws.recording import Recorder


def policies(recorder):
    """Every managed policy by its name in Pulumi: its name in AWS and its document."""
    return {name: (made.inputs["path"] + made.inputs["name"], json.loads(made.inputs["policy"]))
            for name, made in recorder.of("iam.Policy").items()}


def spelled(policy, **values):
    """A policy of the model as AWS gets it, with these values of placeholders."""
    text = json.dumps(policy.document.spelled(lambda text: text))
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return policy.path + policy.policy_name, json.loads(text.replace("${!", "${"))


@pytest.fixture
def planned(words):
    """The plan of the same installation."""
    return plan(Installation.read(words()))


def run(component, **options):
    """Registers a component; the result is its typed outputs."""
    return Recorder(**options).run(component)


def test_boundary(words, planned):
    """The boundary alone is one policy under the fixed name that conditions name, with the VPC it is given."""
    def program():
        made = aws.PermissionsBoundary("acme", {"installation": words(), "data_plane_vpc_id": "vpc-1"})
        return {"arn": made.arn}

    made = run(program)
    assert policies(made) == {"acme-Boundary": spelled(planned.boundary, DataPlaneVpcId="vpc-1")}
    assert made.result == made.component("PermissionsBoundary") == {"arn": "acme-Boundary.arn"}
    assert "vpc-1" in made.named("acme-Boundary").inputs["policy"]


def test_boundary_of_a_known_vpc(words):
    """Where the installation names the VPC of the data perimeter none is asked for."""
    asked = words(iam={"data_plane_vpc": "vpc-0a1b2c3d4e5f60718"})
    made = run(lambda: aws.PermissionsBoundary("acme", {"installation": asked}) and None)
    assert "vpc-0a1b2c3d4e5f60718" in made.named("acme-Boundary").inputs["policy"]


def test_predefined(words, planned):
    """The predefined policies alone: each under its own fixed name, with what the plan says; the outputs name them."""
    def program():
        return {"arns": aws.PredefinedPolicies("acme", {"installation": words()}).arns}

    made = run(program)
    assert policies(made) == {f"acme-Predefined{policy.name}": spelled(policy) for policy in planned.predefined}
    assert made.result == made.component("PredefinedPolicies") == {
        "arns": {f"{policy.name}Arn": f"acme-Predefined{policy.name}.arn" for policy in planned.predefined}}


def role(words, external_id, **changes):
    """Registers an installer role alone."""
    def program():
        given = external_id() if callable(external_id) else external_id
        made = aws.InstallerRole("acme", {"installation": {**words(**changes), "external_id": given}})
        return {"arn": made.arn, "session_name": made.session_name}

    return program


def test_role(words, external_id, planned):
    """The role alone carries its own policies, each attached, with the plan's path, name and longest session."""
    made = run(role(words, external_id))
    assert policies(made) == {f"acme-InstallerRole{policy.name}Policy": spelled(policy)
                              for policy in planned.installer.policies}
    (found,) = made.of("iam.Role").values()
    assert (found.inputs["path"], found.inputs["name"]) == (planned.installer.path, planned.installer.role_name)
    assert found.inputs["maxSessionDuration"] == planned.installer.max_session_seconds
    assert "permissionsBoundary" not in found.inputs
    attached = {name: row.inputs for name, row in made.of("iam.RolePolicyAttachment").items()}
    assert attached == {f"acme-InstallerRole{policy.name}Attachment": {
        "role": "conveyor-acme-installer", "policyArn": f"acme-InstallerRole{policy.name}Policy.arn"}
        for policy in planned.installer.policies}
    assert made.result == made.component("InstallerRole") == {
        "arn": "acme-InstallerRole.arn", "session_name": "conveyor-acme"}


def test_denials_first(words, external_id):
    """Policies that deny are attached before any other, and so go last: never has the role more than it should."""
    made = run(role(words, external_id))
    attached = made.of("iam.RolePolicyAttachment")
    documents = {name.removesuffix("Policy"): document for name, (_, document) in policies(made).items()}
    denying = {name for name in attached if "Deny" in {
        statement["Effect"] for statement in documents[name.removesuffix("Attachment")]["Statement"]}}
    assert "acme-InstallerRoleGuardrailsAttachment" in denying < set(attached)
    for name, row in attached.items():
        first = {urn.rpartition("::")[2] for urn in row.after} & set(attached)
        assert first == (set() if name in denying else denying), name


def test_another_account(words, external_id):
    """With a provider of another account there is no role: the error says why, and nobody may assume anything."""
    recorder = Recorder()
    refused = recorder.refused(role(words, external_id, account="333333333333"))
    assert isinstance(refused, Refused)
    (fault,) = refused.faults
    assert (fault.path, fault.value) == ("account", "'333333333333'")
    assert "222222222222" in fault.rule
    assert str(fault) in str(refused)
    assert recorder.of("iam.Role") == recorder.of("iam.RolePolicyAttachment") == {}


def test_company_boundary(words, external_id):
    """The company's boundary is on the installer role where there is one."""
    arn = "arn:aws:iam::222222222222:policy/company/Boundary"
    made = run(role(words, external_id, iam={"boundary": arn}))
    assert made.named("acme-InstallerRole").inputs["permissionsBoundary"] == arn


def test_trust(words, external_id):
    """The trust names the one role of the control plane, its session name and the external id."""
    made = run(role(words, external_id))
    (statement,) = json.loads(made.named("acme-InstallerRole").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/conveyor-control-plane"}
    assert statement["Condition"]["StringEquals"] == {
        "sts:ExternalId": external_id, "sts:RoleSessionName": "conveyor-acme"}


GIVEN = {"text": lambda text: text, "output": pulumi.Output.from_input, "secret": pulumi.Output.secret}
"""How an external id is given."""


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("given", GIVEN)
def test_external_id_is_a_secret(words, external_id, given, preview):
    """The trust policy is a secret however the external id is given, and nothing else of the component is one."""
    made = run(role(words, lambda: GIVEN[given](external_id)), preview=preview)
    assert {(row.name, key) for row in made.resources.values() for key in row.secret} == {
        ("acme-InstallerRole", "assumeRolePolicy")}
    assert not [keys for keys in made.secret_outputs.values() if keys]


@pytest.mark.parametrize("example_name", ["shared", "private", "dedicated"])
def test_external_id_of_a_deployment(made, external_id, example_name):
    """In a deployment the external id is in the trust policy, and nowhere else: no input, no output, no message."""
    deployed = made(example_name)
    everywhere = [(row.name, key) for row in deployed.resources.values() for key, value in row.inputs.items()
                  if external_id in str(value)]
    assert everywhere == [("acme-InstallerRole", "assumeRolePolicy")]
    assert {(row.name, key) for row in deployed.resources.values() for key in row.secret} == set(everywhere)
    assert external_id not in str(deployed.outputs)
    assert not [keys for keys in deployed.secret_outputs.values() if keys]
    assert external_id not in str(deployed.said)
    assert len(deployed.said) > 100


SHORT = "nly-in-this-tes"
"""An external id of one character too few."""


@pytest.mark.parametrize("given", ["output", "secret"])
def test_unfit_when_known(words, given, caplog, capfd):
    """An external id given as an output is held to the same rule once it is known, and not shown either."""
    caplog.set_level(logging.DEBUG)
    recorder = Recorder()
    refused = recorder.refused(role(words, lambda: GIVEN[given](SHORT)))
    assert isinstance(refused, Refused)
    assert [(fault.path, fault.value) for fault in refused.faults] == [("external_id", "(hidden)")]
    assert "external_id: (hidden): 16 to 1000 characters" in str(refused)
    assert recorder.of("iam.Role") == {}
    shown = str((str(refused), recorder.said, recorder.errors, caplog.text, *capfd.readouterr()))
    assert SHORT not in shown
    assert len(run(role(words, lambda: GIVEN[given](f"{SHORT}t"))).of("iam.Role")) == 1


WRONG = {"a blank": lambda text: f"{text} with a blank", "a list": lambda text: [text], "a key": lambda text: {text: 1},
         "a number": lambda _: 7_000_000_000_000_000_777}
"""External ids that are none, made of a good one."""


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_external_id(words, external_id, deploy, wrong, caplog, capfd):
    """A wrong external id is refused without showing it: in no error, no message, no log and on no stream."""
    caplog.set_level(logging.DEBUG)
    recorder = Recorder()
    refused = recorder.refused(lambda: deploy(words(external_id=WRONG[wrong](external_id), tenant="NOT one")))
    assert {fault.path for fault in refused.faults} >= {"external_id", "tenant"}
    shown = str((str(refused), recorder.said, recorder.errors, caplog.text, *capfd.readouterr()))
    assert external_id not in shown
    assert "7000000000000000777" not in shown


def test_no_traceback_shows_it(words, external_id):
    """Nor does a fault elsewhere, with the external id in clear beside it."""
    recorder = Recorder()
    refused = recorder.refused(role(words, external_id, region="here"))
    assert external_id not in str((refused, refused.args, recorder.said))
