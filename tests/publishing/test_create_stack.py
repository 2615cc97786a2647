"""A release as customers meet it: published, checked from where it lies, and deployed by its URL with the AWS CLI."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Container
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cli import main
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.brought import bring, names_ids
from conveyor_iac.emulator.site import surroundings
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import parameters_of
from conveyor_iac.publishing.publish import Asked, publish
from conveyor_iac.publishing.readers import Readers, policy
from conveyor_iac.publishing.release import TEMPLATE
from tests.publishing.conftest import Place
from tests.publishing.releases import ROOT, VENDOR, proofs

TEMPLATES = sorted(file.name.removesuffix(TEMPLATE) for file in (ROOT / "templates").glob(f"*{TEMPLATE}"))
EXAMPLES = {"endpoint-service": ("endpoint-service", {}), "installer-role": ("private", {}),
            "network-dedicated": ("private", {"deployment": "dedicated"}), "network-private": ("private", {}),
            "network-private-existing-vpc": ("existing-vpc", {}),
            "network-shared": ("private", {"deployment": "shared", "cognito_access": None})}
"""The example of an installation that each template is for, and what is otherwise in it."""
VERSION = "1.0.0"
EXTERNAL_ID = "only-in-this-test-0123456789"
AWS = Path(sys.executable).parent / "aws"


def installation(template: str, aws: LocalAws) -> Installation:
    """The template's example, for a tenant of its own, with what it names made; without what no template can say."""
    name, changes = EXAMPLES[template]
    example = Installation.load(ROOT / "examples" / f"{name}.yaml")
    network, link = example.network, example.private_link.model_copy(update={"targets": ()})
    if network.existing:
        network = network.model_copy(update={"existing": network.existing.model_copy(update={"endpoints": ()})})
    words = {"tenant": f"tenant{TEMPLATES.index(template)}", "network": network, "private_link": link, **changes}
    asked = example.model_copy(update=words)
    return bring(aws, asked) if names_ids(asked) else asked


def filled(asked: Installation, aws: LocalAws, parameters: Container[str]) -> dict[str, str]:
    """What the customer fills into a template that asks for these parameters."""
    zones = [row["ZoneName"] for row in aws.client("ec2").describe_availability_zones()["AvailabilityZones"]]
    more = {"AvailabilityZones": ",".join(zones[:asked.network.zones]), "ExternalId": EXTERNAL_ID}
    return {name: value for name, value in {**parameters_of(asked), **more}.items() if name in parameters}


def sources() -> dict[str, bytes]:
    """What templates/ holds."""
    return {file.name: file.read_bytes() for file in (ROOT / "templates").glob(f"*{TEMPLATE}")}


@pytest.fixture(scope="module")
def place(running: LocalAws) -> Place:
    """A bucket that everybody may read, with a release of every template in it, published as ours are."""
    place = Place(aws=running, bucket="published-releases")
    place.s3.create_bucket(Bucket=place.bucket, CreateBucketConfiguration={"LocationConstraint": running.region})
    publish(Asked(version=VERSION), synthesize=sources, prove=proofs, compare=lambda old, new: {}, signer=VENDOR,
            store=place.store(), clock=lambda: datetime(2026, 1, 2, tzinfo=UTC), progress=lambda text: None)
    everybody = policy(Readers(), bucket=place.bucket, prefix=place.prefix, region=running.region)
    everybody["Statement"] = [row for row in everybody["Statement"] if row["Effect"] == "Allow"]  # no TLS here
    place.s3.delete_public_access_block(Bucket=place.bucket)
    place.s3.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps(everybody))
    surroundings(running, Installation.load(ROOT / "examples" / "private.yaml"))
    return place


@pytest.fixture
def check(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """What `verify-release --json` answers, with the vendor's key, as the customer of the examples."""
    for name, value in place.aws.env().items():
        monkeypatch.setenv(name, value)

    def check(*words: str) -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", ["conveyor-iac", "verify-release", *words, "--json",
                                          "--public-key", VENDOR.public.text])
        out, err = io.StringIO(), io.StringIO()
        code: Any = 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = ended.code
        assert EXTERNAL_ID not in out.getvalue() + err.getvalue()
        return {"code": code or 0, **json.loads(out.getvalue())}

    return check


def aws_cli(place: Place, *words: Any) -> str:
    """What the real AWS CLI prints, as the customer of the examples."""
    done = subprocess.run([AWS, *map(str, words)], env=place.aws.env(), text=True, capture_output=True, check=False,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    assert EXTERNAL_ID not in done.stdout + done.stderr
    return done.stdout


def rows(answer: dict[str, Any]) -> dict[str, str]:
    return {row["what"]: row["state"] for row in answer["rows"]}


@pytest.mark.parametrize("template", TEMPLATES)
def test_create_stack(place: Place, tmp_path: Path, check: Callable[..., dict[str, Any]], template: str) -> None:
    """`aws cloudformation create-stack --template-url` ends CREATE_COMPLETE, and the stack is of the release."""
    aws, url = place.aws, f"{place.aws.endpoint}/{place.bucket}/{place.prefix}/{VERSION}"
    content = sources()[f"{template}{TEMPLATE}"]
    asked = installation(template, aws)
    given = filled(asked, aws, json.loads(content)["Parameters"])
    parameters, deployed = tmp_path / "parameters.json", tmp_path / "deployed.json"
    parameters.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]))
    aws_cli(place, "cloudformation", "create-stack", "--stack-name", template, "--capabilities", "CAPABILITY_NAMED_IAM",
            "--template-url", f"{url}/{template}{TEMPLATE}", "--parameters", f"file://{parameters}")
    deploying.settled(aws.client("cloudformation"), template, "CREATE_COMPLETE")
    deployed.write_text(aws_cli(place, "cloudformation", "get-template", "--stack-name", template))
    assert json.loads(deployed.read_text())["TemplateBody"] == json.loads(content)
    answer = check(url, "--no-proofs", "--no-synth", "--same-as", template, "--same-as", str(deployed))
    same = [row["told"] for row in answer["rows"] if row["what"].startswith("same as")]
    assert (answer["code"], same) == (0, [f"it is {template} of this release"] * 2)


def test_published_is_verified(place: Place, check: Callable[..., dict[str, Any]]) -> None:
    """What was published is verified from s3 and from its public URL, with every proof done again."""
    for words in (f"s3://{place.bucket}/{place.prefix}/{VERSION}",
                  f"{place.aws.endpoint}/{place.bucket}/{place.prefix}"):
        answer = check(words, "--no-synth")
        assert (answer["code"], answer["version"], answer["key"]) == (0, VERSION, VENDOR.public.name)
        assert rows(answer) == {**dict.fromkeys(("signature", "version", "files", "proofs", "index", "newest"), "ok"),
                                **dict.fromkeys(("other files", "synthesized"), "not checked")}


def test_what_lies_there_was_changed(place: Place, check: Callable[..., dict[str, Any]]) -> None:
    """An object that somebody overwrote in the bucket is found out, and so is one that was removed."""
    name = f"{VERSION}/{TEMPLATES[0]}{TEMPLATE}"
    content, words = sources()[f"{TEMPLATES[0]}{TEMPLATE}"], f"s3://{place.bucket}/{place.prefix}"
    place.put(name, content + b" ")
    try:
        answer = check(words)
        assert (answer["code"], rows(answer)["files"], rows(answer)["proofs"]) == (1, "no", "not checked")
        place.delete(name)
        assert "not there" in next(row["told"] for row in check(words)["rows"] if row["what"] == "files")
    finally:
        place.put(name, content)


def test_a_stack_that_cannot_be_read(place: Place, check: Callable[..., dict[str, Any]]) -> None:
    """A stack that is not there is bad input, in CloudFormation's own words."""
    answer = check(f"s3://{place.bucket}/{place.prefix}", "--same-as", "no-such-stack")
    assert answer["code"] == 2
    assert "no-such-stack" in answer["faults"][0]["value"]
