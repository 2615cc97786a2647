"""--help: every command says what it does and shows an example that works."""

import re
import shlex
from importlib.metadata import version

import pytest
import typer

from conveyor_iac.cli import app

COMMANDS = ("init", "plan", "synth", "templates", "verify", "diff", "try", "doctor", "connections", "handover",
            "report", "rollout", "publish", "withdraw", "verify-release")


def examples(help_text):
    """The commands of the example under a help text, whose lines may be broken anywhere."""
    shown = re.search(r"(?:Example|Start with): (.+)", " ".join(help_text.split()))
    return [shlex.split(part) for part in shown[1].split("&&")] if shown else []


def test_commands(run):
    """The commands are these, each with a line that says what it does."""
    answer = run("--help")
    listed = re.findall(r"^  ([\w-]+)  +([A-Z].+)", answer.out.partition("Commands:")[2], re.MULTILINE)
    assert answer.code == 0
    assert tuple(name for name, _ in listed) == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_examples(run, root, command):
    """Every help ends with an example of our own command, whose commands, options and files are real."""
    answer = run(*filter(None, [command]), "--help")
    shown = [words for words in examples(answer.out) if words[0] == "conveyor-iac"]
    assert answer.code == 0
    assert shown
    assert not command or command in [words[1] for words in shown]
    for _, name, *words in shown:
        known = typer.main.get_command(app).commands[name]
        known.make_context(name, list(words))
        assert [word for word in words if word.startswith("examples/") and not (root / word).is_file()] == []


@pytest.mark.parametrize("words", [["--fil", "x"], ["x", "--purpose"], ["--profil", "app"]])
def test_examples_would_be_refused(words):
    """An example with an option that does not exist would be noticed."""
    with pytest.raises(Exception, match="No such option"):
        typer.main.get_command(app).commands["try"].make_context("try", list(words))


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_explained(command):
    """Every option and argument of every command says what it is for."""
    for option in typer.main.get_command(app).commands[command].params:
        assert option.help, f"{command} {option.name}"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "init"])
def test_json(run, command):
    """Every command that prints takes --json."""
    assert "--json" in run(command, "--help").out


def test_version(run):
    """--version prints the version of the installed package and nothing else."""
    answer = run("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"{version('conveyor-iac')}\n", "")


def test_no_words(run):
    """Without any words the help is shown, and it counts as wrong input."""
    answer = run()
    assert answer.code == 2
    assert "Usage:" in answer.out + answer.err


@pytest.mark.parametrize("words", [["plam"], ["plan"], ["plan", "-f", "x", "--jsn"], ["init", "--engine", "cdkk", "x"]])
def test_wrong_words(real, tmp_path, words):
    """A command or option that does not exist, or is missing, is wrong input: exit 2, help, no traceback."""
    answer = real(*words, cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert "--help" in answer.err
