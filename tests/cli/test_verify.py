"""verify: what is asked of a template and what is not, in words and as JSON; what bad input gets; no secret shown."""

import hashlib
import json
import re

import pytest
import yaml

from conveyor_iac.proofs.claims import IDS

KEYS = ["template", "sha256", "verdict", "claims", "not_asked", "contract", "contract_source", "axioms", "prover"]
CLAIM_KEYS = ["id", "title", "verdict", "counterexample", "notes", "seconds"]
INSTALLER = "templates/installer-role.template.json"
SECRET = "S3cret-in-this-test-only"
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"},
                        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}}]}


def service(*, acceptance=True):
    """A template of one endpoint service, which needs no contract."""
    return {"Resources": {"Service": {"Type": "AWS::EC2::VPCEndpointService", "Properties": {
        "AcceptanceRequired": acceptance, "NetworkLoadBalancerArns": [
            "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/door/0123456789abcdef"]}}}}


def role(contract=None, **properties):
    """A template of one role with an external id, and a contract if one is given."""
    metadata = {} if contract is None else {"Metadata": {"Conveyor::Contract": contract}}
    return {"Parameters": {"ExternalId": {"Type": "String", "NoEcho": True, "MinLength": 16}}, **metadata,
            "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": TRUST, **properties}}}}


CONTRACT = {"installer": {"role": "Role", "trust": {"account": "111122223333", "external_id": "ExternalId"}}}
INLINE = {"Policies": [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}]}}]}
MALFORMED = {"Policies": [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Alow", "Action": "iam:GetRole", "Resource": "*"}, {"Effect": "Allow", "Resource": "*"}]}}]}


@pytest.fixture
def made(tmp_path):
    """Writes a template, a contract or any text, and gives its path."""
    def made(value, name="made.template.json"):
        file = tmp_path / name
        if isinstance(value, bytes):
            file.write_bytes(value)
        else:
            file.write_text(value if isinstance(value, str) else json.dumps(value))
        return file
    return made


def verdicts(answer):
    """The verdict of each claim of the first template."""
    return {claim["id"]: claim["verdict"] for claim in json.loads(answer.out)[0]["claims"]}


def test_published(real, root):
    """Every claim asked of the published installer role is proved, no linter finds an error; the JSON is complete."""
    answer = real("verify", INSTALLER, "--json", cwd=root)
    (report,) = json.loads(answer.out)
    assert answer.code == 0, answer.err
    assert list(report) == [*KEYS, "lint"]
    assert {tuple(claim) for claim in report["claims"]} == {tuple(CLAIM_KEYS)}
    assert report["sha256"] == hashlib.sha256((root / INSTALLER).read_bytes()).hexdigest()
    assert (report["template"], report["verdict"], report["contract_source"]) == (INSTALLER, "proved", "template")
    assert sorted([*(claim["id"] for claim in report["claims"]), *report["not_asked"]]) == sorted(IDS)
    assert {claim["verdict"] for claim in report["claims"]} == {"proved"}
    assert report["contract"]["installer"]["role"] == "InstallerRole"
    assert set(report["prover"]) == {"version", "z3"}
    assert report["axioms"]
    assert report["lint"] == []


def test_words(run, made):
    """The words begin with the contract and where it is from, why claims were not asked, and end with the verdict."""
    answer = run("verify", made(role(CONTRACT)), "--no-lint")
    order = ["contract, the template's own, from its Metadata", "role: Role", "not asked, so not proved:",
             "the contract names no installer.trust.session_name: trust.session-name", "claims:",
             "proved     trust.external-id:", "lint: left out", "taken for granted:"]
    places = [answer.out.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert re.fullmatch(r".*made\.template\.json: proved: \d+ claims asked: \d+ proved, 0 refuted, 0 undecided; \d+ not"
                        r" asked\.", answer.out.splitlines()[-1])
    assert answer.code == 0


def test_every_claim_is_told(run, made):
    """Each claim stands in the words once: as asked, or among those that were not asked."""
    said = run("verify", made(role(CONTRACT)), "--no-lint").out
    known = "|".join(map(re.escape, sorted(IDS, key=len, reverse=True)))
    assert sorted(re.findall(rf"(?<![\w.])(?:{known})(?![\w.-])", said)) == sorted(IDS)


def test_refuted(run, made):
    """A refuted claim ends with 1; its counterexample is printed like an entry of CloudTrail, and is in the JSON."""
    file = made(role(CONTRACT, **INLINE))
    answer = run("verify", file, "--no-lint", "--claim", "iam.no-policy-authoring")
    example = answer.out.partition("counterexample:\n")[2].partition("\n\n")[0]
    assert answer.code == 1
    assert yaml.safe_load(example)["eventName"] == "PutRolePolicy"
    assert "iam.no-policy-authoring is refuted" in answer.err
    again = run("verify", file, "--no-lint", "--claim", "iam.no-policy-authoring", "--json")
    (claim,) = json.loads(again.out)[0]["claims"]
    assert (again.code, claim["verdict"], claim["counterexample"]["eventName"]) == (1, "refuted", "PutRolePolicy")


def test_undecided(run, made):
    """A claim that is not decided in its time is undecided, says so, and ends with 1."""
    answer = run("verify", made(role(CONTRACT, **INLINE)), "--no-lint", "--claim", "iam.no-policy-authoring",
                 "--timeout", "0.0000001", "--json")
    assert (answer.code, verdicts(answer)) == (1, {"iam.no-policy-authoring": "undecided"})
    assert "time limit" in answer.out


def test_macros(run, made):
    """A template that macros rewrite is undecided in every claim."""
    answer = run("verify", made(service() | {"Transform": "AWS::LanguageExtensions"}), "--no-lint", "--json")
    assert answer.code == 1
    assert set(verdicts(answer).values()) == {"undecided"}


def test_nothing_asked(run, made):
    """Where nothing was asked nothing is proved: exit 1, and it is said."""
    answer = run("verify", made(role()), "--no-lint")
    assert answer.code == 1
    assert "nothing was asked, so nothing is proved" in answer.out.splitlines()[-1]
    assert "contract, none" in answer.out
    assert "nothing was asked of any template" in answer.err


def test_only_the_claims_named(run, made):
    """--claim picks: the others are neither asked nor named as not asked."""
    answer = run("verify", made(service()), "--no-lint", "--json", "--claim", "privatelink.acceptance",
                 "--claim", "iam.closure")
    (report,) = json.loads(answer.out)
    assert (answer.code, verdicts(answer)) == (0, {"privatelink.acceptance": "proved"})
    assert report["not_asked"] == ["iam.closure"]


def test_every_template_counts(run, made):
    """One template that is refuted makes the whole run a no; each has its element, in the order given."""
    good, bad = made(service(), "good.json"), made(service(acceptance=False), "bad.json")
    answer = run("verify", good, bad, "--no-lint", "--json")
    assert answer.code == 1
    assert [(row["template"], row["verdict"]) for row in json.loads(answer.out)] == [
        (str(good), "proved"), (str(bad), "refuted")]
    assert "bad.json: privatelink.acceptance is refuted" in answer.err
    assert "good.json: privatelink" not in answer.err


def test_lint_errors(run, made):
    """An error of the linters is told beside the claims and ends with 1; --no-lint leaves it out."""
    wrong = service()
    wrong["Resources"]["Service"]["Properties"]["Acceptance"] = True
    file = made(wrong)
    answer = run("verify", file)
    assert answer.code == 1
    assert "lint errors:" in answer.out
    assert "Resources/Service/Properties/Acceptance" in answer.out
    assert "lint error" in answer.err
    (report,) = json.loads(run("verify", file, "--json").out)
    assert report["verdict"] == "proved"
    assert {row["linter"] for row in report["lint"]} == {"cfn-lint", "cloudformation-validate"}
    left_out = run("verify", file, "--no-lint", "--json")
    assert left_out.code == 0
    assert list(json.loads(left_out.out)[0]) == KEYS


def test_contract_file(run, made):
    """A contract file replaces the template's own, and the words name the file."""
    own = role({"installer": {"role": "Role"}}, **INLINE)
    file, contract = made(own), made(yaml.safe_dump(CONTRACT), "contract.yaml")
    answer = run("verify", file, "--contract", contract, "--no-lint", "--json", "--claim", "trust.external-id")
    (report,) = json.loads(answer.out)
    assert (answer.code, report["contract_source"]) == (0, "file")
    assert report["contract"] == CONTRACT
    assert f"contract, of the file {contract}" in run("verify", file, "--contract", contract, "--no-lint").out


def test_standard_input(real, made, tmp_path):
    """- reads standard input: a template, or what get-template prints around one."""
    body = service(acceptance=False)
    for typed in (json.dumps(body), json.dumps({"TemplateBody": body, "StagesAvailable": ["Original"]}),
                  json.dumps({"TemplateBody": yaml.safe_dump(body)})):
        answer = real("verify", "-", "--no-lint", "--json", cwd=tmp_path, typed=typed)
        (report,) = json.loads(answer.out)
        assert (answer.code, report["template"], report["verdict"]) == (1, "-", "refuted")


def test_templates_stand_beside_each_other(run, made):
    """What a role may attach can be a policy of another template that is given."""
    policies = {"Resources": {"Granted": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}}}}}
    contract = {"installer": {"role": "Role", "predefined": ["Granted"]}}
    one, other = made(role(contract), "role.json"), made(policies, "policies.json")
    alone = run("verify", one, "--no-lint", "--claim", "iam.attach-predefined-only")
    assert alone.code == 2
    assert "installer.predefined.0: Granted" in alone.err
    together = run("verify", one, other, "--no-lint", "--json", "--claim", "iam.attach-predefined-only")
    assert verdicts(together) == {"iam.attach-predefined-only": "proved"}
    assert together.code == 0


BAD = {
    "missing.json": (None, "No such file"), "folder": (..., "Is a directory"), "binary": (b"\x00\xff\xfe\x80", "UTF-8"),
    "empty.json": ("  \n", "(empty)"), "large.json": ("x" * 1_000_001, "more than 1000000 bytes"),
    "broken.json": ("{", "JSON or YAML"), "prose.yaml": ("hello", "at least one resource"),
    "list.json": ("[1]", "at least one resource"), "none.json": ('{"Resources": {}}', "at least one resource"),
    "typeless.json": ('{"Resources": {"A": {}}}', "a mapping with a Type"),
    "twice.json": ('{"Resources": {"A": {"Type": "X", "Type": "Y"}}}', "stands twice"),
    "aliased.yaml": ("Resources: {A: &a {Type: X}, B: *a}", "aliases"),
    "function.json": (json.dumps(role(Path={"Fn::If": ["x"]})), "Fn::If"),
}


def test_every_mistake_at_once(run, made, tmp_path):
    """All files, the contract and the options are read before anybody is told: a line for each mistake, exit 2."""
    (tmp_path / "folder").mkdir()
    files = [made(value, name) if isinstance(value, str | bytes) else tmp_path / name
             for name, (value, _) in BAD.items()]
    contract = made("instaler: {role: Role}", "contract.yaml")
    answer = run("verify", *files, "--contract", contract, "--claim", "iam.closur", "--timeout", "-1")
    assert (answer.code, answer.out) == (2, "")
    lines = answer.err.splitlines()
    for name, (_, said) in BAD.items():
        (line,) = [line for line in lines if line.startswith(f"error: {tmp_path / name}")]
        assert said in line
        assert line.rpartition(". ")[2], line
    assert [line for line in lines if "instaler" in line and "Perhaps you meant installer" in line]
    assert [line for line in lines if "--claim: 'iam.closur'" in line and "Perhaps you meant iam.closure" in line]
    assert [line for line in lines if line.startswith("error: --timeout: -1:")]
    assert len(lines) == len(BAD) + 3
    as_json = run("verify", *files, "--contract", contract, "--json")
    assert len(json.loads(as_json.out)["faults"]) == len(BAD) + 1


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "3601"])
def test_timeout(run, made, timeout):
    """A time limit is more than nothing and ends."""
    answer = run("verify", made(service()), "--timeout", timeout)
    assert (answer.code, answer.out) == (2, "")
    assert "error: --timeout:" in answer.err


def test_strangers_of_a_contract(run, made):
    """What a contract names and the template does not have is wrong input, all of it at once, for each template."""
    contract = made(json.dumps({"installer": {"role": "Rol", "switch": "Off", "predefined": ["Granted"]},
                                "network": {"subnets": ["Node*"], "egress": "none"}}), "contract.json")
    answer = run("verify", made(role(), "a.json"), made(role(), "b.json"), "--contract", contract)
    assert (answer.code, answer.out) == (2, "")
    for name in ("a.json", "b.json"):
        told = [line for line in answer.err.splitlines() if f"{name}: contract: " in line]
        assert [line.split("contract: ")[1].split(":")[0] for line in told] == [
            "installer.role", "installer.predefined.0", "installer.switch", "network.subnets.0"]
    assert "Perhaps you meant Role" in answer.err


def test_malformed_policy(run, made):
    """Policies that IAM would refuse are wrong input: every fault of every template at once, and nothing is printed."""
    one, other = made(role(CONTRACT, **MALFORMED), "one.json"), made(role(CONTRACT, **MALFORMED), "other.json")
    answer = run("verify", one, other, "--no-lint")
    faults = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert (answer.code, answer.out) == (2, "")
    assert len([line for line in faults if "is Allow or Deny" in line]) == 2
    assert all(str(one) in line or str(other) in line for line in faults)


@pytest.mark.parametrize("policies", [None, 1, "x", [1], [None], {"a": 1}, [{"PolicyName": "x"}]], ids=str)
def test_policies_of_no_shape(run, made, policies):
    """Inline policies that are no list of policies are wrong input too, and no traceback."""
    answer = run("verify", made(role(CONTRACT, Policies=policies)), "--no-lint")
    assert (answer.code, answer.out) == (2, "")
    assert "Write the document as IAM accepts it" in answer.err


def test_named_twice(run, made):
    """A file that is named twice is wrong input: standard input can be read but once."""
    file = made(service())
    for words in ([file, file], ["-", "-"]):
        answer = run("verify", *words)
        assert answer.code == 2
        assert "named twice" in answer.err


def test_no_template(run):
    """At least one template is given."""
    answer = run("verify")
    assert (answer.code, answer.out) == (2, "")


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["words", "json"])
def test_secret(run, made, words):
    """The value of a parameter that is not to be shown appears nowhere: not proved, refuted, linted or wrong."""
    open_trust = role(CONTRACT, **INLINE)
    open_trust["Parameters"]["ExternalId"] |= {"Default": SECRET, "MaxLength": 20, "AllowedValues": ["a", "b"]}
    answer = run("verify", made(open_trust), *words)
    assert answer.code == 1
    assert "trust.external-id-parameter is refuted" in answer.err
    assert "lint error" in answer.err
    assert SECRET not in answer.out + answer.err
    for change in ({"Type": 1}, {"AllowedPattern": [SECRET]}):
        open_trust["Parameters"]["ExternalId"] |= change
        answer = run("verify", made(open_trust), *words)
        assert answer.code == 2
        assert SECRET not in answer.out + answer.err


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["words", "json"])
def test_literal_external_id(run, made, words):
    """An external id that the contract writes out is not shown; the name of a parameter is."""
    trust = {"installer": {"role": "Role", "trust": {"account": "111122223333", "external_id": SECRET}}}
    own, contract = made(role(trust), "own.json"), made(json.dumps(trust), "contract.json")
    for answer in (run("verify", own, *words), run("verify", made(role()), "--contract", contract, *words)):
        assert answer.code == 1
        assert "trust.external-id is refuted" in answer.err
        assert re.search(r'external_id"?: "?\(hidden\)', answer.out)
        assert SECRET not in answer.out + answer.err
    named = run("verify", made(role(CONTRACT)), "--no-lint", "--json")
    assert json.loads(named.out)[0]["contract"] == CONTRACT


def test_literal_external_id_of_a_template(run, made):
    """Nor is it shown in a counterexample, where the template writes out the same one."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
                 "Condition": {"StringEquals": {"sts:ExternalId": SECRET}}}
    trust = {"installer": {"role": "Role", "trust": {"account": "111122223333", "external_id": SECRET}}}
    file = made(role(trust, AssumeRolePolicyDocument={"Statement": [statement]}))
    for words in ([], ["--json"]):
        answer = run("verify", file, "--no-lint", "--claim", "trust.principal", *words)
        assert answer.code == 1
        assert re.search(r'sts:externalid"?:\s+\[?-?\s*"?\(hidden\)', answer.out)
        assert SECRET not in answer.out + answer.err


def test_misspelt_trust(run, made):
    """What stands under a key that is none may be an external id, and is not shown."""
    part = {"role": "Role", "trust": {"account": "111122223333", "external-id": SECRET}, "trsut": SECRET}
    answer = run("verify", made(role({"installer": part})), "--no-lint")
    assert (answer.code, answer.out) == (2, "")
    assert "installer.trust.external-id: (hidden)" in answer.err
    assert SECRET not in answer.err


@pytest.mark.parametrize(("text", "name"), [('{"a":' * 3000 + "1" + "}" * 3000, "deep.json"),
                                            ("a: " + "[" * 3000 + "]" * 3000, "deep.yaml")], ids=["json", "yaml"])
def test_nested_too_deep(run, made, text, name):
    """A template or contract that is nested deeper than it can be read is told so in plain words."""
    answer = run("verify", made(text, name), "--contract", made(text, f"contract-{name}"))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count(": nested too deep: ") == 2
    assert "recursion" not in answer.err


@pytest.mark.parametrize(("word", "said"), [
    ("iam.nonsense", "Known here: "), ("nonsense", "Known here: "), ("closure", "Perhaps you meant iam.closure"),
    ("storage.public", "Perhaps you meant storage.not-public")])
def test_unknown_claim(run, made, word, said):
    """A claim id that is none gets those that are near it; where none is, all of them and no guess."""
    answer = run("verify", made(service()), "--claim", word)
    assert answer.code == 2
    assert f"'{word}': the id of a claim. {said}" in answer.err


def test_progress(run, made, monkeypatch):
    """What takes long is said on stderr while it runs; stdout has the report only."""
    from conveyor_iac.cli import talk

    monkeypatch.setattr(talk, "QUIET", 0)
    answer = run("verify", made(service()), "--json")
    assert "Holding" in answer.err
    assert "privatelink.principals ..." in answer.err
    assert "Linting" in answer.err
    json.loads(answer.out)


def test_one_contract_for_several_templates(run, made):
    """A contract file that speaks of a role and of subnets holds each template to its own part, and says so."""
    network = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
                             "Node": {"Type": "AWS::EC2::Subnet", "Properties": {
                                 "VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}}}}
    contract = made(json.dumps(CONTRACT | {"network": {"subnets": ["Node"], "egress": "none"}}), "contract.json")
    answer = run("verify", made(role(), "role.json"), made(network, "network.json"), "--contract", contract,
                 "--no-lint", "--json")
    one, other = json.loads(answer.out)
    assert (list(one["contract"]), list(other["contract"])) == (["installer"], ["network"])
    assert "trust.external-id" in {claim["id"] for claim in one["claims"]} & set(other["not_asked"])
    assert "network.no-internet-path" in {claim["id"] for claim in other["claims"]} & set(one["not_asked"])


ACCEPTED = {"type": "aws:ec2/vpcEndpointService:VpcEndpointService", "urn": "urn:pulumi:dev::p::t::Service",
            "custom": True, "id": "vpce-svc-0123456789abcdef0", "inputs": {"acceptanceRequired": True}}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def export(*resources):
    """What pulumi stack export prints of resources."""
    return {"version": 3, "deployment": {"resources": list(resources)}}


def trusting(**state):
    """A role of a Pulumi stack whose trust policy is a secret, as the state keeps it."""
    return {"type": "aws:iam/role:Role", "urn": "urn:pulumi:dev::p::t::Role", "custom": True, "id": "role",
            "inputs": {"name": "role", "assumeRolePolicy": {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", **state}}}


def policy(external_id):
    """A trust policy as a program gives it."""
    told = json.dumps(TRUST | {"Version": "2012-10-17"}).replace('{"Ref": "ExternalId"}', json.dumps(external_id))
    return json.dumps(told)


def test_pulumi_words(run, made):
    """Of a stack it is said that its resources came from Pulumi, what was not known, and that no linter ran."""
    strange = {"type": "aws:ec2/wormhole:Wormhole", "urn": "urn:pulumi:dev::p::t::Hole", "custom": True, "inputs": {}}
    answer = run("verify", made(export(ACCEPTED, strange)))
    assert "read from Pulumi (stack export): 2 resources; 1 type not known here\n  aws:ec2/wormhole:Wormhole (1)" in (
        answer.out)
    assert "lint: not run: cfn-lint and cloudformation-validate read templates" in answer.out
    assert "contract, none: no deployment in the stack gives one that is known" in answer.out
    assert "Linting" not in answer.err


def test_pulumi_json(run, made):
    """The JSON of a stack tells what was read of Pulumi and has no lint; its digest is the file's."""
    file = made(export(ACCEPTED))
    answer = run("verify", file, "--json")
    (report,) = json.loads(answer.out)
    assert (answer.code, list(report)) == (0, [*KEYS, "pulumi"])
    assert report["pulumi"] == {"source": "stack export", "resources": 1, "unknown_types": {}, "unknown_values": []}
    assert report["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_pulumi_preview(run, made):
    """A preview is read as well; what it does not know yet is undecided, and it says what that is."""
    new = ACCEPTED | {"inputs": {"acceptanceRequired": UNKNOWN}}
    answer = run("verify", made({"steps": [{"op": "create", "urn": ACCEPTED["urn"], "newState": new}]}))
    assert "Service.acceptanceRequired is known only once it is deployed" in answer.out
    assert "privatelink.acceptance is undecided" in answer.err
    assert answer.code == 1


def test_pulumi_refuted(run, made):
    """A stack that breaks a claim is refuted as a template is."""
    answer = run("verify", made(export(ACCEPTED | {"inputs": {"acceptanceRequired": False}})), "--json")
    assert (answer.code, verdicts(answer)["privatelink.acceptance"]) == (1, "refuted")


def test_pulumi_contract(run, made):
    """A contract of a file is held against a stack: a secret external id is the parameter ExternalId, shown nowhere."""
    contract = made(CONTRACT, "contract.json")
    state = made(export(trusting(plaintext=policy(SECRET))), "stack.json")
    for words in ((), ("--json",)):
        answer = run("verify", state, "--contract", contract, "--claim", "trust.external-id", "--claim",
                     "trust.external-id-parameter", *words)
        assert (answer.code, SECRET in answer.out + answer.err) == (0, False), answer.out + answer.err
    again = run("verify", made(export(trusting(ciphertext="AAAB")), "other.json"), "--contract", contract)
    assert "pulumi stack export --show-secrets | conveyor-iac verify -" in again.out
    assert "trust.external-id is undecided" in again.err


def test_pulumi_secret_in_a_fault(run, made):
    """A fault in a secret policy names the place and never the secret, not even a part of it."""
    wrong = policy(SECRET).replace("StringEquals", f"{SECRET}-is-no-operator")
    answer = run("verify", made(export(trusting(plaintext=wrong))))
    assert answer.code == 2
    assert "is an operator of IAM" in answer.err
    assert SECRET[:12] not in answer.out + answer.err


@pytest.mark.parametrize(("text", "told"), [
    ("Previewing update (dev):\n +  Stack", "pulumi preview --json --show-sames"),
    (json.dumps({"version": 4, "deployment": {}}), "is 3"),
    (json.dumps({"version": 3, "checkpoint": {}}), "pulumi stack export"),
    (json.dumps(export()), "a stack holds at least one resource"),
])
def test_pulumi_refused(run, made, text, told):
    """What Pulumi prints for people, a state file, another version and an empty stack are refused with a way out."""
    answer = run("verify", made(text))
    assert answer.code == 2
    assert told in answer.err


def test_a_large_stack(run, made):
    """A state may be larger than a template may."""
    large = ACCEPTED | {"outputs": {"tags": {"note": "x" * 1_100_000}}}
    assert run("verify", made(export(large))).code == 0
    assert "at most 1000000 bytes" in run("verify", made(service() | {"Description": "x" * 1_100_000})).err


def test_a_stack_beside_a_template(run, made):
    """A stack and a template in one call each have their report, and only the template is linted."""
    answer = run("verify", made(export(ACCEPTED), "stack.json"), made(service()), "--json")
    told = [("lint" in report, "pulumi" in report) for report in json.loads(answer.out)]
    assert told == [(False, True), (True, False)]
