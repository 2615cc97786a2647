"""What `conveyor-iac verify` and `diff` cost, how quick the claims about networks are, and how both grow.

Law: the whole process counts, its start included, as the kernel accounts it; only where a row says "the claims alone"
are start, imports and reading left out (`hold.py`). Each run is a process of its own, so nothing is kept from the one
before. A template whose claims are not all proved is not measured: the benchmark stops.
"""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import grown
from candidate import Candidate, clean, once, table, talk
from measure import Failed, Usage

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE.parent / "templates"
ROLE, NETWORK, ROOM = (TEMPLATES / f"{name}.template.json" for name in
                       ("installer-role", "network-dedicated", "network-private"))
PYTHON, OURS = sys.executable, Path(sysconfig.get_path("scripts")) / "conveyor-iac"
VERIFY, DIFF = [OURS, "verify"], [OURS, "diff"]
IMPORTS = "import typer, pydantic, z3"
ALONE = "network claims alone, network-dedicated"
OFTEN = 3  # what takes a tenth of a second or less runs so often in each round
VERDICTS = {True: "met", False: "NOT MET", None: "to read by"}

BOUNDS: Mapping[str, float | None] = {
    "verify installer-role --no-lint": 3, "verify network-dedicated --no-lint": 3,
    "verify installer-role": 5, "verify network-dedicated": 5,
    "verify all --no-lint": None, "verify all": None, "diff all, nothing changed": None,
    "diff installer-role, one statement wider": None, ALONE: 0.05,
}
"""The most CPU seconds that are expected; None: told to help reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One template made larger: what it is, how large in which unit, and the families of claims it is held against."""

    title: str
    sizes: Sequence[int]
    unit: str
    template: Path
    grow: Callable[[Mapping[str, object], int], dict[str, object]]
    families: Sequence[str]


GROWTHS = (
    Growth(title="all claims of the role", sizes=(15, 30, 60), unit="policies", template=ROLE, grow=grown.policies,
           families=("trust", "iam", "installer", "data")),
    Growth(title="claims of networks", sizes=(50, 100, 200, 500), unit="resources", template=ROOM,
           grow=grown.networks, families=("network",)),
)


def candidates(folder: Path) -> Iterator[Candidate]:
    """The commands. folder: where a changed template is written."""
    yield Candidate(name=IMPORTS, command=[PYTHON, "-c", IMPORTS], often=OFTEN)
    for name, files in {"installer-role": [ROLE], "network-dedicated": [NETWORK],
                        "all": sorted(TEMPLATES.glob("*.template.json"))}.items():
        yield Candidate(name=f"verify {name} --no-lint", command=[*VERIFY, *files, "--no-lint"])
        yield Candidate(name=f"verify {name}", command=[*VERIFY, *files])
    yield Candidate(name="diff all, nothing changed", command=[*DIFF, TEMPLATES, TEMPLATES])
    yield Candidate(name="diff installer-role, one statement wider", command=[*DIFF, ROLE, _wider(folder)])


def _wider(folder: Path) -> Path:
    """The role's template, with the first statement of its first policy about every resource."""
    template = json.loads(ROLE.read_text(encoding="utf-8"))
    policy = next(row for row in template["Resources"].values() if row["Type"] == "AWS::IAM::ManagedPolicy"
                  and row["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] != "*")
    policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] = "*"
    file = folder / "wider.template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    return file


def alone(template: Path, families: Sequence[str]) -> float:
    """The CPU seconds of the claims alone, in a fresh process."""
    ended = subprocess.run([PYTHON, HERE / "hold.py", template, *families], env=clean(), capture_output=True, text=True,
                           check=False)
    if ended.returncode:
        raise Failed(f"exit {ended.returncode}: hold.py {template.name}\n{ended.stderr[-2000:]}")
    return float(json.loads(ended.stdout)["cpu"])


def measured(repeat: int, folder: Path) -> tuple[dict[str, list[Usage]], dict[str, list[float]]]:
    """The runs of every command, and the CPU seconds of every template held alone, by name."""
    talk("Warming up, and writing larger templates ...")
    every = list(candidates(folder))
    for one in every:
        once(one, folder / "run")
    held = {ALONE: (NETWORK, ("network",))} | {
        _name(growth, size): (_written(growth, size, folder), growth.families)
        for growth in GROWTHS for size in growth.sizes}
    runs: dict[str, list[Usage]] = {one.name: [] for one in every}
    seconds: dict[str, list[float]] = {name: [] for name in held}
    for number in range(1, repeat + 1):
        talk(f"Round {number} of {repeat}, proofs ...")
        for one in every:
            runs[one.name] += [once(one, folder / "run") for _ in range(one.often)]
        for name, (template, families) in held.items():
            often = OFTEN if families == ("network",) else 1
            seconds[name] += [alone(template, families) for _ in range(often)]
    return runs, seconds


def _name(growth: Growth, size: int) -> str:
    return f"{growth.title}, {size} {growth.unit}"


def _written(growth: Growth, size: int, folder: Path) -> Path:
    """The larger template as a file."""
    file = folder / f"{growth.unit}-{size}.template.json"
    made = growth.grow(json.loads(growth.template.read_text(encoding="utf-8")), size)
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


def told(runs: Mapping[str, list[Usage]], seconds: Mapping[str, list[float]]) -> dict[str, object]:
    """The result as plain data."""
    cpu = {name: [one.cpu for one in taken] for name, taken in runs.items()} | dict(seconds)
    return {
        "runs": {name: [asdict(one) for one in taken] for name, taken in runs.items()}, "alone": dict(seconds),
        "figures": [{"title": name, "cpu": median(cpu[name]), "cpu_min": min(cpu[name]),
                     "ratio": median(cpu[name]) / median(cpu[IMPORTS]), "expected": bound,
                     "met": None if bound is None else median(cpu[name]) <= bound}
                    for name, bound in ({IMPORTS: None} | dict(BOUNDS)).items()],
        "growth": [{"title": growth.title, "size": size, "unit": growth.unit, "cpu": median(cpu[_name(growth, size)]),
                    "cpu_min": min(cpu[_name(growth, size)]), **_step(growth, size, cpu)}
                   for growth in GROWTHS for size in growth.sizes],
    }


def _step(growth: Growth, size: int, cpu: Mapping[str, Sequence[float]]) -> dict[str, float | None]:
    """How many times the size before it is, and how many times as much it costs."""
    before = dict(zip(growth.sizes[1:], growth.sizes, strict=False)).get(size)
    if before is None:
        return {"larger": None, "dearer": None}
    return {"larger": size / before,
            "dearer": median(cpu[_name(growth, size)]) / median(cpu[_name(growth, before)])}


def words(result: Mapping[str, object]) -> str:
    """The result as two tables."""
    figures = [(row["title"], f"{row['cpu']:.3f}", f"{row['cpu_min']:.3f}", f"{row['ratio']:.1f}",
                "" if row["expected"] is None else f"<= {row['expected']:g}", VERDICTS[row["met"]])
               for row in result["figures"]]
    steps = [(row["title"], f"{row['size']} {row['unit']}", f"{row['cpu']:.3f}", f"{row['cpu_min']:.3f}",
              *("" if row[key] is None else f"{row[key]:.1f}" for key in ("larger", "dearer")))
             for row in result["growth"]]
    return "\n".join([
        table(("proofs", "CPU s", "min", "of the imports", "expected", ""), figures), "",
        table(("growth, the claims alone", "of", "CPU s", "min", "times as large", "times as dear"), steps)])
