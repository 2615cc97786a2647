"""What random cases come to: the counts, the wrong ones, and a wrong proof made small.

Knows nothing of what a case is: it is handed who is asked, and who bears out a counterexample.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conveyor_iac.proofs.verdict import Answer, Verdict

Spec = dict[str, Any]
Case = tuple[int, Spec, dict[str, Any] | None]
"""A seed, its case, and the hole that was found without the prover, if one was."""
COUNTED = ("cases", "proved", "refuted", "undecided", "with a hole", "without a hole", "undecided without a hole",
           "wrong proofs", "wrong refutations")


def counted(cases: Iterable[Case], asked: Callable[[Spec], Answer], confirmed: Callable[[Spec, Any], bool], *,
            progress: bool = False) -> tuple[Counter[str], list[tuple[int, Spec]]]:
    """The counts of many cases, and the cases where the prover was wrong."""
    counts: Counter[str] = Counter()
    wrong = []
    for done, (seed, spec, found) in enumerate(cases, 1):
        answer = asked(spec)
        none = found is None and answer.verdict is not Verdict.REFUTED
        faults = {"wrong proofs": answer.verdict is Verdict.PROVED and found is not None,
                  "wrong refutations": answer.verdict is Verdict.REFUTED and not confirmed(spec, answer.counterexample)}
        counts.update({"cases": 1, answer.verdict.value: 1, "with a hole": not none, "without a hole": none,
                       "undecided without a hole": none and answer.verdict is Verdict.UNDECIDED, **faults})
        if any(faults.values()):
            wrong.append((seed, spec))
        if progress and not done % 20:
            print(f"\r{done} cases, {len(wrong)} wrong", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)
    return counts, wrong


def smaller(spec: Spec, asked: Callable[[Spec], Answer], hole: Callable[[Spec], Any]) -> Spec:
    """The case without whatever it does not need to be proved wrongly."""
    def is_wrong(given: Spec) -> bool:
        try:
            return hole(given) is not None and asked(given).verdict is Verdict.PROVED
        except Exception:  # what is cut wrongly is no case
            return False

    again = is_wrong(spec)
    while again:
        again = False
        for path in list(_paths(spec)):
            less = json.loads(json.dumps(spec))
            owner = less
            for step in path[:-1]:
                owner = owner[step]
            if path[-1] == "boundary":
                owner["boundary"] = None
            else:
                del owner[path[-1]]
            if less != spec and is_wrong(less):
                spec, again = less, True
                break
    return spec


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def program(words: list[str], tried: Callable[[Iterable[int]], Iterable[Case]], asked: Callable[[Spec], Answer],
            confirmed: Callable[[Spec, Any], bool], hole: Callable[[Spec], Any]) -> int:
    """Runs N cases from a seed on and prints the counts, and each case that went wrong, made small if it was proved."""
    number, seed = map(int, [*words, "2000", "0"][:2] if len(words) != 1 else [*words, "0"])
    counts, wrong = counted(tried(range(seed, seed + number)), asked, confirmed, progress=True)
    for name in COUNTED:
        print(f"{name:26}{counts[name]:7}")
    if counts["without a hole"]:
        print(f"undecided where no hole was found: {counts['undecided without a hole'] / counts['without a hole']:.0%}")
    for place, spec in wrong:
        print(f"wrong, seed {place}: {json.dumps(smaller(spec, asked, hole))}")
    return 1 if wrong else 0
