"""assert_proved: what a test of somebody's own gets for a claim that holds, one that does not, and for wrong input."""

import pytest

from conveyor_iac.errors import HIDDEN, InputError
from conveyor_iac.proofs import assert_proved
from conveyor_iac.proofs.contract import METADATA

SECRET = "S3cret-in-this-test-only"
CONTRACT = {"installer": {"role": "Role", "iam_actions": ["iam:GetRole"]}}


def service(*, acceptance):
    """A plain mapping: a template of one endpoint service, which needs no contract."""
    return {"Resources": {"Service": {"Type": "AWS::EC2::VPCEndpointService", "Properties": {
        "AcceptanceRequired": acceptance, "NetworkLoadBalancerArns": [
            "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/door/0123456789abcdef"]}}}}


def role(action="iam:GetRole", **sections):
    """A plain mapping: a template of one role that may do one thing."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {**sections, "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Statement": []},
        "Policies": [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]}}}}


def test_proved():
    """Where every claim asked is proved the report comes back, with the claims that were."""
    report = assert_proved(service(acceptance=True))
    assert report.verdict == "proved"
    assert "privatelink.acceptance" in {result.claim.id for result in report.results}


@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "argument"])
def test_a_contract(metadata):
    """The contract is the template's own, or a plain mapping that is given."""
    own = {"Metadata": {METADATA: CONTRACT}} if metadata else {}
    report = assert_proved(role(**own), None if metadata else CONTRACT)
    assert report.contract.as_json() == CONTRACT
    assert "iam.closure" in {result.claim.id for result in report.results}


def test_refuted():
    """A claim that is refuted fails the test, with its id and its counterexample; one that is proved is not named."""
    with pytest.raises(AssertionError) as failed:
        assert_proved(role("iam:PutRolePolicy"), CONTRACT)
    (line,) = [line for line in str(failed.value).splitlines() if line.startswith("iam.no-policy-authoring: refuted: ")]
    assert "'eventName': 'PutRolePolicy'" in line
    assert "iam.pass-role-named-services" not in str(failed.value)


def test_undecided():
    """A claim that is undecided fails the test too, with the reason."""
    with pytest.raises(AssertionError, match=r"privatelink\.acceptance: undecided: .*macros"):
        assert_proved(service(acceptance=True) | {"Transform": "AWS::LanguageExtensions"})


def test_nothing_asked():
    """A template of which nothing is asked proves nothing."""
    with pytest.raises(AssertionError, match="no claim was asked"):
        assert_proved(role())


@pytest.mark.parametrize(("contract", "path", "value"), [
    ({"instaler": {"role": "Role"}}, "contract: instaler", HIDDEN),
    ({"installer": {"role": None}}, "contract: installer.role", "None"),
    ({"installer": {"role": "Role", "trust": {"account": ["x"]}}}, "contract: installer.trust.account", HIDDEN),
    ({"installer": {}}, "contract: installer.role", "nothing"),
    ({"installer": {"role": "Rol"}}, "contract: installer.role", "Rol"),
    ([CONTRACT], "contract", "a list")], ids=["key", "kind", "trust", "missing", "stranger", "list"])
def test_bad_contract(contract, path, value):
    """A contract that is wrong is wrong input, with a fault at its path, and no error of a library."""
    with pytest.raises(InputError) as refused:
        assert_proved(role(), contract)
    assert [(fault.path, fault.value) for fault in refused.value.faults] == [(path, value)]


def test_a_deep_contract():
    """A contract that is nested too deep is wrong input."""
    deep: dict = {}
    for _ in range(5000):
        deep = {"installer": deep}
    with pytest.raises(InputError, match="nested too deep"):
        assert_proved(role(), deep)


def test_bad_template():
    """What is no template is wrong input."""
    with pytest.raises(InputError, match="at least one resource"):
        assert_proved({}, CONTRACT)


def test_no_secret_in_a_fault():
    """An external id that stands under, beside or in place of a misspelt part is in no fault."""
    trust = {"account": "A"}
    for part in ({"trust": trust | {"external-id": SECRET}}, {"trust": trust | {"external_id": [SECRET]}},
                 {"trust": SECRET}, {"trust": [SECRET]}, {"trsut": {"external_id": SECRET}}, {"external_id": SECRET}):
        with pytest.raises(InputError) as refused:
            assert_proved(role(), {"installer": {"role": "Role"} | part})
        assert SECRET not in str(refused.value)
        assert HIDDEN in str(refused.value)
    for contract in ({"instaler": {"trust": {"external_id": SECRET}}}, [{"trust": {"external_id": SECRET}}],
                     {"installer": [{"trust": {"external_id": SECRET}}]}):
        with pytest.raises(InputError) as refused:
            assert_proved(role(), contract)
        assert SECRET not in str(refused.value)
