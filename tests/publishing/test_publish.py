"""Publishing against the embedded AWS: what is there afterwards, what is refused before anything is written."""

import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from conveyor_iac.errors import AnswerIsNo, InputError
from conveyor_iac.publishing.making import made
from conveyor_iac.publishing.publish import read_index
from conveyor_iac.publishing.withdraw import withdraw
from tests.publishing.conftest import Place
from tests.publishing.counting import counted, writes
from tests.publishing.small import NOW, Key, plan, prove, published, sources, whole

pytestmark = pytest.mark.usefixtures("few_packages")
FILES = ["SHA256SUMS", "SHA256SUMS.minisig", "diff.json", "index.html", "proofs/role.proof.json",
         "release-notes.md", "release.json", "role.template.json", "sbom.cdx.json", "schemas/installation.schema.json"]
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def versions(place: Place) -> list[str]:
    """The versions that the index names."""
    return [row["version"] for row in place.index()["versions"]]


def test_first_release(place: Place) -> None:
    """Everything of a release is there, signed and whole, and the index names it as the latest."""
    done = published(place.store(), "1.0.0")
    content = place.content()
    assert sorted(content) == [*(f"1.0.0/{name}" for name in FILES), "versions.json"]
    assert whole(content).latest == "1.0.0"
    assert place.index()["versions"] == [{
        "version": "1.0.0", "published": "2026-11-22T10:00:00Z",
        "sha256sums": sha256(content["1.0.0/SHA256SUMS"]).hexdigest(), "key": Key().public.name, "compared_with": None,
        "verdict": None, "backport": False, "withdrawn": None}]
    assert {row.name: (row.size, row.sha256) for row in done.objects} == {
        name: (len(body), sha256(body).hexdigest()) for name, body in content.items()}
    assert not any(row.was_there for row in done.objects)
    assert (done.already, done.latest, done.compared_with, done.withdrawn) == (False, "1.0.0", None, None)


def test_what_release_json_says(place: Place) -> None:
    """release.json says what made it, what was proved and what it was compared with."""
    published(place.store(), "1.0.0")
    published(place.store(), "1.1.0", "read")
    about = json.loads(place.content()["1.1.0/release.json"])
    assert (about["version"], about["compared_with"], about["verdict"]) == ("1.1.0", "1.0.0", "narrower")
    assert about["made_by"].keys() == {"conveyor-iac"}
    template = sources(("read",))["role.template.json"]
    assert about["templates"] == {"role": {"sha256": sha256(template).hexdigest(), "bytes": len(template),
                                           "proved": ["iam.closure"]}}
    diff = json.loads(place.content()["1.1.0/diff.json"])
    assert diff["compared_with"] == "1.0.0"
    assert diff["comparison"]["verdict"] == "narrower"


def test_again(place: Place) -> None:
    """Publishing the same again writes nothing, and the index stays the same bytes with the same time."""
    published(place.store(), "1.0.0")
    before = place.content()
    store = place.own_store()
    calls = counted(store)
    done = published(store, "1.0.0", now=LATER)
    assert calls
    assert not writes(calls)
    assert place.content() == before
    assert done.already
    assert all(row.was_there for row in done.objects)


def test_again_later(place: Place) -> None:
    """Publishing an older version again is nothing, too, though it could not be compared with the newest."""
    for version, powers in (("1.0.0", ("read",)), ("1.1.0", ("read",)), ("2.0.0", ("read", "write"))):
        published(place.store(), version, *powers)
    before = place.content()
    assert published(place.store(), "1.1.0", "read", now=LATER).already
    withdraw("1.0.0", "bad", store=place.store(), clock=lambda: LATER)
    assert published(place.store(), "1.1.0", "read").already
    assert {name: body for name, body in place.content().items() if "/" in name} == {
        name: body for name, body in before.items() if "/" in name}


def test_other_bytes(place: Place) -> None:
    """Other bytes for a version that is there are refused, and name what differs; nothing is written."""
    published(place.store(), "1.0.0")
    before, store = place.content(), place.own_store()
    calls = counted(store)
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0 is there already, with other bytes \(.*role\.template\.json.*\): a"
                                         r" release never changes\. Publish these as a new version"):
        published(store, "1.0.0", "read")
    assert not writes(calls)
    assert place.content() == before


@pytest.mark.parametrize("bound", [b"", b"\xff\n", b"0" * 64 + b"  ../x\n"])
def test_digests_that_are_none(place: Place, bound: bytes) -> None:
    """What somebody put in the place of SHA256SUMS of a new version is other bytes, whatever it is."""
    place.put("1.0.0/SHA256SUMS", bound)
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0 is there already, with other bytes \(SHA256SUMS\)"):
        published(place.store(), "1.0.0")
    assert list(place.content()) == ["1.0.0/SHA256SUMS"]


def test_other_key(place: Place) -> None:
    """The same bytes signed with another key are refused: the signature is part of the release."""
    published(place.store(), "1.0.0")
    with pytest.raises(AnswerIsNo, match="made with another key"):
        published(place.store(), "1.0.0", seed=2)
    whole(place.content())
    place.delete("1.0.0/SHA256SUMS.minisig")
    with pytest.raises(AnswerIsNo, match="made with another key"):
        published(place.store(), "1.0.0", seed=2)
    published(place.store(), "1.0.0")
    whole(place.content())


@pytest.mark.parametrize(("version", "powers", "said"), [
    ("1.1.0", ("read", "write", "admin"), r"1\.1\.0 may do more than 1\.0\.0 \(role; `conveyor-iac diff` shows a"
     r" request for each\): a broader release must be a major version\. Publish it as 2\.0\.0 or above"),
    ("1.0.1", ("read", "unclear"), r"1\.0\.1 is not proved to do no more than 1\.0\.0 \(role"),
    ("1.1.0", ("admin",), "a broader release must be a major version"),
])
def test_broader(place: Place, version: str, powers: tuple[str, ...], said: str) -> None:
    """A release that may do more, or may be it does, is a major version or none; nothing is written."""
    published(place.store(), "1.0.0")
    before = place.content()
    with pytest.raises(AnswerIsNo, match=said):
        published(place.store(), version, *powers)
    assert place.content() == before
    assert published(place.store(), "2.0.0-rc.1", *powers).verdict in ("broader", "incomparable", "undecided")
    assert published(place.store(), "2.0.0", *powers).compared_with == "1.0.0"


def test_compared_with(place: Place) -> None:
    """A version is compared with the nearest below it that is neither withdrawn nor a pre-release, also a backport."""
    for version, powers in (("1.0.0", ("read",)), ("2.0.0", ("read", "write")), ("3.0.0-rc.1", ("read",))):
        published(place.store(), version, *powers)
    with pytest.raises(AnswerIsNo, match="a broader release must be a major version"):
        published(place.store(), "1.0.1", "read", "write", backport=True)
    assert published(place.store(), "1.0.1", "read", backport=True).compared_with == "1.0.0"
    assert published(place.store(), "3.0.0", "read").compared_with == "2.0.0"
    withdraw("2.0.0", "bad", store=place.store(), clock=lambda: NOW)
    withdraw("3.0.0", "bad", store=place.store(), clock=lambda: NOW)
    assert published(place.store(), "3.0.1", "read").compared_with == "1.0.1"
    assert [row["backport"] for row in place.index()["versions"]] == [False, False, False, False, True, False]


def test_all_withdrawn(place: Place) -> None:
    """Where every earlier version is withdrawn, the nearest of them is what a release is compared with."""
    published(place.store(), "1.0.0", "read")
    withdraw("1.0.0", "bad", store=place.store(), clock=lambda: NOW)
    with pytest.raises(AnswerIsNo, match=r"1\.0\.1 may do more than 1\.0\.0"):
        published(place.store(), "1.0.1", "read", "write")
    assert published(place.store(), "1.0.1", "read").compared_with == "1.0.0"


def test_below_the_newest(place: Place) -> None:
    """A version below the newest is refused but as a backport, and a backport is one; nothing is written."""
    published(place.store(), "1.0.0")
    published(place.store(), "1.2.0")
    before = place.content()
    with pytest.raises(InputError, match=r"--version: 1\.1\.0: not below the newest, which is 1\.2\.0\. Give a higher"):
        published(place.store(), "1.1.0")
    with pytest.raises(InputError, match=r"--backport: 1\.3\.0: a version below the newest, which is 1\.2\.0"):
        published(place.store(), "1.3.0", backport=True)
    with pytest.raises(InputError, match="a semantic version"):
        published(place.store(), "latest")
    assert place.content() == before
    assert published(place.store(), "1.1.0", backport=True).latest == "1.2.0"
    assert versions(place) == ["1.2.0", "1.1.0", "1.0.0"]


def test_not_proved(place: Place) -> None:
    """A template with a claim that is not proved, or that nothing was asked of, is not published, and is named."""
    with pytest.raises(AnswerIsNo, match=r"not proved: role: iam\.closure is refuted"):
        published(place.store(), "1.0.0", "everything")
    claims = [{"id": "iam.closure", "verdict": "undecided"}, {"id": "other", "verdict": "proved"}]
    with pytest.raises(AnswerIsNo, match=r"not proved: role: iam\.closure is undecided"):
        made("1.0.0", sources, lambda _: {"role": {"claims": claims}})
    for report in ({}, {"role": {"claims": []}}):
        with pytest.raises(AnswerIsNo, match="role: nothing was asked of it"):
            made("1.0.0", sources, lambda _, report=report: report)
    with pytest.raises(AnswerIsNo, match="there is no template"):
        made("1.0.0", dict, prove)
    assert place.content() == {}


def test_order_of_the_law(place: Place) -> None:
    """SHA256SUMS is written first, then the files, then the signature, and the index last, after all was read back."""
    store = place.own_store()
    calls = counted(store)
    published(store, "1.0.0")
    put = [call.removeprefix("PUT ") for call in writes(calls)]
    assert (put[0], put[-2], put[-1]) == ("1.0.0/SHA256SUMS", "1.0.0/SHA256SUMS.minisig", "versions.json")
    assert sorted(put) == [*(f"1.0.0/{name}" for name in FILES), "versions.json"]
    between = calls[calls.index("PUT 1.0.0/SHA256SUMS.minisig"):-1]
    assert sorted(between[1:]) == [f"GET 1.0.0/{name}" for name in FILES]
    assert calls[-1] == "PUT versions.json"


def test_cheap_rules_first(place: Place) -> None:
    """What the index alone forbids is refused before anything is synthesized or proved."""
    published(place.store(), "1.0.0")
    with pytest.raises(InputError, match="not below the newest"):
        published(place.store(), "0.9.0", progress=lambda said: pytest.fail(said))


@pytest.mark.parametrize("name", ["role.template.json", "SHA256SUMS.minisig", "SHA256SUMS"])
def test_tampered_at_read_back(place: Place, name: str) -> None:
    """What somebody changes before it is read back is found, and the index is left as it is."""
    store = place.own_store()

    def after(_: int, call: str) -> None:
        if call == "PUT 1.0.0/SHA256SUMS.minisig":
            place.put(f"1.0.0/{name}", b"tampered")
    counted(store, after=after)
    with pytest.raises(AnswerIsNo, match=f"what is there is not what was written: 1.0.0/{name}. Somebody else"):
        published(store, "1.0.0")
    assert place.index() is None


def test_tampered_before(place: Place) -> None:
    """A release that was tampered with is not published again, and nothing is compared with it."""
    published(place.store(), "1.0.0")
    place.put("1.0.0/role.template.json", b'{"Powers": ["read", "write", "admin"]}')
    with pytest.raises(AnswerIsNo, match=r"role\.template\.json is there already, with other bytes"):
        published(place.store(), "1.0.0")
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0: role\.template\.json: not what was published"):
        published(place.store(), "1.1.0", "read", "write", "admin")
    place.put("1.0.0/SHA256SUMS", b"")
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0: SHA256SUMS: not what was published"):
        published(place.store(), "1.1.0")
    assert versions(place) == ["1.0.0"]


def test_compared_with_what_was_signed(place: Place) -> None:
    """Who writes to the bucket without a key cannot choose what a release is compared with."""
    published(place.store(), "0.9.0", "read", "admin")
    wide = place.content()
    published(place.store(), "1.0.0", "read")
    for name in ("role.template.json", "SHA256SUMS", "SHA256SUMS.minisig"):
        place.put(f"1.0.0/{name}", wide[f"0.9.0/{name}"])
    index = place.index()
    index["versions"][0]["sha256sums"] = index["versions"][1]["sha256sums"]
    place.put("versions.json", json.dumps(index).encode())
    with pytest.raises(AnswerIsNo, match=r"SHA256SUMS\.minisig, which is one of 'conveyor-iac release 0\.9\.0'"):
        published(place.store(), "1.1.0", "read", "admin")
    place.put("1.0.0/SHA256SUMS.minisig", b"none")
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0: SHA256SUMS\.minisig: not what was published"):
        published(place.store(), "1.1.0", "read", "admin")
    place.delete("1.0.0/SHA256SUMS.minisig")
    with pytest.raises(AnswerIsNo, match=r"SHA256SUMS\.minisig: not what was published"):
        published(place.store(), "1.1.0", "read", "admin")


def test_signed_by_another_key(place: Place) -> None:
    """A release is compared only with one that the same key signed, or one that ships."""
    published(place.store(), "1.0.0", seed=2)
    with pytest.raises(AnswerIsNo, match=f"signed by key {Key(2).public.name}, which is not among the trusted.*ship"):
        published(place.store(), "1.1.0", seed=1)


def test_removed_before(place: Place) -> None:
    """What somebody removed of a release is put back by publishing it again, as it was."""
    published(place.store(), "1.0.0")
    before = place.content()
    for name in ("role.template.json", "SHA256SUMS", "SHA256SUMS.minisig"):
        place.delete(f"1.0.0/{name}")
    assert published(place.store(), "1.0.0", now=LATER).already
    assert place.content() == before


def test_index_is_none(place: Place) -> None:
    """An index that is none stops everything, and stays as it is."""
    place.put("versions.json", b'{"schema": 1, "versions": [3]}')
    with pytest.raises(InputError, match=rf"s3://{place.bucket}/releases/versions\.json"):
        published(place.store(), "1.0.0")
    assert list(place.content()) == ["versions.json"]


def test_dry_run(place: Place) -> None:
    """A dry run names every object with its size and digest, exactly as they are then published, and writes nothing."""
    published(place.store(), "1.0.0")
    before, store = place.content(), place.own_store()
    calls = counted(store)
    told = plan(store, "1.1.0", "read", signer=Key())
    assert not writes(calls)
    assert place.content() == before
    done = published(place.store(), "1.1.0", "read")
    assert done.objects == told.objects
    assert {row.name: row.sha256 for row in told.objects} == {
        name: sha256(body).hexdigest() for name, body in place.content().items() if not name.startswith("1.0.0/")}
    again = plan(place.store(), "1.1.0", "read", signer=Key())
    assert again.already
    assert all(row.was_there for row in again.objects)


def test_dry_run_without_a_key(place: Place) -> None:
    """Without a key the digests of the signature and of the index are not known, and are not made up."""
    told = plan(place.store(), "1.0.0", signer=None)
    assert [row.name for row in told.objects if row.sha256 is None] == ["1.0.0/SHA256SUMS.minisig", "versions.json"]
    assert place.content() == {}
    published(place.store(), "1.0.0")
    assert all(row.was_there for row in plan(place.store(), "1.0.0", signer=None).objects)


def test_dry_run_without_a_bucket() -> None:
    """Without a bucket that can be read a dry run tells the objects of a first release."""
    told = plan(None, "1.0.0", signer=Key())
    assert [row.name for row in told.objects if "SUMS" in row.name] == ["1.0.0/SHA256SUMS", "1.0.0/SHA256SUMS.minisig"]
    assert len(told.objects) == len(FILES) + 1


def test_dry_run_is_refused(place: Place) -> None:
    """A dry run refuses what publishing would refuse, a file that was changed too."""
    published(place.store(), "1.0.0")
    right = place.content()["1.0.0/sbom.cdx.json"]
    place.put("1.0.0/sbom.cdx.json", b"{}")
    with pytest.raises(AnswerIsNo, match=r"sbom\.cdx\.json is there already, with other bytes"):
        plan(place.store(), "1.0.0", signer=None)
    place.put("1.0.0/sbom.cdx.json", right)
    with pytest.raises(AnswerIsNo, match="a broader release must be a major version"):
        plan(place.store(), "1.1.0", "read", "write", "admin", signer=Key())
    with pytest.raises(InputError, match="not below the newest"):
        plan(place.store(), "0.1.0", signer=Key())


def test_permissions(place: Place) -> None:
    """Publishing and withdrawing take three permissions, and no other."""
    arn = f"arn:aws:s3:::{place.bucket}"
    held = place.caller(
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{arn}/releases/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn})
    published(place.store(credentials=held), "1.0.0")
    withdraw("1.0.0", "bad", store=place.store(credentials=held), clock=lambda: NOW)
    whole(place.content())


def test_denied_in_the_middle(place: Place) -> None:
    """Who may write all but the index is told so; nothing names the version, and who may goes on from there."""
    arn = f"arn:aws:s3:::{place.bucket}/releases"
    held = place.caller({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{arn}/versions.json"})
    with pytest.raises(InputError, match=r"s3:PutObject on s3://.*/releases/versions\.json is allowed"):
        published(place.store(credentials=held), "1.0.0")
    assert place.index() is None
    assert published(place.store(), "1.0.0").objects[0].was_there
    whole(place.content())


def test_access_stays(place: Place) -> None:
    """Publishing and withdrawing ask for nothing but objects, and leave who may read and write as it was."""
    below = f"arn:aws:s3:::{place.bucket}/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": below}
    place.s3.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    before, store = place.access(), place.own_store()
    calls = counted(store)
    published(store, "1.0.0")
    withdraw("1.0.0", "bad", store=store, clock=lambda: NOW)
    assert place.access() == before
    assert all(call.split()[0] in ("GET", "PUT") and call.split()[1] for call in calls)


def test_withdraw(place: Place) -> None:
    """A withdrawn version stays where it is and in the index, with the reason, and is not the latest any more."""
    published(place.store(), "1.0.0")
    published(place.store(), "1.1.0")
    before = place.content()
    reason = "the template lacks a Deny: take 1.0.0"
    dry = withdraw("1.1.0", reason, store=place.store(), clock=lambda: NOW, dry_run=True)
    assert dry.changed
    assert place.content() == before
    assert withdraw("1.1.0", reason, store=place.store(), clock=lambda: NOW).after == dry.after
    assert place.index()["latest"] == "1.0.0"
    assert place.index()["versions"][0]["withdrawn"] == {"reason": reason, "at": "2026-11-22T10:00:00Z"}
    assert not withdraw("1.1.0", reason, store=place.store(), clock=lambda: LATER).changed
    assert {**place.content(), "versions.json": b""} == {**before, "versions.json": b""}
    assert published(place.store(), "1.1.0").withdrawn == reason
    whole(place.content())


def test_withdraw_meanwhile(place: Place) -> None:
    """An index that somebody else moved is not withdrawn from blindly: it is said so, and again it goes."""
    published(place.store(), "1.0.0")
    store = place.own_store()

    def before(_: int, call: str) -> None:
        if call == "PUT versions.json":
            published(place.store(), "1.1.0")
    counted(store, before=before)
    with pytest.raises(AnswerIsNo, match="moved by somebody else"):
        withdraw("1.0.0", "bad", store=store, clock=lambda: NOW)
    withdraw("1.0.0", "bad", store=place.store(), clock=lambda: NOW)
    index, _ = read_index(place.store())
    assert [(entry.version, bool(entry.withdrawn)) for entry in index.entries] == [("1.1.0", False), ("1.0.0", True)]
