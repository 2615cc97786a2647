"""Holds one template against its claims in a process of its own, and prints what that took.

`hold.py TEMPLATE FAMILY...`: one line of JSON with the CPU seconds of the claims of these families (`network`, `iam`,
...), all threads counted. Python's start, the imports and the reading of the template are left out; what the claims
read from the catalogue is in it, for nothing was held before. Ends with exit code 1 unless each claim is proved.
"""

import json
import sys
import time
from pathlib import Path

from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verify import verify

_TIMEOUT = 300.0


def main(name: str, families: list[str]) -> None:
    """Reads, holds and prints."""
    claims = tuple(claim(known) for known in IDS if known.partition(".")[0] in families)
    template = read(Path(name).read_text(encoding="utf-8"), name)
    started = time.process_time()
    report = verify(template, claims=claims, timeout=_TIMEOUT)
    cpu = time.process_time() - started
    if report.verdict != "proved":
        sys.exit("; ".join(f"{name}: {result.claim.id} is {result.answer.verdict}: "
                           f"{result.answer.counterexample or result.answer.notes}"
                           for result in report.results if result.answer.verdict != "proved") or f"{name}: not asked")
    print(json.dumps({"cpu": cpu, "claims": len(report.results), "resources": len(template.resources)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
