"""Regular languages: whether some text is in all of these and in none of those, and the shortest such text.

A language is written as nested tuples (`literal`, `chars`, `joined`, `either`, `many`), so that equal languages are
equal values; its automaton is made once and determinised only as far as somebody walks. Exact: nothing is cut short.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from conveyor_iac.proofs.scope import Undecidable

Language = tuple[Any, ...]
Ranges = tuple[tuple[int, int], ...]
Move = tuple[int, int, int]
"""The first and the last character of a stretch, and the states after it."""
State = tuple[int, ...]
LAST: Final = 0x10FFFF
MOST_STATES: Final = 50_000


def literal(text: str) -> Language:
    """Exactly this text."""
    return ("literal", text)


def chars(*ranges: tuple[int, int]) -> Language:
    """One character of these ranges, both ends included."""
    return ("chars", tuple(sorted(ranges)))


def joined(parts: Sequence[Language]) -> Language:
    """One after the other."""
    return parts[0] if len(parts) == 1 else ("joined", tuple(parts))


def either(parts: Iterable[Language]) -> Language:
    """One of them; of none, no text at all."""
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else ("either", found)


def many(part: Language, *, at_least_one: bool = False) -> Language:
    """Any number of them."""
    return ("joined", (part, ("many", part))) if at_least_one else ("many", part)


ANY = chars((0, LAST))
EVERYTHING = many(ANY)
NOTHING = either(())


class Automaton:
    """The states of one language, each set of them numbered as it is met."""

    __slots__ = ("_accepting", "_edges", "_empty", "_live", "_moves", "_numbers", "_sets", "start")

    def __init__(self, language: Language) -> None:
        self._edges: list[list[tuple[Ranges, int]]] = [[]]
        self._empty: list[list[int]] = [[]]
        first = self._state()
        last = self._add(language, first)
        self._accepting = last
        self._sets: list[frozenset[int]] = []
        self._numbers: dict[frozenset[int], int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._live: dict[int, tuple[Move, ...]] = {}
        self.start = self._number(self._closed({first}))

    def _state(self) -> int:
        self._edges.append([])
        self._empty.append([])
        return len(self._edges) - 1

    def _add(self, language: Language, first: int) -> int:
        """Adds a language after a state and gives the state after it."""
        kind, value = language
        if kind == "literal":
            for char in value:
                following = self._state()
                self._edges[first].append((((ord(char), ord(char)),), following))
                first = following
            return first
        if kind == "chars":
            last = self._state()
            self._edges[first].append((value, last))
            return last
        if kind == "joined":
            for part in value:
                first = self._add(part, first)
            return first
        if kind == "many":
            loop = self._state()
            self._empty[first].append(loop)
            self._empty[self._add(value, loop)].append(loop)
            last = self._state()
            self._empty[loop].append(last)
            return last
        last = self._state()
        for part in value:
            entry = self._state()
            self._empty[first].append(entry)
            self._empty[self._add(part, entry)].append(last)
        return last

    def _closed(self, states: set[int]) -> frozenset[int]:
        waiting = list(states)
        while waiting:
            for following in self._empty[waiting.pop()]:
                if following not in states:
                    states.add(following)
                    waiting.append(following)
        return frozenset(states)

    def _number(self, states: frozenset[int]) -> int:
        if states not in self._numbers:
            self._numbers[states] = len(self._sets)
            self._sets.append(states)
        return self._numbers[states]

    def accepts(self, number: int) -> bool:
        """Whether the text so far is in the language."""
        return self._accepting in self._sets[number]

    def moves(self, number: int) -> tuple[Move, ...]:
        """What follows after one more character, for every character: stretches that are treated alike, in order."""
        if (found := self._moves.get(number)) is None:
            edges = [(low, high, following) for state in self._sets[number] for ranges, following in self._edges[state]
                     for low, high in ranges]
            points = sorted({0, LAST + 1, *(low for low, _, _ in edges), *(high + 1 for _, high, _ in edges)})
            found = self._moves[number] = tuple(
                (low, end - 1, self._number(self._closed({to for first, last, to in edges if first <= low <= last})))
                for low, end in pairwise(points))
        return found

    def live_moves(self, number: int) -> tuple[Move, ...]:
        """The stretches after which something can still follow."""
        if (found := self._live.get(number)) is None:
            found = self._live[number] = tuple(move for move in self.moves(number) if self._sets[move[2]])
        return found


@lru_cache(maxsize=16384)
def automaton(language: Language) -> Automaton:
    """The automaton of a language."""
    return Automaton(language)


@lru_cache(maxsize=65536)
def witness(inside: frozenset[Language], outside: frozenset[Language]) -> str | None:
    """The shortest text that is in every language of `inside` and in none of `outside`; nothing where there is none."""
    machines = [automaton(row) for row in (*inside, *outside)]
    count = len(inside)
    start = tuple(machine.start for machine in machines)
    came: dict[State, tuple[State, int] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        if all(machine.accepts(number) is (index < count)
               for index, (machine, number) in enumerate(zip(machines, state, strict=True))):
            return _text(came, state)
        for low, high, following in _steps(machines, count, state):
            if len(came) > MOST_STATES:
                raise Undecidable("what a value can be that so many patterns with wildcards meet on")
            if following not in came:
                came[following] = (state, _likely(low, high))
                waiting.append(following)
    return None


def contains(language: Language, text: str) -> bool:
    """Whether a text is in a language."""
    machine = automaton(language)
    number = machine.start
    for char in map(ord, text):
        number = next(following for low, high, following in machine.moves(number) if low <= char <= high)
    return machine.accepts(number)


def fitting(signs: Mapping[Language, bool]) -> tuple[str | None, frozenset[Language]]:
    """A text that is in the languages signed True and in none signed False, and the languages it took to find it.

    Without such a text, those languages are the reason. Each is asked for only when a text breaks it.
    """
    inside: set[Language] = set()
    outside: set[Language] = set()
    while (text := witness(frozenset(inside), frozenset(outside))) is not None:
        broken = next((language for language, sign in signs.items() if contains(language, text) is not sign), None)
        if broken is None:
            break
        (inside if signs[broken] else outside).add(broken)
    return text, frozenset(inside | outside)


def _steps(machines: list[Automaton], count: int, state: State) -> list[tuple[int, int, State]]:
    """Where all machines go together; those of the first `count` must stay alive."""
    found: list[tuple[int, int, State]] = [(0, LAST, ())]
    for index, (machine, number) in enumerate(zip(machines, state, strict=True)):
        found = _crossed(found, machine.live_moves(number) if index < count else machine.moves(number))
    return found


def _crossed(rows: list[tuple[int, int, State]], moves: tuple[Move, ...]) -> list[tuple[int, int, State]]:
    """Two rows of stretches, each in order, cut at each other's ends."""
    found, index = [], 0
    for low, high, state in rows:
        while index < len(moves) and moves[index][1] < low:
            index += 1
        at = index
        while at < len(moves) and moves[at][0] <= high:
            first, last, following = moves[at]
            found.append((max(low, first), min(high, last), (*state, following)))
            at += 1
    return found


def _likely(low: int, high: int) -> int:
    """A character of a stretch: a letter or digit where there is one, else one that can be read."""
    return next((char for char in (97, 48, 65, 45) if low <= char <= high), max(low, 33) if high >= 33 else low)


def _text(came: dict[State, tuple[State, int] | None], state: State) -> str:
    found = []
    while (step := came[state]) is not None:
        state, char = step
        found.append(chr(char))
    return "".join(reversed(found))
