"""What our Pulumi components cost under mocks, against a plain pulumi-aws program that makes the same resources.

Law: ratios of one run, as in `run.py`: the sides take turns, each run is a process of its own, the median counts. Both
must have registered the same (`alike_pulumi.py`), for the first tenant and for a further one, or the benchmark stops.

Each step of a process is told apart by its own clock (`under_mocks.py`): most of what is imported is the same on both
sides, and would hide the rest. Memory is the peak of the whole process.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import alike_pulumi
from candidate import Candidate, once, table, talk
from measure import Failed, Usage
from under_mocks import EXTERNAL_ID, arn, id_of

HERE = Path(__file__).resolve().parent
FILE = HERE.parent / "examples" / "private.yaml"
PYTHON = sys.executable
SIDES = ("ours", "plain")
FURTHER = 10  # several, because the collector's long rounds fall on some of them
TENANTS = ["acme", *(f"tenant{number}" for number in range(1, FURTHER + 1))]
VERDICTS = {True: "met", False: "NOT MET", None: "to read by"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is read of every run of both sides, and the greatest ratio that is expected; None: told to help reading."""

    title: str
    unit: str
    read: Callable[["Run"], float]
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One round of one side: the process that deploys one tenant, the one that deploys several, and their steps."""

    one: Usage
    several: Usage
    first: Mapping[str, Sequence[float]]
    further: Mapping[str, Sequence[float]]


FIGURES = (
    Figure(title="the private model, everything: Python, imports, deployment", unit="CPU s",
           read=lambda run: run.one.cpu, expected=1.2),
    Figure(title="the private model, everything", unit="peak MB", read=lambda run: run.one.largest, expected=1.2),
    Figure(title="the private model, without imports", unit="CPU s", read=lambda run: run.first["first"][0],
           expected=1.2),
    Figure(title="one further deployment in the process", unit="CPU s", read=lambda run: run.further["further"][0],
           expected=1.2),
    Figure(title="one further deployment in the process", unit="more MB", read=lambda run: run.further["further"][1],
           expected=None),
    Figure(title="imports", unit="CPU s", read=lambda run: run.first["imports"][0], expected=None),
    Figure(title="imports", unit="peak MB", read=lambda run: run.first["imports"][1], expected=None),
)


def candidate(side: str, given: Path, *tenants: str) -> Candidate:
    """A process that deploys these tenants."""
    return Candidate(name=f"{side}: {len(tenants)}", command=[PYTHON, HERE / "under_mocks.py", side, given, "{out}",
                                                              *tenants])


def measured(repeat: int, folder: Path) -> tuple[dict[str, list[Run]], dict[str, int]]:
    """Every side's runs, and how much was found alike."""
    talk("Warming up, and writing the policies of the plain program ...")
    written = folder / "texts.json"
    given = {"ours": FILE, "plain": written}
    ours = _recorded("ours", FILE, folder)
    written.write_text(json.dumps(texts(ours, TENANTS[0])), encoding="utf-8")
    alike = same(ours, _recorded("plain", written, folder))
    runs: dict[str, list[Run]] = {side: [] for side in SIDES}
    for number in range(1, repeat + 1):
        talk(f"Round {number} of {repeat}, components ...")
        for side in SIDES:
            (one, first), (several, further) = (_taken(candidate(side, given[side], *tenants), folder)
                                                for tenants in (TENANTS[:1], TENANTS))
            runs[side].append(Run(one=one, several=several, first=first, further=further))
    return runs, alike


def texts(seen: Iterable[Mapping[str, Any]], tenant: str) -> dict[str, Any]:
    """The policies that our side registered for a tenant, as texts with placeholders, with their descriptions."""
    found: dict[str, Any] = {}
    for one in seen:
        if not one["name"].startswith(f"{tenant}-"):
            continue
        said = one["inputs"]
        policy = said.get("policy") or said.get("assumeRolePolicy", {}).get("value")
        if policy:
            found[one["name"].removeprefix(f"{tenant}-")] = {
                "policy": _marked(policy, tenant), "description": _marked(said.get("description", ""), tenant)}
        found["version"] = said.get("tags", {}).get("conveyor:version") or found.get("version")
    return found


def _marked(text: str, tenant: str) -> str:
    """A text with placeholders for the tenant, the external id and what AWS gives."""
    given = {EXTERNAL_ID: "@external_id@", id_of(f"{tenant}-Vpc"): "@vpc_id@",
             arn(f"{tenant}-FlowLogBucket"): "@bucket_arn@", arn(f"{tenant}-ConnectionTopic"): "@topic_arn@",
             tenant: "@tenant@"}
    for value, placeholder in given.items():
        text = text.replace(value, placeholder)
    return text


def same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> dict[str, int]:
    """How much both sides registered alike; `Failed` where they differ."""
    differ = alike_pulumi.differences(ours, theirs)
    if differ:
        raise Failed("components: not the same resources:\n" + "\n".join(differ))
    return alike_pulumi.counted(theirs)


def _recorded(side: str, given: Path, folder: Path) -> list[dict[str, Any]]:
    """What a side registers for the first tenant and a further one."""
    once(candidate(side, given, *TENANTS[:2], "--record"), folder / "run")
    return list(json.loads((folder / "run" / "out").read_text(encoding="utf-8"))["seen"])


def _taken(one: Candidate, folder: Path) -> tuple[Usage, dict[str, Sequence[float]]]:
    """What a process took, as a whole and by its steps."""
    usage = once(one, folder / "run")
    return usage, dict(json.loads((folder / "run" / "out").read_text(encoding="utf-8"))["taken"])


def told(runs: Mapping[str, list[Run]], alike: Mapping[str, int]) -> dict[str, Any]:
    """The result as plain data."""
    return {"alike": dict(alike), "runs": {side: [asdict(run) for run in taken] for side, taken in runs.items()},
            "figures": [_told(figure, runs) for figure in FIGURES]}


def _told(figure: Figure, runs: Mapping[str, list[Run]]) -> dict[str, Any]:
    ours, theirs = ([figure.read(run) for run in runs[side]] for side in SIDES)
    ratio = median(ours) / median(theirs)
    return {"title": figure.title, "unit": figure.unit, "expected": figure.expected, "ours": median(ours),
            "plain": median(theirs), "ratio": ratio, "ratio_of_minima": min(ours) / min(theirs),
            "met": None if figure.expected is None else ratio <= figure.expected}


def words(result: Mapping[str, Any]) -> str:
    """The result as a table."""
    rows = [(row["title"], row["unit"], f"{row['ours']:.2f}", f"{row['plain']:.2f}", f"{row['ratio']:.2f}",
             f"{row['ratio_of_minima']:.2f}", "" if row["expected"] is None else f"<= {row['expected']:g}",
             VERDICTS[row["met"]]) for row in result["figures"]]
    return "\n".join([
        "Same on both sides, two tenants: " + ", ".join(f"{number} {what}" for what, number in result["alike"].items()),
        "", table(("Pulumi under mocks", "", "ours", "plain", "ratio", "of minima", "expected", ""), rows)])
