"""init --cloud azure: a file that plan accepts, and a Pulumi project around it."""

import re
from importlib.metadata import version

import pytest
import yaml

from conveyor_iac import Installation
from conveyor_iac.cli.init_azure import OWN, PLACES, QUESTIONS

GUID = "0a1b2c3d-0000-4000-8000-0000000000"
GIVEN = {"--tenant": "globex", "--region": "northeurope", "--entra-tenant": f"{GUID}11", "--subscription": f"{GUID}12",
         "--management-group": "theirs", "--connected-organization": f"{GUID}13", "--approvers": f"{GUID}14",
         "--log-subscription": f"{GUID}15", "--contact": "soc@globex.example",
         "--control-plane-account": "444455556666", "--control-plane-role": "planes",
         "--control-plane-region": "eu-central-1"}
FILES = [".gitignore", "Pulumi.globex.yaml", "Pulumi.yaml", "README.md", "__main__.py", "installation.yaml",
         "requirements.txt"]


@pytest.fixture
def file(tmp_path):
    """The file to be written."""
    return tmp_path / "x.yaml"


@pytest.fixture
def project(run, tmp_path):
    """A Pulumi project of the tenant globex."""
    folder = tmp_path / "mine"
    words = ["--yes", "--cloud", "azure", "--engine", "pulumi", folder, "--tenant", "globex"]
    assert run("init", *words).code == 0
    return folder


def options(given):
    return [word for option in given.items() for word in option]


def at(words, place):
    """The value of a dotted path."""
    for key in place.split("."):
        words = words[int(key)] if isinstance(words, list) else words[key]
    return words


def test_yes_then_plan(run, file):
    """With --yes every answer is a sample: said on stderr, marked in the file, which plan accepts as it is."""
    answer = run("init", "--yes", "--cloud", "azure", "-f", file)
    assert (answer.code, answer.out) == (0, "")
    assert all(f"{key}: the sample {sample} is taken" in answer.err for key, (_, sample) in QUESTIONS.items())
    marked = " ".join(line.lstrip("# ") for line in file.read_text().splitlines() if line.startswith("#"))
    assert f"Samples, put your own in their place: {', '.join(PLACES.values())}" in marked
    assert [at(yaml.safe_load(file.read_text()), place) for place in PLACES.values()] == [
        sample for _, sample in QUESTIONS.values()]
    planned = run("plan", "-f", file)
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.startswith("acme: shared deployment on azure")


def test_given(run, file):
    """What is given is written as given, nothing is asked, and no sample is marked."""
    answer = run("init", "--cloud", "azure", "-f", file, *options(GIVEN))
    words = yaml.safe_load(file.read_text())
    assert (answer.code, answer.out) == (0, "")
    assert "sample" not in answer.err + file.read_text().lower()
    assert [at(words, PLACES[option.removeprefix("--").replace("-", "_")]) for option in GIVEN] == list(GIVEN.values())
    assert run("plan", "-f", file).code == 0


def test_no_external_id(run, file):
    """A data plane on Azure has no external id: the file does not speak of one."""
    run("init", "--yes", "--cloud", "azure", "-f", file)
    assert "external" not in file.read_text()


def test_asks_what_it_must(real, file):
    """Without --yes each question is asked once, on stderr, and the answers are what is written."""
    answer = real("init", "--cloud", "azure", "-f", file, cwd=file.parent, typed="\n".join(GIVEN.values()) + "\n")
    assert (answer.code, answer.out.strip()) == (0, "")
    assert all(answer.err.count(question) == 1 for question, _ in QUESTIONS.values())
    assert Installation.load(file).azure.management_group == "theirs"


def test_no_terminal(real, file):
    """With nobody to ask and no --yes the missing answer is wrong input, and nothing is written."""
    rest = {key: value for key, value in GIVEN.items() if key != "--log-subscription"}
    answer = real("init", "--cloud", "azure", "-f", file, *options(rest), cwd=file.parent)
    assert (answer.code, answer.out) == (2, "")
    assert "error: --log-subscription: (no answer): " in answer.err
    assert not file.exists()


def test_bad_answers(run, file):
    """Bad answers are refused all at once, together with what does not go with Azure; nothing is written."""
    answer = run("init", "--yes", "--cloud", "azure", "-f", file, "--tenant", "A-1", "--region", "mars", "--contact",
                 "nobody", "--approvers", "them", "--deployment", "private", "--account", "222222222222",
                 "--control-plane-region", "westeurope")
    assert answer.code == 2
    assert [line.split(": ")[1] for line in answer.err.splitlines() if line.startswith("error: ")] == [
        "--account", "azure.access.approval.0.approvers.0", "azure.control_plane.region",
        "azure.guardrails.contacts.0", "deployment", "region", "tenant"]
    assert not file.exists()


@pytest.mark.parametrize(("words", "path", "way_out"), [
    (["--deployment", "dedicated"], "deployment", "Write deployment: shared, or cloud: aws"),
    (["--engine", "cdk", "mine"], "--engine", "Take --engine pulumi"),
    (["--account", "222222222222"], "--account", "Leave it out")])
@pytest.mark.parametrize("yes", [True, False])
def test_refused_before_asking(real, tmp_path, words, path, way_out, yes):
    """What Azure does not have is refused with the way out before anything is asked, and nothing is written."""
    answer = real("init", "--cloud", "azure", *words, *(["--yes"] if yes else []), cwd=tmp_path)
    (line,) = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert answer.code == 2
    assert line.startswith(f"error: {path}: ")
    assert way_out in line
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", OWN)
def test_options_of_azure_elsewhere(run, file, key):
    """An option of Azure's own is refused for AWS, where it would mean nothing."""
    answer = run("init", "--yes", "-f", file, f"--{key.replace('_', '-')}", "x")
    assert answer.code == 2
    assert f"error: --{key.replace('_', '-')}: 'x': only --cloud azure has it" in answer.err
    assert not file.exists()


def test_from_sheet(run, file, tmp_path):
    """Of the vendor's sheet the tenant and the control plane are taken; its region and principals are AWS's own."""
    (tmp_path / "sheet.yaml").write_text(yaml.safe_dump({
        "tenant": "umbrella", "region": "us-west-2", "principals": ["arn:aws:iam::444455556666:root"],
        "control_plane": {"account": "444455556666", "role": "theirs"}}))
    answer = run("init", "--yes", "--cloud", "azure", "-f", file, "--from", tmp_path / "sheet.yaml")
    wanted = Installation.load(file)
    assert answer.code == 0
    assert (wanted.tenant, wanted.region, wanted.control_plane.role) == ("umbrella", "westeurope", "theirs")
    assert "region: us-west-2 of the sheet is not taken" in answer.err
    assert "principals: not written" in answer.err


def test_project_files(project):
    """The project is these files, no mark in them is left, and the package is pinned with the extra for Azure."""
    assert sorted(file.name for file in project.iterdir()) == FILES
    assert not re.search(r"@\w+@", "".join(file.read_text() for file in project.iterdir()))
    assert (project / "requirements.txt").read_text() == f"conveyor-iac[azure]=={version('conveyor-iac')}\n"
    assert Installation.load(project / "installation.yaml").cloud == "azure"


def test_project_program(project):
    """The program is small and makes the component of Azure, in the file's subscription."""
    program = (project / "__main__.py").read_text()
    compile(program, "__main__.py", "exec")
    assert len(program.splitlines()) < 15
    assert "from conveyor_iac.pulumi.azure import AzureDeployment" in program
    assert "in_subscription(words)" in program


def test_project_readme(project):
    """The README sets up, signs in, deploys and removes the stack whose settings are there, without an external id."""
    readme = (project / "README.md").read_text()
    shown = [line for line in re.search(r"```sh\n(.*?)```", readme, re.DOTALL)[1].splitlines()
             if line and not line.startswith("#")]
    assert [" ".join(line.split()[:2]) for line in shown[1:]] == [
        "pulumi stack", "az login", "pulumi up", "pulumi config", "pulumi up", "pulumi destroy"]
    assert all("globex" in line for line in shown if line.startswith("pulumi"))
    assert "external" not in "".join(file.read_text() for file in project.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_never_overwrites(run, tmp_path, tree, name):
    """When one of the project's files is there, it is named, stays as it is, and no other file is written."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    answer = run("init", "--yes", "--cloud", "azure", "--engine", "pulumi", folder, "--tenant", "globex")
    assert answer.code == 2
    assert f"error: {folder / name}: exists already" in answer.err
    assert tree(folder) == {name: b"mine"}
