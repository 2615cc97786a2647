"""A question as a formula over a symbolic request, for z3.

Knows one action, the statements that can match it, and the direction rule: what is not modelled makes an Allow larger
and a Deny smaller. A model is a request that may be allowed; without one, none is. Values that two patterns meet on
are widened (`language`); `widening=False` leaves that out and exists only to show that the fuzzing finds what it
guards against.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.iam.actions import is_pattern
from conveyor_iac.proofs.iam.automaton import (
    EVERYTHING,
    NOTHING,
    Language,
    chars,
    either,
    joined,
    literal,
    many,
)
from conveyor_iac.proofs.iam.elements import Pattern, Site, positive, principal_patterns, resource_patterns, shapes
from conveyor_iac.proofs.iam.keys import actions_without, may_have, must_have
from conveyor_iac.proofs.iam.language import (
    STAR,
    WITHOUT_ATOMS,
    Atoms,
    Variable,
    filled,
    is_everything,
    may_be_unset,
    tokens,
    weight,
)
from conveyor_iac.proofs.iam.ordering import around
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.statements import Statement, Test
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.text import Text, Unknown

MOST_VALUES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A condition key of the request: whether it is there, and its values, each of which may be used."""

    present: z3.BoolRef
    values: tuple[str, ...]
    used: tuple[z3.BoolRef, ...]
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One query: the Allow that grants, what bounds it, the Denies in the way, and what is looked for.

    A request of `grants` is looked for that each of `bounds` may match and none of `denies` surely matches, whatever
    these allow or deny themselves.
    """

    question: Question
    action: str
    grants: Statement
    bounds: tuple[Statement, ...]
    denies: tuple[Statement, ...]
    widening: bool = True


@dataclass(slots=True)
class Encoding:
    """The formula of one problem, and the request a model of it describes."""

    problem: Problem
    atoms: Atoms = field(default_factory=Atoms)
    keys: dict[str, Key] = field(default_factory=dict)
    members: dict[str, dict[Language, z3.BoolRef]] = field(default_factory=dict)
    constraints: list[Any] = field(default_factory=list)
    primary: dict[str, Site] = field(default_factory=dict)
    ordered: Callable[[Test, str], bool] | None = None
    """Compares numbers, dates and addresses, once every value is known."""
    among: Language | None = None
    """The actions one of which it must be, where they are asked as a pattern."""
    twice: bool = False
    """Looks for each value twice: written with atoms, and as it will be. Dearer, and fewer requests are left."""
    _sites: dict[str, dict[Site, list[Pattern]]] = field(default_factory=dict)
    _many: dict[str, set[tuple[Test, bool, bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._prepare()
        self._state()

    # What is looked for, who grants it, and who does not stand in the way.

    def _state(self) -> None:
        problem = self.problem
        if is_pattern(problem.action):
            action = "action"
            self.constraints += [self._member(action, _NAMES), self._member(action, _actions([problem.action])),
                                 z3.Not(self._member(action, _actions(problem.question.but)))]
            self.constraints += [] if self.among is None else [self._member(action, self.among)]
        for name, rule in problem.question.parts():
            self._rule(name, rule)
        for label, statement, over in self._statements():
            matches = self._matches(statement, label, over=over)
            self.constraints.append(matches if over else z3.Not(matches))
        for name in self._fields():
            if (site := self.primary.get(name)) is None:
                self.constraints += [self._member(value, WITHOUT_ATOMS) for value in self._values(name)]
            else:
                lifted = either([WITHOUT_ATOMS, *(self.atoms.strict(part) for part in self._sites[name][site])])
                self.constraints += [self._member(value, lifted) for value in self._values(name)]

    def _rule(self, name: str, rule: Rule) -> None:
        if name in ("resource", "principal"):
            self.constraints.append(self._within(name, name, rule))
            return
        self.constraints.append(self._key_rule(self._key(name), name, rule))

    def _key_rule(self, key: Key, name: str, rule: Rule) -> Any:
        """Whether a key is as a rule says."""
        if rule.absent is None:
            return z3.Not(key.present)
        there = z3.And(key.present, *self._single(key),
                       *(z3.Implies(used, self._within(value, name, rule))
                         for value, used in zip(key.values, key.used, strict=True)))
        return z3.Or(z3.Not(key.present), there) if rule.absent else there

    def _single(self, key: Key) -> list[Any]:
        return [key.used[0]] if not key.many else []

    def _within(self, value: str, name: str, rule: Rule) -> Any:
        found = []
        if rule.inside:
            found.append(self._is_in(value, name, ("rule",), shapes(rule, rule.inside), fold=rule.fold))
        found += [z3.Not(self._surely(value, name, [part], fold=rule.fold))
                  for part in shapes(rule, rule.outside)]
        return z3.And(*found) if found else z3.BoolVal(True)

    # Statements.

    def _matches(self, statement: Statement, label: str, *, over: bool) -> Any:
        """Whether a statement matches the request: perhaps (`over`), or certainly."""
        parts = [self._speaks_of_action(statement, over=over), self._speaks_of_resource(statement, label, over=over)]
        if statement.principals is not None or statement.not_principals:
            parts.append(self._speaks_of_principal(statement, label, over=over))
        for index, test in enumerate(statement.tests):
            parts.append(self._test(test, statement, (label, index), over=over))
        return z3.And(*parts)

    def _speaks_of_action(self, statement: Statement, *, over: bool) -> Any:
        """Only an action asked as a pattern is symbolic: the statements of any other are chosen already."""
        if not is_pattern(self.problem.action):
            return z3.BoolVal(True)
        named = statement.actions or statement.not_actions
        texts = [text.literal for text in named]
        known = self._member("action", _actions([text for text in texts if text is not None]))
        if statement.actions:
            return z3.BoolVal(True) if over and None in texts else known
        return z3.BoolVal(False) if not over and None in texts else z3.Not(known)

    def _speaks_of_resource(self, statement: Statement, label: str, *, over: bool) -> Any:
        if not statement.resources and not statement.not_resources:
            return z3.BoolVal(True)
        value = "resource"
        if statement.resources:
            found = resource_patterns(statement.resources, statement.variables)
            return self._is(value, "resource", (label, "resource"), found, over=over, arn=True)
        found = resource_patterns(statement.not_resources, statement.variables)
        if not over and any(map(may_be_unset, found)):
            return z3.BoolVal(False)
        return z3.Not(self._is(value, "resource", (label, "resource"), found, over=not over, arn=True))

    def _speaks_of_principal(self, statement: Statement, label: str, *, over: bool) -> Any:
        value = "principal"
        if statement.principals is not None:
            found = principal_patterns(statement.principals, self.problem.question.kind, over=over)
            return self._is(value, "principal", (label, "principal"), found, over=over)
        found = principal_patterns(statement.not_principals, self.problem.question.kind, over=not over)
        return z3.Not(self._is(value, "principal", (label, "principal"), found, over=not over))

    def _test(self, test: Test, statement: Statement, site: Site, *, over: bool) -> Any:
        key, name = self._key(test.key), self._field(test.key)
        if test.kind == "null":
            return self._null(test, key, over=over)
        absent = z3.Not(key.present)
        if (test.kind == "ordered" and self.ordered is None) or (key.many and not test.each):
            return z3.BoolVal(over)
        patterns = [tokens(text, wildcards=test.kind in ("like", "arn"), variables=statement.variables)
                    for text in test.values]
        if not over and test.negated and any(map(may_be_unset, patterns)):
            return z3.BoolVal(False)
        if not over and test.operator == "Bool":
            patterns = [part for part in patterns if "".join(map(str, part)).lower() in ("true", "false")]

        def holds(value: str) -> Any:
            if test.kind == "ordered":
                return self._ordered(test, value)
            positive = over is not test.negated
            found = self._is(value, name, site, patterns, over=positive, arn=test.kind == "arn",
                             fold=test.kind == "fold")
            return z3.Not(found) if test.negated else found

        rows = list(zip(key.values, key.used, strict=True))
        if test.each == "any":
            there = z3.And(key.present, z3.Or(*(z3.And(used, holds(value)) for value, used in rows)))
            return z3.Or(absent, there) if test.if_exists and over else there
        if test.each == "all":
            return z3.Or(absent, z3.And(*(z3.Implies(used, holds(value)) for value, used in rows)))
        there = z3.And(key.present, holds(key.values[0]))
        return z3.Or(absent, there) if test.if_exists or test.negated else there

    def _null(self, test: Test, key: Key, *, over: bool) -> Any:
        """A key that is there without a value counts as absent, as far as AWS's pages tell: either way is possible."""
        words = [text.literal.lower() if text.literal is not None else None for text in test.values]
        if None in words:
            return z3.BoolVal(over)
        empty = z3.And(key.present, z3.Not(z3.Or(*key.used)))
        gone = z3.Or(z3.Not(key.present), empty) if over else z3.Not(key.present)
        there = key.present if over else z3.And(key.present, z3.Not(empty))
        return z3.Or(*(gone if word == "true" else there for word in words))

    def _ordered(self, test: Test, value: str) -> Any:
        assert self.ordered is not None
        met = [text for text in candidates(self.problem, test.key) if self.ordered(test, text)]
        return self._member(value, either(map(literal, met)))

    # Values against patterns.

    def _is(self, value: str, name: str, site: Site, patterns: Sequence[Pattern], *, over: bool,
            arn: bool = False, fold: bool = False) -> Any:
        if over:
            return self._is_in(value, name, site, patterns, fold=fold)
        return self._surely(value, name, patterns, fold=fold, arn=arn)

    def _surely(self, value: str, name: str, patterns: Sequence[Pattern], *, fold: bool, arn: bool = False) -> Any:
        """Matched whatever the unknowns are: as it is written with atoms, or as it will be, by what has no unknowns."""
        found = self._member(value, either([self._narrow(part, fold=fold, arn=arn) for part in patterns]))
        if not self._lifted(name):
            return found
        known = [self._narrow(part, fold=fold, arn=arn) for part in patterns if not _has_unknowns(part)]
        return z3.Or(found, self._member(_itself(value), either(known)))

    def _is_in(self, value: str, name: str, site: Site, patterns: Sequence[Pattern], *, fold: bool) -> Any:
        if any(map(is_everything, patterns)):
            return z3.BoolVal(True)
        found = self._is_written(value, name, site, patterns, fold=fold)
        if not self._lifted(name):
            return found
        return z3.And(found, self._member(_itself(value), either([filled(part, fold=fold) for part in patterns])))

    def _is_written(self, value: str, name: str, site: Site, patterns: Sequence[Pattern], *, fold: bool) -> Any:
        if not self.problem.widening or (self.primary.get(name) == site and not fold):
            return self._member(value, either([self.atoms.strict(part) for part in patterns]))
        along = self._sites[name][self.primary[name]] if name in self.primary else ()
        return self._member(value, either([self.atoms.wide(part, fold=fold, along=along) for part in patterns]))

    def _lifted(self, name: str) -> bool:
        """Whether what a value will be is looked for too, beside the value as it is written with atoms."""
        site = self.primary.get(name)
        return self.twice and site is not None and any(map(_has_unknowns, self._sites[name][site]))

    def _narrow(self, pattern: Pattern, *, fold: bool = False, arn: bool = False) -> z3.ReRef:
        if tuple(pattern) == (STAR,):
            return EVERYTHING
        return self.atoms.narrow(pattern, fold=fold, arn=arn) if pattern is not None else NOTHING

    # The request.

    def _fields(self) -> Iterator[str]:
        yield "resource"
        if self.problem.question.principal is not None:
            yield "principal"
        yield from (name for name in self.keys if self._field(name) == name)

    def _field(self, key: str) -> str:
        """What a key speaks of: in a trust policy, aws:PrincipalArn is the caller itself."""
        question = self.problem.question
        tied = key == "aws:principalarn" and question.principal is not None and question.kind == "AWS"
        return "principal" if tied else key

    def _member(self, value: str, language: Language) -> Any:
        """Whether a value is in a language: a name for it, whose meaning `solve` sees to."""
        if language in (EVERYTHING, NOTHING):
            return z3.BoolVal(language == EVERYTHING)
        rows = self.members.setdefault(value, {})
        if language not in rows:
            rows[language] = z3.Bool(f"{value} in {len(rows)}")
        return rows[language]

    def _values(self, name: str) -> tuple[str, ...]:
        return self.keys[name].values if name in self.keys else (name,)

    def _key(self, name: str) -> Key:
        if name not in self.keys:
            self.keys[name] = self._new_key(name)
        return self.keys[name]

    def _new_key(self, name: str) -> Key:
        if self._field(name) != name:
            return Key(present=z3.BoolVal(True), values=(self._field(name),), used=(z3.BoolVal(True),), many=False)
        many = name in self._many
        if (count := len(self._many.get(name, "1"))) > MOST_VALUES:
            raise Undecidable(f"{name}, which {count} tests on several values speak of")
        key = Key(present=z3.Bool(f"{name} present"), many=many,
                  values=tuple(f"{name} {index}" for index in range(count)),
                  used=tuple(z3.Bool(f"{name} used {index}") for index in range(count)))
        action, question = self.problem.action.lower(), self.problem.question
        if not may_have(action, name):
            self.constraints.append(z3.Not(key.present))
        if question.tags is not None and "resourcetag/" in name:
            self.constraints.append(self._key_rule(key, name, question.tags))
        if is_pattern(action) and (barred := actions_without(name)) is not None:
            self.constraints.append(z3.Implies(key.present, z3.Not(self._member("action", _actions(sorted(barred))))))
        if name in catalogue.booleans():
            self.constraints += [self._member(value, _TRUE_OR_FALSE) for value in key.values]
        if must_have(action, name, question.kind):
            self.constraints.append(key.present)
        self.constraints += [z3.Implies(key.present, used) for used in ([] if many else key.used)]
        return key

    # Which pattern a value is lifted along, and how many values a key needs.

    def _prepare(self) -> None:
        required: set[tuple[str, Site]] = set()
        for name, rule in self.problem.question.parts():
            if rule.inside:
                self._site(name, ("rule",), shapes(rule, rule.inside), fold=rule.fold)
                required.add((name, ("rule",)))
        for label, statement, over in self._statements():
            for key, site, patterns, fold in positive(statement, label, self.problem.question.kind, over=over):
                name = self._field(key)
                self._site(name, site, patterns, fold=fold)
                if over:
                    required.add((name, site))
            for test in statement.tests:
                if test.each or test.key in catalogue.multivalued():
                    self._many.setdefault(test.key, set()).add((test, over, statement.variables))
        for name, sites in self._sites.items():
            weights = {site: max(map(weight, patterns)) for site, patterns in sites.items()}
            self.primary[name] = max(sites, key=lambda site: (
                weights[site][0] > 0, (name, site) in required, weights[site]))
        for sites in self._sites.values():
            for patterns in sites.values():
                for pattern in patterns:
                    self._know(pattern)

    def _know(self, pattern: Pattern) -> None:
        for token in pattern:
            if isinstance(token, Unknown):
                self.atoms.of(token)

    def _site(self, name: str, site: Site, patterns: Sequence[Pattern], *, fold: bool) -> None:
        if patterns and not fold and not any(map(is_everything, patterns)):
            self._sites.setdefault(name, {})[site] = list(patterns)

    def _statements(self) -> Iterator[tuple[str, Statement, bool]]:
        yield "grants", self.problem.grants, True
        for index, statement in enumerate(self.problem.bounds):
            yield f"bounds {index}", statement, True
        for index, statement in enumerate(self.problem.denies):
            yield f"deny {index}", statement, False


def _itself(value: str) -> str:
    """The name of what a value will be once every unknown is decided."""
    return f"{value} itself"


def _has_unknowns(pattern: Pattern) -> bool:
    return any(isinstance(token, Unknown | Variable) for token in pattern)


_LETTERS = many(chars((ord("0"), ord("9")), (ord("a"), ord("z"))), at_least_one=True)
_NAMES = joined((many(chars((ord("-"), ord("-")), (ord("0"), ord("9")), (ord("a"), ord("z"))), at_least_one=True),
                 literal(":"), _LETTERS))




_TRUE_OR_FALSE = either((literal("true"), literal("false")))


def _actions(patterns: Iterable[str]) -> Language:
    """Actions in lower case that match one of the patterns."""
    return either(Atoms().strict(tokens(Text.of(pattern.lower()), variables=False)) for pattern in patterns)


def candidates(problem: Problem, key: str) -> tuple[str, ...]:
    """Values of a key worth trying where numbers, dates or addresses are compared."""
    found: list[str] = []
    for statement in (problem.grants, *problem.bounds, *problem.denies):
        for test in statement.tests:
            if test.key == key and test.kind == "ordered":
                found += [value for text in test.values for value in around(test.operator, str(text))]
    return tuple(dict.fromkeys(found))
