"""diff: what a new template may do that an old one could not, in words and as JSON; what bad input gets."""

import contextlib
import functools
import hashlib
import http.server
import io
import json
import threading

import pytest

from conveyor_iac.publishing.release import INDEX, SUMS, Release

INSTALLER = "templates/installer-role.template.json"
SECRET = "S3cret-in-this-test-only"
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}}]}


def role(*actions, **properties):
    """A template of one role that may do these actions to all buckets."""
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "own", "PolicyDocument": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}}],
        **properties}}}}


NARROW, WIDE = role("s3:GetObject"), role("s3:GetObject", "s3:DeleteObject")
SMALL = {"Parameters": {"Size": {"Type": "String", "AllowedValues": ["a"]}}, "Resources": {
    "Topic": {"Type": "AWS::SNS::Topic"}}}
LARGE = {**SMALL, "Parameters": {"Size": {"Type": "String", "AllowedValues": ["a", "b"]}, "New": {"Type": "String"}}}
OPEN = {**SMALL, "Resources": {**SMALL["Resources"], "Thing": {"Type": "AWS::Lambda::Function"}}}


@pytest.fixture
def made(tmp_path):
    """Writes a template or any text, and gives its path."""
    def made(value, name="made.template.json"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, bytes):
            file.write_bytes(value)
        else:
            file.write_text(value if isinstance(value, str) else json.dumps(value))
        return file
    return made


@pytest.fixture
def releases(tmp_path):
    """A folder of two releases with their index; the second one takes more of a parameter."""
    rows = []
    for version, template in (("1.1.0", LARGE), ("1.0.0", SMALL)):
        release = Release(version=version, files={"thing.template.json": json.dumps(template).encode()})
        folder = tmp_path / "releases" / version
        folder.mkdir(parents=True)
        for name, content in {**release.files, SUMS: release.sums}.items():
            (folder / name).write_bytes(content)
        rows.append({"version": version, "published": "2026-11-22T10:00:00Z", "compared_with": None, "backport": False,
                     "sha256sums": hashlib.sha256(release.sums).hexdigest(), "key": "0123456789ABCDEF",
                     "verdict": None, "withdrawn": None})
    (tmp_path / "releases" / INDEX).write_text(json.dumps({"schema": 1, "latest": "1.1.0", "versions": rows}))
    return tmp_path / "releases"


@contextlib.contextmanager
def served(folder):
    """A web server of a folder; gives its URL."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Nothing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_same(run, root):
    """A template is equal to itself, and every --fail-on lets it pass."""
    for word in ("broader", "narrower", "incomparable", "different"):
        answer = run("diff", root / INSTALLER, root / INSTALLER, "--fail-on", word)
        assert answer.code == 0
        assert answer.out.rstrip().endswith("1 template: equal")


def test_broader(run, made):
    """What the new template may do more is shown with a request, verdict first; the other way round it is narrower."""
    old, new = made(NARROW, "old.json"), made(WIDE, "new.json")
    answer = run("diff", old, new)
    assert answer.code == 0
    assert answer.out.splitlines()[0] == f"{old} -> {new}"
    assert answer.out.splitlines()[1].startswith("broader: ")
    assert "eventName: DeleteObject" in answer.out
    assert "may do now what it could not:" in answer.out
    back = run("diff", new, old)
    assert "narrower: " in back.out
    assert "may no longer do what it could:" in back.out


@pytest.mark.parametrize(("old", "new", "codes"), [
    (SMALL, LARGE, {"broader": 1, "narrower": 0, "incomparable": 0, "different": 1}),
    (LARGE, SMALL, {"broader": 0, "narrower": 1, "incomparable": 0, "different": 1}),
    (SMALL, OPEN, {"broader": 1, "narrower": 0, "incomparable": 0, "different": 1}),
    (OPEN, {**OPEN, "Resources": {**OPEN["Resources"], "Thing": {"Type": "AWS::Lambda::Function", "Properties": {
        "Role": "r"}}}},
     {"broader": 1, "narrower": 1, "incomparable": 1, "different": 1}),
])
def test_fail_on(run, made, old, new, codes):
    """--fail-on ends with 1 when the answer is that or may be: what is undecided never passes."""
    files = made(old, "old.json"), made(new, "new.json")
    assert run("diff", *files).code == 0
    for word, code in codes.items():
        answer = run("diff", *files, "--fail-on", word)
        assert answer.code == code, word
        assert (f"--fail-on {word}: " in answer.err) is bool(code)


def test_json(run, made):
    """--json prints the whole comparison, and nothing else on stdout."""
    answer = json.loads(run("diff", made(SMALL, "old.json"), made(LARGE, "new.json"), "--json").out)
    assert list(answer) == ["verdict", "more", "less", "templates"]
    assert (answer["verdict"], answer["more"], answer["less"]) == ("broader", "refuted", "proved")
    template, = answer["templates"]
    assert list(template) == ["template", "state", "verdict", "more", "less", "sha256", "subjects", "resources",
                              "parameters", "notes"]
    assert template["template"] == "new"
    assert template["subjects"] == [{"kind": "parameter", "subject": "Size", "verdict": "broader", "more": "refuted",
                                     "less": "proved", "may_now": {"parameter": "Size", "value": "b"},
                                     "may_no_longer": None, "notes": []}]
    assert [row["needs_value"] for row in template["parameters"]] == [False, True]


def test_folders(run, made, tmp_path):
    """Folders are compared template by template, by name; one without a counterpart is added or removed."""
    for name, body in {"old/a": SMALL, "old/b": SMALL, "new/a": LARGE, "new/c": SMALL}.items():
        made(body, f"{name}.template.json")
    made("no template", "old/readme.md")
    answer = json.loads(run("diff", tmp_path / "old", tmp_path / "new", "--json").out)
    assert {each["template"]: each["state"] for each in answer["templates"]} == {
        "a": "compared", "b": "removed", "c": "added"}


def test_versions(run, releases):
    """A version is read where --at says, as a folder or a URL; the folder of all releases is the latest one."""
    told = json.loads(run("diff", "1.0.0", "1.1.0", "--at", releases, "--json").out)
    assert told["verdict"] == "broader"
    with served(releases) as url:
        assert json.loads(run("diff", "1.0.0", f"{url}/1.1.0", "--at", url, "--json").out) == told
        assert json.loads(run("diff", f"{url}/1.0.0/thing.template.json", releases, "--json").out) == told
    assert run("diff", releases / "1.0.0", releases, "--fail-on", "broader").code == 1


def test_one_file_of_a_release(run, made, releases):
    """One file is compared with the template of its name in a release."""
    answer = run("diff", "1.0.0", made(SMALL, "thing.template.json"), "--at", releases)
    assert "1 template: equal" in answer.out
    answer = run("diff", "1.0.0", made(SMALL, "other.template.json"), "--at", releases)
    assert answer.code == 2
    assert "Known there: thing" in answer.err


def test_added_template(run, made, tmp_path):
    """A template that is new may do all that it says; one that is gone may do nothing any more."""
    made(SMALL, "old/a.template.json")
    made(SMALL, "new/a.template.json")
    made(NARROW, "new/b.template.json")
    answer = json.loads(run("diff", tmp_path / "old", tmp_path / "new", "--json").out)
    assert (answer["more"], answer["less"]) == ("refuted", "proved")
    back = json.loads(run("diff", tmp_path / "new", tmp_path / "old", "--json").out)
    assert (back["more"], back["less"]) == ("proved", "refuted")


def test_tampered(run, releases):
    """A file of a release that is other than its digest says is refused."""
    (releases / "1.1.0" / "thing.template.json").write_text(json.dumps(SMALL))
    answer = run("diff", "1.0.0", "1.1.0", "--at", releases)
    assert answer.code == 2
    assert "sha256" in answer.err


BAD = {
    "no such file": (("no-such.json", "templates"), "not there"),
    "no such folder in a URL": (("nowhere://x", "templates"), "cannot be opened"),
    "a version without its place": (("1.0.0", "templates"), "--at"),
    "a time limit of nothing": (("templates", "templates", "--timeout", "0"), "--timeout"),
    "standard input twice": (("-", "-"), "named twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(run, root, monkeypatch, name):
    """What cannot be read is refused with one clear line."""
    monkeypatch.chdir(root)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    words, told = BAD[name]
    answer = run("diff", *words)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_all_faults(run, made, tmp_path):
    """Faults of both sides are told at once, and a policy that IAM would refuse is one."""
    answer = run("diff", made("{", "old.json"), made(b"\xff", "new.json"))
    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 3
    wrong = role("s3:GetObject")
    wrong["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "Alow"
    answer = run("diff", made(wrong, "old.json"), made(NARROW, "new.json"), "--json")
    assert answer.code == 2
    assert "Effect" in json.loads(answer.out)["error"]
    (tmp_path / "empty").mkdir()
    assert run("diff", tmp_path / "empty", made(NARROW, "new.json")).code == 2


def test_no_secret(run, made):
    """An external id that is written out, and the default of a hidden parameter, are not shown."""
    def trusting(condition):
        body = role("s3:GetObject")
        body["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": [
            {**TRUST["Statement"][0], **condition}]}
        return {"Parameters": {"Word": {"Type": "String", "NoEcho": True, "Default": SECRET}}, **body}
    told = {"Condition": {"StringEquals": {"sts:ExternalId": SECRET}}}
    meant = {"Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "Word"}}}}
    for old, new in ((told, {}), ({}, told), (meant, {}), (told, meant)):
        for more in ((), ("--json",)):
            answer = run("diff", made(trusting(old), "old.json"), made(trusting(new), "new.json"), *more)
            assert answer.code == 0
            assert SECRET not in answer.out + answer.err
