"""What was made, changed, replaced and removed; and which of it no judge looks at.

The rows are for whoever updates a stack. The findings are for the verdict: a change that nobody judges leaves it
undecided, and a setting that was loosened makes it broader.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.model.catalogue.proofs.diff import DiffTypes, Harmless, Judged, Setting, diff_types
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import BEFORE, Joint
from conveyor_iac.proofs.diff.replacing import replaced
from conveyor_iac.proofs.iam.power import items
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer, Verdict, refuted, together, undecided

_SPOKEN_TAG = re.compile(r"(?:resource|principal)tag/((?:[^\"$]|\$(?!\{))*)(\$\{)?", re.IGNORECASE)
_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy")
"""What CloudFormation does with a resource; nothing that anybody may do hangs on it."""
_ATTACHED = {"AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"), "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
             "AWS::IAM::RolePolicy": ("RoleName",), "AWS::IAM::UserPolicy": ("UserName",),
             "AWS::IAM::GroupPolicy": ("GroupName",), "AWS::IAM::UserToGroupAddition": ("Users", "GroupName")}
"""What is attached to somebody, and the properties that say to whom."""
_SECTIONS = frozenset({"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions",
                       "Outputs", "Resources", "Rules"})
"""The sections of a template that the judges read, or that let nobody do anything."""
_NAMED = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName",
          "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::InstanceProfile": "InstanceProfileName"}
"""What policies speak of by its name, and the property that gives it."""
_ALIAS = "AWS::KMS::Alias"
_BY_ALIAS = ("kms:requestalias", "kms:resourcealiases")
_RUN = "AWS::CloudFormation::Init"
"""Metadata that a machine runs when it starts."""


def found(joint: Joint) -> Iterator[Found]:
    """What may be more in each resource that is new or changed, as far as no other judge looks at it."""
    table, before, after = diff_types(), joint.before.template.resources, joint.after.template.resources
    tags = _Tags(joint)
    for name in dict.fromkeys((*after, *before)):
        if name not in after:
            answers = [] if table.knows(before[name].type) else [
                undecided(f"what {name} ({before[name].type}) kept from happening is not judged")]
        else:
            answers = list(_answers(table, tags, before.get(name), after[name]))
        answers += _outside(joint, before.get(name), after.get(name))
        answers += _aliased(joint, before.get(name), after.get(name))
        answers += _called_otherwise(joint, before.get(name), after.get(name))
        if answers:
            yield Found(kind=Kind.RESOURCE, subject=name, answer=together(answers))
    mine, theirs = (case.template.body for case in (joint.before, joint.after))
    for section in sorted({*mine, *theirs} - _SECTIONS):
        if mine.get(section) != theirs.get(section):
            yield Found(kind=Kind.RESOURCE, subject=section, answer=undecided(f"what the section {section} does"
                                                                             " is not judged"))


def _called_otherwise(joint: Joint, before: Resource | None, after: Resource | None) -> Iterator[Answer]:
    """A resource that takes a name which another had, or of which something speaks: that is about this one now."""
    if before is None or after is None or (key := _NAMED.get(after.type)) is None:
        return
    name = after.properties.get(key)
    if name is None or name == before.properties.get(key):
        return
    others = [one for side in (joint.before, joint.after) for one in side.template.resources.values()
              if one.logical_id != after.logical_id]
    if any(one.type == after.type and one.properties.get(key) == name for one in others) or (
            isinstance(name, str) and any(name in json.dumps(one.properties, default=str) for one in others)):
        yield undecided(f"what is said elsewhere of the name that {after.logical_id} has now is not judged")


def changes(before: Resource, after: Resource) -> list[str]:
    """The properties and attributes that are not the same in both."""
    names = [key for key in dict.fromkeys((*after.properties, *before.properties))
             if before.properties.get(key) != after.properties.get(key)]
    if "Tags" in names and (tags := _tags(before)) is not None and tags == _tags(after):
        names.remove("Tags")  # they are told in another order
    names += [key for key in ("Condition", *_ATTRIBUTES) if before.body.get(key) != after.body.get(key)]
    return names + ([f"Metadata.{_RUN}"] if _run(before) != _run(after) else [])


def rows(joint: Joint) -> Iterator[dict[str, Any]]:
    """Every resource that is not as it was, in the words of a report. `joint.after` is the new template."""
    before, after = joint.before.template.resources, joint.after.template.resources
    open_ones = {one.subject for side in (joint, joint.turned()) for one in found(side)
                 if one.answer.verdict is Verdict.UNDECIDED}
    fates = _fates(joint)
    for name, resource in after.items():
        was = joint.pairs.get(name)
        if was is None:
            retyped = BEFORE + name in before
            yield _row(name, name if retyped else None, resource, "replaced" if retyped else "added",
                       ["Type"] if retyped else [], not {name, BEFORE + name} & open_ones)
        elif (names := changes(before[name], resource)) or name in fates or was != name:
            change = "renamed" if was != name else fates.get(name, "changed")
            yield _row(name, was, resource, change, names, name not in open_ones)
    for name, resource in before.items():
        own = name.removeprefix(BEFORE)
        if name not in joint.pairs and (own not in after or own in joint.pairs):
            yield _row(own, own, resource, "removed", [], name not in open_ones)


def _row(name: str, was: str | None, resource: Resource, change: str, names: list[str], is_judged: bool
         ) -> dict[str, Any]:
    return {"logical_id": name, "was": was, "type": resource.type, "change": change, "properties": names,
            "judged": is_judged}


def _fates(joint: Joint) -> dict[str, str]:
    """What is replaced, or may be: by its own change, or because what it stands in is."""
    before, after = joint.before.template.resources, joint.after.template.resources
    found = {name: "renamed" for name, was in joint.pairs.items() if name != was}
    for name in joint.pairs:
        if before[name].condition != after[name].condition and _may_vanish(joint, before[name], after[name]):
            found.setdefault(name, "may be replaced")
    while True:
        sure = [name for name, fate in found.items() if fate != "may be replaced"]
        more = {name: fate for name in joint.pairs if found.get(name) in (None, "may be replaced")
                and (fate := _fate(before[name], after[name], sure, list(found))) is not None
                and fate != found.get(name)}
        if not more:
            return {name: fate for name, fate in found.items() if fate != "renamed"}
        found |= more


def _fate(before: Resource, after: Resource, sure: list[str], perhaps: list[str]) -> str | None:
    names = changes(before, after)
    fate = replaced(before, after, names, sure)
    return fate or ("may be replaced" if replaced(before, after, names, perhaps) else None)


def _may_vanish(joint: Joint, before: Resource, after: Resource) -> bool:
    """Whether one deployment had it and the next has not."""
    names = tuple(sorted({name for name in (before.condition, after.condition) if name}))
    try:
        worlds = joint.after.conditions.worlds(names)
    except Undecidable:
        return True
    return any((before.condition is None or world.conditions[before.condition])
               and after.condition is not None and not world.conditions[after.condition] for world in worlds)


def _run(resource: Resource) -> Any:
    metadata = resource.body.get("Metadata")
    return metadata.get(_RUN) if isinstance(metadata, Mapping) else None


def _answers(table: DiffTypes, tags: "_Tags", before: Resource | None, after: Resource) -> Iterator[Answer]:
    """What may be more in one resource; nothing where it may not or where a judge looks at it."""
    names = [*after.properties, *([f"Metadata.{_RUN}"] if _run(after) else [])] if before is None \
        else changes(before, after)
    if not table.reads(after.type) and (before is None or set(names) - {"Tags", *_ATTRIBUTES}):
        yield undecided(f"what {after.logical_id} ({after.type}) may do is not judged")
        return
    open_ones = []
    for name in names:
        row = table.row(after.type, name)
        if name == "Tags":
            yield from tags.answers(before, after)
        elif isinstance(row, tuple):
            yield from (answer for setting in row if before for answer in _loosened(setting, before, after))
        elif not (name in _ATTRIBUTES or isinstance(row, Judged)
                  or (isinstance(row, Harmless) and (before is None or not row.new))):
            open_ones.append(name)
    if "Condition" in open_ones and _is_whole(table, after):
        open_ones.remove("Condition")
    if open_ones:
        yield undecided(f"what {after.logical_id} ({after.type}) may do by {', '.join(open_ones)} is not judged")
    if before is None or "Condition" in names:
        yield from (answer for setting in _settings(table, after) for answer in _loosened(setting, None, after))


def _outside(joint: Joint, before: Resource | None, after: Resource | None) -> Iterator[Answer]:
    """Undecided for a policy that is not the same and is attached to somebody of no template: nobody asks about him."""
    one = after or before
    if one is None or one.type not in _ATTACHED or (before and after and not changes(before, after)):
        return
    for case, resource in ((joint.before, before), (joint.after, after)):
        rows = [] if resource is None else [row for key in _ATTACHED[one.type] for _, row in items(
            resource.properties.get(key, []))]
        if any(not isinstance(row, Mapping) or row.get("Ref") not in case.template.resources for row in rows):
            yield undecided(f"what {one.logical_id} lets somebody do who is in no template here is not judged")
            return


def _aliased(joint: Joint, before: Resource | None, after: Resource | None) -> Iterator[Answer]:
    """Undecided for an alias of a key that is not the same, where a policy speaks of keys by their aliases."""
    one = after or before
    if one is None or one.type != _ALIAS or (before and after and before.properties == after.properties):
        return
    said = (json.dumps(row.properties, default=str).lower() for case in (joint.before, joint.after)
            for template in (case.template, *case.beside) for row in template.resources.values())
    if any(word in text for text in said for word in _BY_ALIAS):
        yield undecided(f"what policies that speak of keys by their aliases let others do by {one.logical_id} "
                        "is not judged")


def _is_whole(table: DiffTypes, resource: Resource) -> bool:
    """Whether nothing of a resource is open when it is new, so that it may be made under any condition."""
    return table.reads(resource.type) and all(name == "Tags" or table.row(resource.type, name) is not None
                                              for name in resource.properties)


def _settings(table: DiffTypes, resource: Resource) -> list[Setting]:
    """The settings of a type."""
    return [setting for (type_, _), row in table.rows.items() if type_ == resource.type and isinstance(row, tuple)
            for setting in row]


def _loosened(setting: Setting, before: Resource | None, after: Resource) -> Iterator[Answer]:
    """What comes of a setting: nothing where it is as tight as it was, or as tight as can be in something new."""
    was = None if before is None else _value(before, setting, setting.new)
    now = _value(after, setting, setting.new if before is None else setting.absent)
    if now is not None and (now == was or now in setting.tight or (before is None and setting.less)):
        return
    what = f"{after.logical_id}.{setting.path}"
    if now is None or (before is not None and was is None):
        yield undecided(f"it is not known whether {what} is looser than it was: {setting.reason}")
    elif before is None:
        yield undecided(f"{what} is {now}: {setting.reason}")
    elif setting.less and not (now.isdigit() and str(was).isdigit()):
        yield undecided(f"it is not known whether {what} is looser than it was: {setting.reason}")
    elif setting.less and int(now) <= int(str(was)):
        return
    elif setting.less or was in setting.tight:
        yield refuted({"resource": after.logical_id, "setting": setting.path, "was": was, "is": now,
                       "reason": setting.reason})
    else:
        yield undecided(f"it is not known whether {what} is looser than it was: {setting.reason}")


def _value(resource: Resource, setting: Setting, absent: str) -> str | None:
    """The value of a setting, as text; None where only a deployment decides it."""
    value: Any = resource.properties
    for step in setting.path.split("."):
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            return None
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return absent
    return None if isinstance(value, dict | list) else str(value).lower() if isinstance(value, bool) else str(value)


class _Tags:
    """The tags that policies of the templates speak of: what carries one of those may be done other things with."""

    def __init__(self, joint: Joint) -> None:
        self._spoken: set[str] = set()
        self._any = False
        for template in (joint.before.template, joint.after.template, *joint.before.beside, *joint.after.beside):
            self._read(template)

    def _read(self, template: Template) -> None:
        for resource in template.resources.values():
            for key, placeholder in _SPOKEN_TAG.findall(json.dumps(resource.properties, default=str)):
                self._spoken.add(key.lower())
                self._any = self._any or bool(placeholder)

    def answers(self, before: Resource | None, after: Resource) -> Iterator[Answer]:
        """Undecided for each changed tag that a policy speaks of, and for tags that cannot be told apart.

        What is new brings its tags: who may do something with what carries them is told by the policies.
        """
        if before is None:
            return
        mine, theirs = _tags(before), _tags(after)
        if mine is None or theirs is None:
            yield undecided(f"it is not known which tags of {after.logical_id} have changed")
            return
        changed = {key for key in {*theirs, *mine} if theirs.get(key) != mine.get(key)}
        for key in sorted(changed):
            if self._any or key.lower() in self._spoken:
                yield undecided(f"what policies that speak of the tag {key} let others do with {after.logical_id} "
                                "is not judged")


def _tags(resource: Resource) -> dict[str, Any] | None:
    """The tags by their keys; None where a function decides which there are."""
    value = resource.properties.get("Tags", [])
    if not isinstance(value, list):
        return None
    found = {}
    for row in value:
        if not isinstance(row, Mapping) or not isinstance(row.get("Key"), str):
            return None
        found[row["Key"]] = row.get("Value")
    return found
