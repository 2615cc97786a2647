"""Whether two programs registered the same: every resource by type and name, with its inputs and its options.

Law: as in `alike.py`, the difference is told. Compared: all inputs of every AWS resource as the engine gets them, after
the mocks answered every reference, so a reference to another resource is another input; whether it is protected, kept
and replaced in which order, and after which resources it is made. A policy's JSON is compared as what it says.

Not compared, because it has no counterpart: our components themselves, which are no resources of AWS, and so the
parents; what is handed out.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]
_POLICIES = ("policy", "assumeRolePolicy")


def differences(ours: Iterable[Json], theirs: Iterable[Json]) -> list[str]:
    """What differs, by type and name of the resource and by what of it; empty where nothing does."""
    left, right = _by_name(ours), _by_name(theirs)
    return [f"{name} {what}" for name in sorted(left.keys() | right.keys())
            for what in _differing(left.get(name, {}), right.get(name, {}))]


def counted(seen: Iterable[Json]) -> dict[str, int]:
    """How many resources there are, of how many types, and how many statements their policies have."""
    every = _by_name(seen).values()
    kinds = Counter(one["type"] for one in every)
    return {"resources": kinds.total(), "types of them": len(kinds), "policy statements": sum(
        len(one["inputs"][key]["Statement"]) for one in every for key in _POLICIES if key in one["inputs"])}


def _by_name(seen: Iterable[Json]) -> dict[str, Json]:
    every = [one for one in seen if one["type"].startswith("aws:")]
    found = {f"{one['type']} {one['name']}": one | {"inputs": _read(one["inputs"])} for one in every}
    if len(found) != len(every):
        raise ValueError("two resources of one type have the same name")
    return found


def _differing(one: Json, other: Json) -> list[str]:
    if not (one and other):
        return ["(only on the plain side)" if other else "(only on ours)"]
    return [what for part in ("inputs", "options") for what in sorted(one[part].keys() | other[part].keys())
            if one[part].get(what) != other[part].get(what)]


def _read(inputs: Mapping[str, Any]) -> Json:
    """The inputs, with policies as what they say; of a secret one, that it is one stays to be seen."""
    said = dict(inputs)
    for key in _POLICIES:
        if key in said:
            hidden = isinstance(said[key], dict)
            said[key] = json.loads(said[key]["value"] if hidden else said[key]) | {"secret": hidden}
    return said
