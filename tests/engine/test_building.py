"""Where the engine comes from, with a Go of ours that writes down what it is asked for."""

import re
import shutil
import threading
from pathlib import Path

import pytest

from tests.engine import building


class Go:
    """Answers `go version`, and builds a file or says why not."""

    def __init__(self, *, version: str = "go version go1.26.6 linux/amd64", fails: bool = False) -> None:
        self.version, self.fails = version, fails
        self.builds: list[list[str]] = []

    def __call__(self, command: list[str]) -> str:
        if command == ["go", "version"]:
            return self.version
        self.builds.append(command)
        Path(command[command.index("-o") + 1]).write_text("an engine")
        if self.fails:
            raise building.BuildFailed("cannot find module")
        return ""


def test_it_is_built_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time the file is there, and nothing is built or said."""
    go = Go()
    first = building.built(go, tmp_path)
    assert "minutes the first time" in capsys.readouterr().err
    assert building.built(go, tmp_path) == first
    assert first.read_text() == "an engine"
    assert capsys.readouterr().err == ""
    assert len(go.builds) == 1


def test_what_go_is_asked_for(tmp_path: Path) -> None:
    """Go may not change the module, and the engine says the version that go.mod names."""
    go = Go()
    building.built(go, tmp_path)
    version = re.findall(r"pulumi/(?:pkg|sdk)/v3 (v\S+)", (building.MODULE / "go.mod").read_text())
    assert len(set(version)) == 1
    assert go.builds[0][:6] == ["go", "build", "-mod=readonly", "-trimpath", "-tags", "osusergo,grpcnotrace"]
    assert go.builds[0][7].endswith(f"/common/version.Version={version[0]}")
    assert go.builds[0][-1] == building.COMMAND


def test_another_go_builds_anew(tmp_path: Path) -> None:
    """The folder is of all that goes into the engine, the version of Go among it."""
    assert building.built(Go(), tmp_path) != building.built(Go(version="go version go1.27"), tmp_path)


def test_two_at_once_build_once(tmp_path: Path) -> None:
    """Of two that want the engine at the same time one waits for the other."""
    go = Go()
    both = [threading.Thread(target=building.built, args=(go, tmp_path)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(go.builds) == 1


def test_a_failed_build_leaves_no_engine(tmp_path: Path) -> None:
    """Go's words are passed on, what it wrote is gone, and the next try builds again."""
    with pytest.raises(building.BuildFailed, match="cannot find module"):
        building.built(Go(fails=True), tmp_path)
    assert not list(tmp_path.glob("*/pulumi*"))
    assert building.built(Go(), tmp_path).exists()


def test_go_says_what_is_wrong() -> None:
    """The real Go's error is in the message."""
    if not shutil.which("go"):
        pytest.skip(building.NO_ENGINE)
    with pytest.raises(building.BuildFailed, match="no-such-flag"):
        building._go(["go", "build", "-no-such-flag"])


def test_the_ordinary_pulumi_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pulumi on PATH is the engine, whatever else there is."""
    ordinary = tmp_path / "pulumi"
    ordinary.write_text("#!/bin/sh\n")
    ordinary.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.engine() == ordinary


def test_without_pulumi_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                               capsys: pytest.CaptureFixture[str]) -> None:
    """The script says that there is no engine and that its tests will be skipped, and is no error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.main() == 0
    assert "will be skipped: there is neither a pulumi on PATH nor Go" in capsys.readouterr().err
