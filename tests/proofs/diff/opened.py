"""Pairs of templates, and what the judges of networks say that the second opens."""

import json
from collections.abc import Callable, Iterator

from conveyor_iac.proofs.diff import doors, filters, network
from conveyor_iac.proofs.diff.found import Found, summed
from conveyor_iac.proofs.diff.joint import Joint, joint
from conveyor_iac.proofs.template import Template, read
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import Body, Change, case, changed

Judge = Callable[[Joint], Iterator[Found]]
JUDGES: tuple[Judge, ...] = (network.found, filters.found, doors.found)
PUBLISHED = ("network-private", "network-shared", "network-dedicated", "network-private-existing-vpc",
             "endpoint-service", "installer-role")


def made(resources: Body, parameters: Body | None = None, conditions: Body | None = None) -> Template:
    """A template of these resources."""
    body = {"Resources": resources, "Parameters": parameters or {}, "Conditions": conditions or {}}
    return read(json.dumps(body), "made")


def pair(name: str, change: Change, *first: Change) -> Joint:
    """A published template, and the same changed; `first` changes both."""
    return asked(case(name, None, *first).template, case(name, None, changed(*first, change)).template)


def asked(old: Template, new: Template) -> Joint:
    """Whether the new one may do more; its time begins."""
    found = joint(old, new)
    found.after.start()
    found.before.start()
    return found


def opened(given: Joint, *judges: Judge) -> Verdict:
    """The verdict of these judges, or of all."""
    return summed(found.answer for judge in judges or JUDGES for found in judge(given))


def refutations(given: Joint, *judges: Judge) -> list[Found]:
    """Everything that is opened."""
    return [found for judge in judges or JUDGES for found in judge(given)
            if found.answer.verdict is Verdict.REFUTED]
