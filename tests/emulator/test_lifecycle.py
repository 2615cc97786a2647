"""The life of the server: born in its own home, alone on its port, gone without a trace."""

import os
import signal
import socket
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from conveyor_iac.emulator import LocalAws, StartFailed
from conveyor_iac.errors import InputError


def alive(pid):
    """Whether a process of this id runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(condition, seconds=10.0):
    """Whether the condition becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_two_side_by_side():
    """Two run at once on their own ports, each with a state of its own."""
    with LocalAws.start() as one, LocalAws.start(account="333333333333") as other:
        assert one.endpoint != other.endpoint
        one.client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert [len(a.client("s3").list_buckets()["Buckets"]) for a in (one, other)] == [1, 0]
        assert other.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::333333333333:root"


def test_nothing_is_left_after_stop():
    """Stop removes the process, the home and the listener; a second stop does nothing."""
    aws = LocalAws.start()
    pid, home, port = aws._server.pid, aws._server.home, int(aws.endpoint.rsplit(":", 1)[1])
    assert alive(pid)
    assert home.is_dir()
    aws.stop()
    aws.stop()
    assert not alive(pid)
    assert not home.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_all_files_lie_in_the_home(running):
    """The server's temporary files and state go into its home, and the port is the loopback's only."""
    process = Path(f"/proc/{running._server.pid}/environ").read_bytes().decode().split("\0")
    environment = dict(entry.split("=", 1) for entry in process if "=" in entry)
    home = str(running._server.home)
    assert all(environment[name].startswith(home) for name in ("HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"))
    assert not any(name.startswith("AWS_") for name in environment)
    port = int(running.endpoint.rsplit(":", 1)[1])
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_dies_with_its_parent(end):
    """When the parent is killed, the child goes within seconds and takes its home with it."""
    program = ("import sys, time; from conveyor_iac.emulator import LocalAws; a = LocalAws.start();"
               "print(a._server.pid, a._server.home, flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}) as parent:
        pid, home = parent.stdout.readline().split()
        assert alive(int(pid))
        parent.send_signal(end)
        parent.wait()
        assert gone(lambda: not alive(int(pid)))
        assert gone(lambda: not Path(home).exists())


def test_ctrl_c_reaches_the_parent_only():
    """The child runs in a session of its own and ignores SIGINT; leaving the block stops it."""
    def interrupted():
        with LocalAws.start() as aws:
            pids.append(aws._server.pid)
            assert os.getsid(pids[0]) == pids[0]
            os.kill(pids[0], signal.SIGINT)
            aws.client("sts").get_caller_identity()
            raise KeyboardInterrupt

    pids = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not alive(pids[0])


@pytest.mark.parametrize("found", ["1.5.34", None])
def test_another_version_is_refused(monkeypatch, found):
    """Any other ministack, or none, is one InputError with the way out, before anything starts."""
    def version(_):
        if found is None:
            raise metadata.PackageNotFoundError
        return found

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(InputError) as caught:
        LocalAws.start()
    (fault,) = caught.value.faults
    assert (fault.path, fault.value) == ("ministack", found or "not installed")
    assert (fault.rule, fault.way_out) == ("exactly 1.5.33", "pip install 'conveyor-iac[emulator]'")


def test_a_failed_start_shows_the_log(monkeypatch, tmp_path):
    """A child that ends while starting raises with the tail of its log, and leaves no home."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    (tmp_path / "broken" / "hypercorn").mkdir(parents=True)
    (tmp_path / "broken" / "hypercorn" / "__init__.py").write_text("raise ImportError('no server today')")
    with pytest.raises(StartFailed, match="no server today"):
        LocalAws.start()
    assert [each.name for each in tmp_path.iterdir()] == ["broken"]


def test_environment_for_command_lines(running, monkeypatch):
    """It is complete, carries nothing of the user's own AWS settings, and its folders lie in the home."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "CDK_DEFAULT_ACCOUNT"):
        monkeypatch.setenv(name, "mine")
    found = running.env(account="333333333333", region="us-east-1")
    assert not [name for name, value in found.items() if value == "mine"]
    assert found["PATH"] == os.environ["PATH"]
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_REGION"], found["AWS_DEFAULT_REGION"]) == (
        "333333333333", "us-east-1", "us-east-1")
    assert found["AWS_ENDPOINT_URL"] == running.endpoint
    assert found["AWS_EC2_METADATA_DISABLED"] == "true"
    assert not any(Path(found[name]).exists() for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"))
    assert all(found[name].startswith(str(running._server.home)) for name in ("CDK_HOME", "TMPDIR"))


def test_clients_ignore_the_users_settings(running, monkeypatch):
    """A profile, a proxy or an endpoint in the user's environment does not reach a client."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert running.client("sts", account="444444444444").get_caller_identity()["Account"] == "444444444444"


def test_reset_empties_every_account(aws):
    """After a reset no account has anything, and helper users are made anew."""
    accounts = ("222222222222", "111122223333")
    for account in accounts:
        aws.make_role(account, "r", allow=["s3:*"])
        assert aws.session_of(account, "r")
    aws.reset()
    assert [aws.client("iam", account).list_roles()["Roles"] for account in accounts] == [[], []]
    aws.make_role("222222222222", "r")
    assert aws.session_of("222222222222", "r")
