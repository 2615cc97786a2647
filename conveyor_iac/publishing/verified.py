"""Whether a release is what its vendor signed, and whether what it says of itself is so: row by row, with the reason.

Everything rests on the signature, the version and the digests. Where one of them does not hold, nothing else is looked
at, and nothing else is said to be verified. The index is not signed: what it says is told, and is no proof.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any

from conveyor_iac.errors import ConveyorError, InputError
from conveyor_iac.publishing import minisign, semantic
from conveyor_iac.publishing.fetching import Denied
from conveyor_iac.publishing.index import Index
from conveyor_iac.publishing.making import Prove, Synthesize
from conveyor_iac.publishing.minisign import PublicKey
from conveyor_iac.publishing.release import ABOUT, INDEX, PROOF, SCHEMAS, SIGNATURE, SUMS, TEMPLATE, templates_of
from conveyor_iac.publishing.source import Fetched, Source, fetched, index_in

PROVED = "proved"
_SAYS = f", says {INDEX}, which nobody signed"


class State(StrEnum):
    """What is known of a row. Not checked is no yes: the reason stands beside it."""

    OK = "ok"
    WARNING = "warning"
    NO = "no"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is looked at, how it came out, and the reason in one line."""

    what: str
    state: State
    told: str

    def as_json(self) -> dict[str, str]:
        """The row as `verify-release --json` prints it."""
        return {"what": self.what, "state": self.state.value, "told": self.told}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is held against what.

    keys: those that a signature may be of. trusted: those among them that a version may be signed with.
    installed: the version of this package. prove, synthesize: None leaves that out.
    same_as: templates of deployed stacks, by what they are called here.
    """

    source: Source
    keys: Sequence[PublicKey]
    trusted: Callable[[str], Collection[PublicKey]]
    installed: str
    prove: Prove | None
    synthesize: Synthesize | None
    same_as: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came out. version, key: those of the signature; None where it does not hold."""

    version: str | None
    key: str | None
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether no row is a no."""
        return all(row.state is not State.NO for row in self.rows)

    def of(self, state: State) -> list[Row]:
        """The rows that came out so."""
        return [row for row in self.rows if row.state is state]

    def as_json(self) -> dict[str, Any]:
        """The answer as `verify-release --json` prints it."""
        return {"verdict": "ok" if self.holds else "no", "version": self.version, "key": self.key,
                "rows": [row.as_json() for row in self.rows]}


def verified(asked: Asked, progress: Callable[[str], None]) -> Verified:
    """Looks at everything that is asked; `InputError` where the release cannot be read or its digests are none."""
    sums = asked.source.needed(SUMS)
    try:
        key, version = _signed(asked, sums)
    except _Unsigned as refused:
        return Verified(version=None, key=None, rows=(_row("signature", State.NO, str(refused)),
                                                      *_unchecked(asked, "signature")))
    signature = _row("signature", State.OK, f"{SUMS} is signed by {key}, for {version}")
    progress("Fetching every file ...")
    files = fetched(asked.source, sums)
    about = _mapping(files.files.get(ABOUT, b""))
    rows = [signature, _version(asked.source, version, about), _files(files), _besides(asked.source, files)]
    broken = [row.what for row in rows[:3] if row.state is State.NO]
    rest = _unchecked(asked, broken[0], rows) if broken else _rest(asked, version, sums, files.files, about, progress)
    return Verified(version=version, key=key, rows=(*rows, *rest))


class _Unsigned(Exception):
    """Why the signature does not hold."""


def _signed(asked: Asked, sums: bytes) -> tuple[str, str]:
    """The id of the key that signed, and the version that it signed."""
    try:
        signature = asked.source.read(SIGNATURE)
    except Denied as refused:
        raise _Unsigned(str(refused)) from None
    if signature is None:
        raise _Unsigned(f"there is no {SIGNATURE}")
    try:
        signed = minisign.verify(sums, signature, asked.keys, f"{asked.source.address}/{SIGNATURE}")
        version = minisign.version_of(signed.comment)
    except ConveyorError as refused:
        raise _Unsigned(str(refused)) from None
    if version is None:
        raise _Unsigned(f"its trusted comment names no version: {signed.comment}")
    if signed.key not in asked.trusted(version):
        raise _Unsigned(f"{signed.key.name} signed it, a key that is not trusted for {version}: it signed others only")
    return signed.key.name, version


def _version(source: Source, version: str, about: Mapping[str, Any]) -> Row:
    others = {f"{ABOUT} says": about.get("version"), "its folder, or --version, says": source.version or version}
    wrong = [f"{who} {said}" for who, said in others.items() if said != version]
    if wrong:
        return _row("version", State.NO, f"signed as {version}, but " + "; ".join(wrong))
    unnamed = "" if source.version else f"; its folder is called {source.folder}, which is no version"
    return _row("version", State.OK, f"{version}, as the signature and {ABOUT} say{unnamed}")


def _files(files: Fetched) -> Row:
    if files.faults:
        wrong = (f"{fault.path}: {fault.value}: {fault.rule}" for fault in files.faults)
        return _row("files", State.NO, "; ".join(wrong))
    return _row("files", State.OK, f"{len(files.files)} files, each as its digest in {SUMS} says")


def _besides(source: Source, files: Fetched) -> Row:
    what = "other files"
    if not source.is_folder:
        return _row(what, State.NOT_CHECKED, f"only what {SUMS} names was fetched")
    others = source.others([*files.files, *(fault.path.removeprefix(f"{source.address}/") for fault in files.faults)])
    return _row(what, State.NO, f"not in {SUMS}: {', '.join(others)}") if others else \
        _row(what, State.OK, f"the folder holds nothing that {SUMS} does not name")


def _rest(asked: Asked, version: str, sums: bytes, files: Mapping[str, bytes], about: Mapping[str, Any],
          progress: Callable[[str], None]) -> Iterator[Row]:
    """What is looked at once signature, version and files hold. The names are those of `_unchecked`."""
    maker = about.get("made_by")
    by = str(maker.get("conveyor-iac")) if isinstance(maker, dict) else "(not said)"
    prove, make = asked.prove, asked.synthesize
    yield _guarded("proofs", prove and partial(_proofs, prove, files, by == asked.installed, progress))
    yield _guarded("synthesized", make and partial(_synthesized, make, files, by, asked.installed, progress))
    yield from (_same(name, body, files) for name, body in asked.same_as.items())
    yield from _index(asked.source, version, sums)


def _unchecked(asked: Asked, broken: str, known: Sequence[Row] = ()) -> Iterator[Row]:
    """Everything that is not looked at."""
    whats = ("version", "files", "other files", "proofs", "synthesized", *map(_called, asked.same_as), "index",
             "newest")
    done = {row.what for row in known}
    return (_row(what, State.NOT_CHECKED, f"the {broken} {'do' if broken == 'files' else 'does'} not hold")
            for what in whats if what not in done)


def _guarded(what: str, look: Callable[[], Row] | None) -> Row:
    """What comes of a look that takes an engine: where it is asked for, and the engine is installed."""
    if look is None:
        return _row(what, State.NOT_CHECKED, "left out, as asked")
    try:
        return look()
    except ImportError as missing:
        return _row(what, State.NOT_CHECKED, f"it cannot be done here: {missing}")
    except InputError as refused:
        return _row(what, State.NO, str(refused))


def _proofs(prove: Prove, files: Mapping[str, bytes], same_prover: bool, progress: Callable[[str], None]) -> Row:
    """The published reports against the prover's own, claim by claim."""
    templates = templates_of(files)
    progress(f"Proving {len(templates)} templates again ...")
    here = prove(templates)
    wrong: list[str] = []
    unknown: list[str] = []
    count = 0
    for name, content in templates.items():
        report = _mapping(files.get(PROOF.format(name=name), b""))
        published, own = _verdicts(report), _verdicts(here[name])
        count += len(own)
        if report.get("sha256") != sha256(content).hexdigest():
            wrong.append(f"{name}: its report is of another template, or is none")
            continue
        wrong += (f"{name}: {claim} is {own[claim]} here, the report says {published.get(claim, 'nothing of it')}"
                  for claim in own if own[claim] != PROVED or published.get(claim, PROVED) != PROVED)
        unknown += (f"{name}: {claim} is {verdict} by the report and is not asked here"
                    for claim, verdict in published.items() if claim not in own)
        if not own:
            wrong.append(f"{name}: no claim is asked of it")
    if not templates:
        wrong.append("there is no template")
    if wrong or (unknown and same_prover):
        return _row("proofs", State.NO, "; ".join([*wrong, *unknown]))
    if unknown:
        return _row("proofs", State.NOT_CHECKED, f"{'; '.join(unknown)}: install the version that made it")
    return _row("proofs", State.OK, f"{count} claims of {len(templates)} templates proved here too, as the reports say")


def _verdicts(report: Mapping[str, Any]) -> dict[str, str]:
    """The verdict of each claim; where one stands there twice, that which is no proof."""
    claims, found = report.get("claims"), dict[str, str]()
    for row in claims if isinstance(claims, list) else []:
        if isinstance(row, dict) and "id" in row and found.get(str(row["id"]), PROVED) == PROVED:
            found[str(row["id"])] = str(row.get("verdict"))
    return found


def _synthesized(make: Synthesize, files: Mapping[str, bytes], made_by: str, installed: str,
                 progress: Callable[[str], None]) -> Row:
    if made_by != installed:
        return _row("synthesized", State.NOT_CHECKED, f"made by conveyor-iac {made_by}, and {installed} is installed:"
                    f" pip install 'conveyor-iac[all]=={made_by}'")
    progress("Synthesizing the templates again ...")
    made = make()
    there = {name for name in files if name.endswith(TEMPLATE) or name.startswith(SCHEMAS)}
    other = sorted(name for name in there | set(made) if made.get(name) != files.get(name))
    if other:
        return _row("synthesized", State.NO, f"conveyor-iac {installed} makes otherwise: {', '.join(other)}")
    return _row("synthesized", State.OK, f"conveyor-iac {installed} makes the same {len(made)} templates and schemas")


def _called(stack: str) -> str:
    return f"same as {stack}"


def _same(stack: str, body: Any, files: Mapping[str, bytes]) -> Row:
    """Which template of the release a deployed one is, as JSON: blanks and the order of keys do not count."""
    templates = templates_of(files)
    found = [name for name, content in templates.items() if _canonical(_mapping(content)) == _canonical(body)]
    return _row(_called(stack), State.OK, f"it is {found[0]} of this release") if found else \
        _row(_called(stack), State.NO, f"it is none of the {len(templates)} templates of this release")


def _canonical(body: Any) -> str:
    """As text, in which true is not 1 and 1 is not 1.0."""
    return json.dumps(body, sort_keys=True, default=repr)


def _index(source: Source, version: str, sums: bytes) -> Iterator[Row]:
    """What versions.json says of the release, which nobody signed."""
    try:
        index = index_in(source.above)
    except InputError as refused:
        yield from (_row(what, State.NOT_CHECKED, str(refused)) for what in ("index", "newest"))
        return
    yield _listed(index, version, sha256(sums).hexdigest())
    newer = index.latest and semantic.below(version, index.latest)
    yield _row("newest", State.WARNING, f"{index.latest} is newer") if newer else \
        _row("newest", State.OK, f"there is no newer version{_SAYS}")


def _listed(index: Index, version: str, digest: str) -> Row:
    entry = index.entry(version)
    if entry is None:
        return _row("index", State.WARNING, f"it does not name {version}: perhaps it is not published, or not yet")
    if entry.sha256sums != digest:
        return _row("index", State.NO, f"it names another {version}: there {SUMS} has SHA-256 {entry.sha256sums}, here"
                    f" {digest}")
    if entry.withdrawn:
        return _row("index", State.WARNING, f"WITHDRAWN on {entry.withdrawn.at}: {entry.withdrawn.reason}")
    return _row("index", State.OK, f"published {entry.published}, not withdrawn{_SAYS}")


def _mapping(content: bytes) -> Mapping[str, Any]:
    """A JSON mapping; an empty one for what is none."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _row(what: str, state: State, told: str) -> Row:
    """A row in one plain line, whatever stands in what was read."""
    plain = "".join(sign if sign.isprintable() else " " for sign in told)
    return Row(what=what, state=state, told=" ".join(plain.split()))
