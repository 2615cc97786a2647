"""What `try` needs: without it, one clear line each, exit 2, before anything is started."""

import json

import pytest


@pytest.fixture
def tools(tmp_path):
    """Makes a folder with a CDK CLI whose package.json has this content."""

    def make(content):
        package = tmp_path / "tools" / "node_modules" / "aws-cdk" / "package.json"
        package.parent.mkdir(parents=True)
        package.write_text(content)
        return tmp_path / "tools"

    return make


def one_fault(answer):
    """The one line that is said, by a run that stopped for wrong input before it started anything."""
    assert "Traceback" not in answer.err
    assert (answer.code, answer.out) == (2, "")
    (line,) = [line for line in answer.err.splitlines() if not line.startswith(("[", "Synthesizing"))]
    return line


@pytest.mark.parametrize("words", [["try", "-f", "conveyor.yaml"], ["synth", "-f", "conveyor.yaml"],
                                   ["templates", "--check"]], ids=lambda words: words[0])
def test_without_node(real, root, written, tmp_path, words):
    """Without Node on the PATH the line says that Node is needed, and which."""
    written()
    (tmp_path / "bin").mkdir()
    tools = ["--tools", root] if words[0] == "try" else []
    line = one_fault(real(*words, *tools, cwd=tmp_path, PATH=str(tmp_path / "bin")))
    assert line.startswith("error: node: not found on PATH: ")
    assert "Install Node 20 or newer" in line
    assert not (tmp_path / "cdk.out").exists()


def test_without_the_cdk_cli(real, root, written, tmp_path):
    """Without the CDK CLI the line says where it was looked for and how to install the pinned one."""
    pinned = json.loads((root / "package.json").read_text())["devDependencies"]["aws-cdk"]
    line = one_fault(real("try", "-f", written(), cwd=tmp_path))
    assert line.startswith("error: aws-cdk: not installed in .: ")
    assert f"npm install --save-dev aws-cdk@{pinned}" in line


@pytest.mark.parametrize(("content", "shown"), [('{"version": "3.0.0"}', "3.0.0"), ('{"version": "2.1148.10"}', "2.1"),
                                                ("{}", ""), ("{", ""), ("[]", "")])
def test_wrong_cdk_cli(real, root, written, tmp_path, tools, content, shown):
    """Another version of the CDK CLI, or a broken one, is refused by name with the version that is wanted."""
    line = one_fault(real("try", "-f", written(), "--tools", tools(content), cwd=tmp_path))
    assert line.startswith(f"error: aws-cdk: {shown}")
    assert "exactly 2.1148.1." in line


def test_wrong_ministack(real, root, written, tmp_path):
    """Another version of ministack is refused: the embedded AWS reaches into its private modules."""
    metadata = tmp_path / "site" / "ministack-9.9.9.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n")
    line = one_fault(real("try", "-f", written(), "--tools", root, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site")))
    assert line.startswith("error: ministack: 9.9.9: exactly 1.5.33. ")
    assert "pip install" in line
