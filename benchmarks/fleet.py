"""`conveyor-iac rollout --fleet` over 1,000, 3,000 and 10,000 installations: CPU seconds and peak memory of each run.

Law: the product's own way. The command line runs in a process of its own, with all that a user's run does: it reads the
release and every file, checks each and all together, and writes the folder. Python's start is in it. Three files of
each fleet are broken (a wrong region, a block that another of the same customer has, a text that is no YAML), and
exactly the four that this concerns must be told, or the benchmark stops: reading nothing would be fast as well.

`fleet.py [--json] [N...]`: fleets of N installations; left out: 1000 3000 10000. It asserts nothing of the seconds.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from ipaddress import IPv4Network
from itertools import islice
from pathlib import Path

from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.release import INDEX, SUMS, Release

ROOT = Path(__file__).parents[1]
COMMAND = Path(sys.executable).parent / "conveyor-iac"
VERSION, URL = "1.2.0", "https://releases.s3.eu-west-1.amazonaws.com/conveyor/1.2.0"
SIZES = (1000, 3000, 10000)
EXPECTED = "expected for 10,000: <= 30 s CPU, <= 500 MB"
_DEPLOYMENTS = ("private", "shared")
_REGIONS = ("eu-west-1", "eu-central-1", "eu-north-1", "us-west-2", "ap-southeast-2")
_FILE = """\
# {tenant}: as a vendor's sheet and a customer's answers made it
tenant: {tenant}
deployment: {deployment}
cloud: aws
region: {region}
account: "{account}"
control_plane: {{account: "111122223333", role: conveyor-control-plane}}
network: {{cidr: {cidr}, pod_cidr: 100.64.0.0/16, zones: 3}}
guardduty: {guardduty}
resources_feature: false
labels: {{customer: Customer {customer}, org_id: org-{customer}}}
"""


def release(folder: Path) -> Path:
    """A release of the templates of the repository, with its index; its folder."""
    templates = {file.name: file.read_bytes() for file in (ROOT / "templates").glob("*.json")}
    made = Release(version=VERSION, files=templates)
    for name, content in {**made.files, SUMS: made.sums}.items():
        file = folder / VERSION / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    entry = Entry(version=VERSION, published="2026-01-02T03:04:05Z", sha256sums=sha256(made.sums).hexdigest(), key="00")
    (folder / INDEX).write_bytes(Index(entries=(entry,)).as_bytes())
    return folder / VERSION


def fleet(folder: Path, count: int) -> set[str]:
    """Writes as many installation files, ten for each customer; the names of those that must be told as broken."""
    folder.mkdir()
    blocks = [str(block) for block in islice(IPv4Network("10.0.0.0/8").subnets(new_prefix=20), 10)]
    for number in range(count):
        words = {"tenant": f"t{number:06}", "account": f"{number + 10**11}", "customer": number // 10,
                 "deployment": _DEPLOYMENTS[number % 2], "region": _REGIONS[number % 5], "cidr": blocks[number % 10],
                 "guardduty": "true" if number % 3 else "false"}
        if number == 7:
            words["region"] = "eu-west-9"
        if number == 25:
            words["cidr"] = blocks[4]
        (folder / f"{words['tenant']}.yaml").write_text(_FILE.format(**words))
    (folder / "t000033.yaml").write_text("tenant: [\n")
    return {f"t{number:06}.yaml" for number in (7, 24, 25, 33)}


def measured(count: int) -> dict[str, float]:
    """One run: CPU seconds and seconds of its process, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        words = ["rollout", "--fleet", here / "fleet", "--release", release(here), "--url", URL, "--out", here / "out",
                 "--json"]
        broken = fleet(here / "fleet", count)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run = subprocess.Popen([COMMAND, *map(str, words)], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
        said, _ = run.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = json.loads(said)
        files = sum(1 for file in (here / "out").rglob("*.json")) - 1
    if {row["file"] for row in told["broken"]} != broken or run.returncode != 1 or files != 2 * (count - len(broken)):
        sys.exit(f"{count}: exit {run.returncode}, {len(told['broken'])} broken, {files} files")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"installations": count, "cpu": cpu, "seconds": time.monotonic() - started, "mb": after.ru_maxrss / 1024}


def main(words: list[str]) -> None:
    """Prints a row for each size; the smallest comes first, for the peak is that of all runs so far."""
    rows = [measured(count) for count in sorted(int(word) for word in words if word.isdecimal()) or SIZES]
    if "--json" in words:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'installations':>13}  {'CPU s':>6}  {'ms each':>7}  {'seconds':>7}  {'peak MB':>7}")
    for row in rows:
        print(f"{row['installations']:>13,}  {row['cpu']:>6.2f}  {1000 * row['cpu'] / row['installations']:>7.2f}"
              f"  {row['seconds']:>7.1f}  {row['mb']:>7.0f}")
    print(EXPECTED)


if __name__ == "__main__":
    main(sys.argv[1:])
