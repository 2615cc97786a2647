"""A template as it could really be deployed: every parameter with a value, every condition decided.

What a counterexample speaks of: with these values, this request is allowed.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.iam.power import Piece
from conveyor_iac.proofs.patterns import sample, samples, trusted
from conveyor_iac.proofs.scope import Scope, Undecidable, World, domain_of
from conveyor_iac.proofs.text import Text, Unknown, plain, readable, texts

_SAMPLES = {"tenant": "acme", "account": "111122223333", "vpc": "vpc-0a1b2c3d4e5f60718"}
"""What a parameter with such a word in its name would be, so that a counterexample reads as what could happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The parameters' values, and the world they make.

    made_up: names that only the deployment tells, where they must be told apart.
    """

    parameters: Mapping[str, str]
    world: World
    made_up: Mapping[str, str] = field(default_factory=dict)

    def concrete(self, piece: Piece) -> Any:
        """A statement as plain JSON, nothing unknown left in it."""
        resolved = Scope(template=piece.template, world=self.world).resolve(piece.row)
        return plain(resolved, self.values(resolved))

    def values(self, resolved: Any) -> dict[str, str]:
        """A value for each unknown that is left."""
        return {part.name: self.made_up.get(part.name) or value_of(part)
                for text in texts(resolved) for part in text.unknowns}

    def filled(self, text: Text, *, plain: bool = False) -> Text:
        """A text of the claim with the same values: parameters first, then what AWS gives.

        With `plain` a wildcard in a value is a character, written as IAM's policies do it.
        """
        values = {part.name: self.parameters.get(part.name, value_of(part)) for part in text.unknowns}
        return text.fill({name: re.sub(r"[*?$]", r"${\g<0>}", value) if plain else value
                          for name, value in values.items()})


def value_of(part: Unknown) -> str:
    """One value an unknown may have: for a name that is made up, its logical id and a suffix."""
    return sample(part.domain) or f"{part.name.strip('{}')}"


def deployments(case: Case, world: World) -> Iterator[Deployed]:
    """Ways to deploy the template in this world: likely values, then values that hold wildcards or are alike."""
    rows = case.template.section("Parameters")
    seen = set()
    for parameters in _parameters(rows, world):
        if (key := tuple(sorted(parameters.items()))) in seen or not _allowed(rows, parameters):
            continue
        seen.add(key)
        given = {name: value for name, value in world.fixed.items() if name.startswith("AWS::")}
        full = World(conditions=_conditions(case, parameters, world), fixed={**given, **parameters})
        if all(full.conditions.get(name) == truth for name, truth in world.conditions.items()):
            yield Deployed(parameters=parameters, world=full)


def _parameters(rows: Mapping[str, Any], world: World) -> Iterator[dict[str, str]]:
    likely = {name: _likely(name, row, world) for name, row in rows.items()}
    yield likely
    open_ones = [name for name, row in rows.items() if name not in world.fixed and not trusted(domain_of(row))]
    if wild := {name: value for name in open_ones for value in ("*",) if domain_of(rows[name]).holds(value)}:
        yield likely | wild
    for name in wild:
        yield likely | {name: "*"}
    for name, other in itertools.permutations(rows, 2):
        value = likely[other]
        if name not in world.fixed and likely[name] != value and domain_of(rows[name]).holds(value):
            yield likely | {name: value}
    for name, row in rows.items():
        if name not in world.fixed:
            for value in itertools.islice(samples(domain_of(row, world.excluded.get(name, ()))), 6):
                yield likely | {name: value}


def _allowed(rows: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Whether CloudFormation would take these values; where no value is known that it takes, none is tried."""
    domains = {name: domain_of(row) for name, row in rows.items()}
    return all(domain.holds(parameters[name]) and (domain.pattern is None or readable(domain.pattern))
               for name, domain in domains.items())


def _likely(name: str, row: Mapping[str, Any], world: World) -> str:
    if name in world.fixed:
        return world.fixed[name]
    domain = domain_of(row, world.excluded.get(name, ()))
    likely = (value for word, value in _SAMPLES.items() if word in name.lower() and domain.holds(value))
    given = str(row["Default"]) if "Default" in row and domain.holds(str(row["Default"])) else None
    return given or next(likely, None) or sample(domain) or name


def _conditions(case: Case, parameters: Mapping[str, str], world: World) -> dict[str, bool]:
    """How every condition falls out with these values; what hangs on more than parameters stays as the world says."""
    found = dict(world.conditions)
    for name in case.template.section("Conditions"):
        try:
            found[name] = case.conditions.holds(name, parameters, world)
        except (Undecidable, LookupError, TypeError):
            found.setdefault(name, False)
    return found
