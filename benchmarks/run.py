"""`make bench`: our synth, command line and Pulumi components against the same done without us, and the proofs.

Law: ratios of one run, never seconds of two. The candidates take turns (A B C, A B C, ...), each is started as a user
starts it, and the median counts. Nothing is compared before it is shown to be alike (`alike.py`). It measures and says
"met" or "not met"; it never fails because of a number: exit 0, unless a candidate does not run or is not alike.

Before the first round every candidate runs once unmeasured, so bytecode is compiled and jsii's package cache is warm
on both sides. How each number is taken is in `measure.py`; what is not covered is in README.md. What `verify` costs is
in `proofs.py`, what our Pulumi components cost in `components.py`.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import alike_networks  # noqa: E402 (found by the line above)
import components  # noqa: E402 (likewise)
import proofs  # noqa: E402 (likewise)
from alike import differences, statements  # noqa: E402 (likewise)
from candidate import Candidate, once, table, talk  # noqa: E402 (likewise)
from measure import Failed, Usage  # noqa: E402 (likewise)

ROOT = HERE.parent
FILE = ROOT / "examples" / "private.yaml"
PYTHON, CONVEYOR = sys.executable, Path(sysconfig.get_path("scripts")) / "conveyor-iac"
QUICK = 3  # a candidate of a tenth of a second runs so often in each round
TENANTS = 11  # a further network costs a tenth of what eleven cost more than one
PLANS = (0, 2_500, 5_000, 10_000)
PARTS = ("synth", "proofs", "pulumi")

IMPORTS = "import typer, pydantic"
SMALLEST = """
import pydantic
import typer
import yaml

class Form(pydantic.BaseModel):
    tenant: str

app = typer.Typer(add_completion=False)

@app.command()
def run(file: str = typer.Option(..., "-f")) -> None:
    with open(file) as stream:
        Form.model_validate(yaml.safe_load(stream))

app()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two figures, and the greatest ratio of their CPU seconds that is expected; None: told to help reading.

    A figure is a candidate, or one of `FURTHER`.
    """

    title: str
    ours: str
    theirs: str
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The most CPU seconds that a candidate is expected to take, its start included."""

    title: str
    candidate: str
    expected: float


def several(side: str, count: int) -> str:
    """The name of a candidate that writes networks."""
    return f"{side}: {count} network{'' if count == 1 else 's'}"


FURTHER = {f"{side}: further network": (several(side, TENANTS), several(side, 1)) for side in ("ours", "plain CDK")}
"""Figures that are a difference: what each further network costs in a process that writes one anyhow."""
BOUNDS = (Bound(title="10,000 address plans, checked for overlap", candidate="10,000 address plans", expected=2),)

VERDICTS = {True: "met", False: "NOT MET", None: "to read by"}
COMPARISONS = (
    Comparison(title="synth and validate one installation", ours="ours: app", theirs="plain CDK: app", expected=0.25),
    Comparison(title="synth and validate the published template", ours="ours: published",
               theirs="plain CDK: published", expected=0.25),
    Comparison(title="synth one installation, nobody validates", ours="ours: app, not validated",
               theirs="plain CDK: app, not validated", expected=None),
    Comparison(title="synth and validate one further network", ours="ours: further network",
               theirs="plain CDK: further network", expected=0.6),
    Comparison(title="synth and validate one network", ours=several("ours", 1), theirs=several("plain CDK", 1),
               expected=None),
    Comparison(title="conveyor-iac --help", ours="--help", theirs=IMPORTS, expected=2),
    Comparison(title="conveyor-iac plan", ours="plan", theirs=IMPORTS, expected=2),
    Comparison(title="smallest command (one option, YAML, one model)", ours="smallest command", theirs=IMPORTS,
               expected=None),
    Comparison(title="conveyor-iac plan", ours="plan", theirs="smallest command", expected=None),
)


def pairs(content: Path) -> dict[str, tuple[str, list[Path]]]:
    """What both sides write, by name: the profile for our side, and the installation files."""
    files = [content / f"tenant{number}.json" for number in range(1, TENANTS + 1)]
    return {"app": ("app", [FILE]), "published": ("published", []),
            **{several("", count).removeprefix(": "): ("networks", files[:count]) for count in (1, TENANTS)}}


def write_tenants(content: Path) -> None:
    """The installation files of several tenants: the example's, but for the tenant."""
    content.mkdir(parents=True)
    for file in pairs(content)[several("", TENANTS).removeprefix(": ")][1]:
        file.write_text(json.dumps({**installation(), "tenant": file.stem}), encoding="utf-8")


def installation() -> dict[str, object]:
    """What the example says."""
    import yaml

    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def candidates(content: Path) -> Iterator[Candidate]:
    """Ours, and what each is held against. `content`: where the tenants stand, and our templates for the plain apps."""
    said = installation()
    there = {"CDK_DEFAULT_ACCOUNT": str(said["account"]), "CDK_DEFAULT_REGION": str(said["region"])}
    for name, (profile, files) in pairs(content).items():
        yield Candidate(name=f"ours: {name}", command=[PYTHON, HERE / "ours.py", profile, *files, "{out}"])
        templates = sorted((content / name).glob("*.template.json"))
        yield Candidate(name=f"plain CDK: {name}", command=[PYTHON, HERE / "plain_app.py", *templates],
                        environment={**(there if files else {}), "CDK_OUTDIR": "{out}"})
    yield Candidate(name="ours: app, not validated", command=[CONVEYOR, "synth", "-f", FILE, "-o", "{out}"])
    plain = [PYTHON, HERE / "plain_app.py", *sorted((content / "app").glob("*.template.json"))]
    yield Candidate(name="plain CDK: app, not validated", command=plain,
                    environment={**there, "CDK_OUTDIR": "{out}", "CDK_VALIDATION": "false"})
    for count in PLANS:
        yield Candidate(name=f"{count:,} address plans", command=[PYTHON, HERE / "addresses.py", str(count)])
    yield Candidate(name=IMPORTS, command=[PYTHON, "-c", IMPORTS], often=QUICK)
    yield Candidate(name="smallest command", command=[PYTHON, "-c", SMALLEST, "-f", FILE], often=QUICK)
    yield Candidate(name="--help", command=[CONVEYOR, "--help"], often=QUICK)
    yield Candidate(name="plan", command=[CONVEYOR, "plan", "-f", FILE], often=QUICK)


def measured(repeat: int, folder: Path) -> tuple[dict[str, list[Usage]], dict[str, dict[str, int]]]:
    """Every candidate's runs, by its name, and how much was found alike, by what both sides write."""
    talk("Warming up, and writing the content of the plain apps ...")
    content, alike = folder / "content", {}
    write_tenants(content)
    for name in pairs(content):
        ours = next(one for one in candidates(content) if one.name == f"ours: {name}")
        once(ours, folder / name)
        shutil.copytree(folder / name / "out", content / name)
    every = list(candidates(content))
    for one in every:
        once(one, folder / "warm" / one.name)
    for name in pairs(content):
        alike[name] = same(name, *(folder / "warm" / f"{side}: {name}" / "out" for side in ("ours", "plain CDK")))
    runs: dict[str, list[Usage]] = {one.name: [] for one in every}
    for number in range(1, repeat + 1):
        talk(f"Round {number} of {repeat} ...")
        for one in every:
            runs[one.name] += [once(one, folder / "run") for _ in range(one.often)]
    return runs, alike


def same(name: str, ours: Path, theirs: Path) -> dict[str, int]:
    """How much both sides say alike; `Failed` where they differ."""
    differ, count = [], {}
    if "network" not in name:
        differ, count = differences(ours, theirs), {"statements of policies": statements(ours)}
    if name != "published":
        differ, count = differ + alike_networks.differences(ours, theirs), count | alike_networks.counted(ours)
    if differ:
        raise Failed(f"{name}: not the same content: {', '.join(differ)}")
    return count


def told(runs: Mapping[str, list[Usage]], alike: Mapping[str, dict[str, int]]) -> dict[str, object]:
    """The result as plain data."""
    def middle(name: str, what: str) -> float:
        return median(getattr(one, what) for one in runs[name])

    def cpu(name: str, of: Callable[[Iterable[float]], float]) -> float:
        if name not in FURTHER:
            return of(one.cpu for one in runs[name])
        more, fewer = (of(one.cpu for one in runs[which]) for which in FURTHER[name])
        return (more - fewer) / (TENANTS - 1)

    return {
        "alike": alike,
        "candidates": {
            name: {"runs": [asdict(one) for one in every], "cpu_min": min(one.cpu for one in every),
                   **{what: middle(name, what) for what in ("cpu", "node_cpu", "peak", "largest")}}
            for name, every in runs.items()
        },
        "comparisons": [
            {**asdict(row), "ratio": (ratio := cpu(row.ours, median) / cpu(row.theirs, median)),
             "ratio_of_minima": cpu(row.ours, min) / cpu(row.theirs, min),
             "memory_ratio": None if row.ours in FURTHER else middle(row.ours, "peak") / middle(row.theirs, "peak"),
             "met": None if row.expected is None else ratio <= row.expected}
            for row in COMPARISONS
        ],
        "further": {name: {"cpu": cpu(name, median), "cpu_min": cpu(name, min)} for name in FURTHER},
        "bounds": [{**asdict(row), "cpu": cpu(row.candidate, median), "cpu_min": cpu(row.candidate, min),
                    "met": cpu(row.candidate, median) <= row.expected} for row in BOUNDS],
    }


def words(result: Mapping[str, object]) -> str:
    """The result as two tables."""
    took = [(name, str(len(row["runs"])), f"{row['cpu']:.2f}", f"{row['cpu_min']:.2f}", f"{row['node_cpu']:.2f}",
             f"{row['peak']:.0f}", f"{row['largest']:.0f}") for name, row in result["candidates"].items()]
    took += [(name, "", f"{row['cpu']:.2f}", f"{row['cpu_min']:.2f}", "", "", "")
             for name, row in result["further"].items()]
    bounds = [(row["title"], f"{row['cpu']:.2f}", f"{row['cpu_min']:.2f}", f"<= {row['expected']:g}",
               VERDICTS[row["met"]]) for row in result["bounds"]]
    held = [(row["title"], row["theirs"], f"{row['ratio']:.2f}", f"{row['ratio_of_minima']:.2f}",
             "" if row["met"] is None else f"<= {row['expected']:g}", VERDICTS[row["met"]],
             "" if row["memory_ratio"] is None else f"{row['memory_ratio']:.2f}") for row in result["comparisons"]]
    return "\n".join([
        *(f"Same on both sides, {name}: " + ", ".join(f"{number} {what}" for what, number in found.items())
          for name, found in result["alike"].items()),
        "",
        table(("candidate", "runs", "CPU s", "min", "of it Node", "peak MB", "largest process MB"), took),
        "",
        table(("this", "against", "CPU ratio", "of minima", "expected", "", "memory ratio"), held),
        "",
        table(("this", "CPU s", "min", "expected", ""), bounds),
    ])


def parts(only: str | None, repeat: int, folder: Path) -> dict[str, object]:
    """The results that are wanted, and the machine they are of."""
    result: dict[str, object] = {"machine": {"cores": os.cpu_count(), "system": platform.platform(),
                                             "python": platform.python_version()}}
    if only in (None, "synth"):
        result |= told(*measured(repeat, folder))
    if only in (None, "proofs"):
        result["proofs"] = proofs.told(*proofs.measured(repeat, folder))
    if only in (None, "pulumi"):
        result["pulumi"] = components.told(*components.measured(repeat, folder))
    return result


def page(result: Mapping[str, object]) -> str:
    """All of it in words."""
    machine = result["machine"]
    tables = [words(result)] if "comparisons" in result else []
    further = {"proofs": proofs, "pulumi": components}
    tables += [part.words(result[name]) for name, part in further.items() if name in result]
    return "\n\n".join([f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}", *tables])


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print every run as JSON")
    parser.add_argument("--only", choices=PARTS, help="measure this part only (default: all)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="how many rounds (default 5)")
    wanted = parser.parse_args()
    if wanted.repeat < 1:
        parser.error("--repeat takes 1 or more")
    with tempfile.TemporaryDirectory(prefix="conveyor-bench-") as folder:
        try:
            result = parts(wanted.only, wanted.repeat, Path(folder))
        except Failed as stopped:
            sys.exit(f"The benchmark stopped: {stopped}")
        except KeyboardInterrupt:
            sys.exit("Stopped.")
    print(json.dumps(result, indent=2) if wanted.json else page(result))


if __name__ == "__main__":
    main()
