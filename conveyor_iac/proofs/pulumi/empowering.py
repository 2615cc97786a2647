"""What a role may do, as Pulumi spreads it over resources: written into it, attached to it, or told by the state only.

A policy that may not be there counts as one that nobody knows: it may allow, and it may deny. So does what several
resources say of one thing, for the last that was deployed is what stands.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from conveyor_iac.proofs.pulumi.building import Building
from conveyor_iac.proofs.pulumi.folding import Properties, Shape
from conveyor_iac.proofs.pulumi.spelling import is_set, vague
from conveyor_iac.proofs.pulumi.standing import told
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

_ROLE: Final = "AWS::IAM::Role"


def _role(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """Policies that are written into the role, and managed ones it lists; `settle` sees to those of the state."""
    building.roles[name] = plain
    row["Policies"] = [_inline(building, policy, f"{name}.inlinePolicies")
                       for policy in building.rows(plain.inputs.get("inlinePolicies"))
                       if not isinstance(policy, Mapping) or is_set(policy.get("policy"))]
    row["ManagedPolicyArns"] = [building.spelled(arn, "vague", f"{name}.managedPolicyArns")
                                for arn in building.rows(plain.inputs.get("managedPolicyArns"))]


def _inline(building: Building, policy: Any, where: str) -> Properties:
    known = isinstance(policy, Mapping)
    return {"PolicyName": str(policy.get("name") or "inline") if known else "inline", "PolicyDocument":
            building.spelled(policy.get("policy") if known else policy, "identity", where)}


def _attachment(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A managed policy on one or several roles; on a role that is not surely the one meant, nobody knows which."""
    arn = building.spelled(plain.inputs.get("policyArn"), "vague", f"{name}.policyArn")
    building.attached.append((name, plain.type, str(arn)))
    for role in _roles(plain):
        owners = [] if isinstance(role, Untold) else building.targets(_ROLE, role)
        for owner in owners:
            _listed(building, plain, name, owner)
            if arn not in building.resources[owner]["Properties"]["ManagedPolicyArns"]:
                building.append([owner], "ManagedPolicyArns", arn)
        if not owners:
            perhaps = vague(building.spelling.why(role, f"{name}.role") or f"whether {name} is attached to it")
            building.append(_perhaps(building, role), "ManagedPolicyArns", perhaps)


def _roles(plain: Plain) -> list[Any]:
    """The roles that it names; a PolicyAttachment may name none, and only users or groups."""
    if not plain.type.endswith(":PolicyAttachment"):
        role = told(plain, "role")
        return [role if is_set(role) else Untold("is not told")]
    roles = told(plain, "roles")
    return [role for role in (roles if isinstance(roles, list) else [roles]) if is_set(role)]


def _perhaps(building: Building, role: Any) -> list[str]:
    """The roles that one may be which is not known, is written in other letters, or whose name was not told."""
    return [name for name, row in building.of_type(_ROLE) if isinstance(role, Untold) or "RoleName" not in row
            or name in building.alike(_ROLE, role)]


def _listed(building: Building, plain: Plain, name: str, owner: str) -> None:
    """A role that lists its policies has no others: what is attached beside is taken away sooner or later."""
    listed = building.roles[owner].inputs.get("managedPolicyArns")
    if isinstance(listed, list) and listed and plain.inputs.get("policyArn") not in listed:
        building.unread(name, ("iam",), f"whether {name} stays attached to {owner}, which lists its policies itself")


def settle(building: Building) -> None:
    """What only the whole stack tells: policies of the state beside those of resources, and what is given twice."""
    own = [(str(row.get("RoleName")), str(row.get("PolicyName")))
           for name, row in building.of_type("AWS::IAM::RolePolicy") if not name.endswith("/unread")]
    for (_role, policy), count in Counter(own).items():
        if count > 1:
            building.unread(policy, ("iam",), f"which of {count} policies named {policy} of one role stands")
    for name, plain in building.roles.items():
        inline = {policy for role, policy in own if role == str({"Ref": name})}
        if inline and building.resources[name]["Properties"]["Policies"]:
            building.unread(name, ("iam",), f"whether {name}, which lists its inline policies itself, keeps others")
        _of_the_state(building, plain, name, inline)
    _exclusive(building)


def _of_the_state(building: Building, plain: Plain, name: str, inline: set[str]) -> None:
    """Policies that the state of a role has and no resource gives: they may be gone by now."""
    row = building.resources[name]["Properties"]
    if not is_set(plain.inputs.get("inlinePolicies")):
        for policy in building.rows(plain.outputs.get("inlinePolicies")):
            if not isinstance(policy, Mapping) or (is_set(policy.get("policy")) and policy.get("name") not in inline):
                row["Policies"].append(_allowing(_inline(building, policy, f"{name}.inlinePolicies"), name))
    if not is_set(plain.inputs.get("managedPolicyArns")):
        for arn in building.rows(plain.outputs.get("managedPolicyArns")):
            if building.spelled(arn, "vague", f"{name}.managedPolicyArns") not in row["ManagedPolicyArns"]:
                building.append([name], "ManagedPolicyArns", vague(f"whether {arn} is still attached to {name}"))


def _allowing(policy: Properties, name: str) -> Properties:
    """A policy that only allows; one that denies is not known, for it may be gone."""
    statements = policy["PolicyDocument"]["Statement"]
    rows = statements if isinstance(statements, list) else [statements]
    if all(isinstance(row, Mapping) and row.get("Effect") == "Allow" for row in rows):
        return policy
    return {**policy, "PolicyDocument": {
        "Version": vague(f"whether {name} still has what its state tells of inline policies"), "Statement": []}}


def _exclusive(building: Building) -> None:
    """A PolicyAttachment takes its policy away from everybody that it does not name."""
    times = Counter(arn for _, _, arn in building.attached)
    for plain in building.roles.values():
        times.update(str(building.spelled(arn, "vague", "")) for arn in building.rows(
            plain.inputs.get("managedPolicyArns")))
    for name, type_, arn in building.attached:
        if type_.endswith(":PolicyAttachment") and times[arn] > 1:
            building.unread(name, ("iam",), f"from whom {name} takes its policy away")


SHAPES: Final[Mapping[str, Shape]] = {"role": _role, "attachment": _attachment}
