"""Counterexamples confirmed a second time: the template is filled with their values by an evaluator that knows nothing
of the proofs, every policy of the role is gathered anew, and the replay is asked about the request.

Shares with the prover only the replay and the request; names that are made up at deploy time are the ones it makes up.
"""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conveyor_iac.errors import HIDDEN
from conveyor_iac.proofs.iam.replay import Decision, replay, replay_trust
from conveyor_iac.proofs.iam.request import Request
from tests.cdk.filled import Filled

PINNED = Path(__file__).parents[3] / "conveyor_iac" / "model" / "catalogue" / "proofs" / "managed_policies"
SECRET = "a" * 16
"""What stands for a secret that the counterexample hides: the shortest that the external id may be."""
PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "222222222222", "AWS::Region": "eu-west-1",
          "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "stack"}
MADE_UP = "a"
NAMES = {"AWS::IAM::Role": ("RoleName", "role"), "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "policy")}
TRUST, CREATED = "trust", "created"
Json = dict[str, Any]


class Deployed(Filled):
    """A template with the values of a counterexample, and the names and ARNs of its roles and policies."""

    def __init__(self, body: Json, parameters: Mapping[str, str]) -> None:
        super().__init__(body, {**PSEUDO, **{name: SECRET if value == HIDDEN else value
                                             for name, value in parameters.items()}})
        for name, row in body["Resources"].items():
            if row["Type"] in NAMES:
                self._name(name, row)

    def _name(self, logical_id: str, row: Json) -> None:
        key, kind = NAMES[row["Type"]]
        given = row.get("Properties", {})
        name, path = self.read(given.get(key, MADE_UP)), self.read(given.get("Path", "/"))
        arn = f"arn:aws:iam::{PSEUDO['AWS::AccountId']}:{kind}{path}{name}"
        self.values |= {logical_id: arn if kind == "policy" else name, f"{logical_id}.Arn": arn}

    def fn_getatt(self, asked: Any) -> Any:
        name, attribute = asked.split(".", 1) if isinstance(asked, str) else asked
        return self.values.get(f"{name}.{attribute}", "x")

    def fn_sub(self, asked: Any) -> str:
        text, given = asked if isinstance(asked, list) else (asked, {})
        beside = {key: self.read(value) for key, value in given.items()}
        told = re.sub(r"\$\{(?!!)([^}]+)\}", lambda hit: str(beside.get(hit[1]) or self.values.get(hit[1], "x")), text)
        return told.replace("${!", "${")

    def holds(self, condition: Any) -> bool:
        if isinstance(condition, dict) and "Fn::Or" in condition:
            return any(map(self.holds, condition["Fn::Or"]))
        return super().holds(condition)


def confirmed(body: Json, contract: Json, shown: Mapping[str, Any], claim: str, beside: tuple[Json, ...] = ()) -> bool:
    """Whether the counterexample is allowed with its own values, which the parameters' constraints let through."""
    assert all(takes(body["Parameters"][name], value) for name, value in shown.get("parameters", {}).items())
    deployed = Deployed(body, shown["parameters"])
    request = asked(shown)
    role = contract["installer"]["role"]
    if request.principal or claim.startswith("trust."):
        trust = deployed.rows("Resources")[role]["Properties"]["AssumeRolePolicyDocument"]
        return replay_trust(request, trust).decision is Decision.ALLOWED
    others = [Deployed(other, {}) for other in beside]
    powers = [of_role(deployed, role, others), of_created(deployed, contract["installer"], others)]
    return any(replay(request, *power).decision is Decision.ALLOWED for power in powers)


def asked(shown: Mapping[str, Any]) -> Request:
    """The request that a counterexample tells."""
    service = shown["eventSource"].removesuffix(".amazonaws.com")
    context = {key: tuple(SECRET if value == HIDDEN else value for value in values)
               for key, values in shown["context"].items()}
    who = shown["userIdentity"]
    return Request(action=f"{service}:{shown['eventName']}", resource=shown["resources"][0]["ARN"], context=context,
                   principal=who.get("arn", ""), principal_kind=who["type"] if "arn" in who else "AWS")


def takes(row: Json, value: str) -> bool:
    """Whether a parameter's own constraints let a value through."""
    if value == HIDDEN:
        value = SECRET
    if str(row["Type"]).startswith("AWS::SSM::"):
        return True
    return (re.fullmatch(row.get("AllowedPattern", "(?s).*"), value) is not None
            and value in map(str, row.get("AllowedValues", [value]))
            and int(row.get("MinLength", 0)) <= len(value) <= int(row.get("MaxLength", 4096)))


def of_role(deployed: Deployed, role: str, others: list[Deployed]) -> tuple[list[Json], list[Json] | None]:
    """Every document a role of the template holds, and its boundary; a boundary that cannot be read is left out."""
    rows = deployed.rows("Resources")
    given = rows[role]["Properties"]
    found = [policy["PolicyDocument"] for policy in given.get("Policies", [])]
    for arn in given.get("ManagedPolicyArns", []):
        found += documents(deployed, arn, others)
    for row in rows.values():
        named = row.get("Properties", {}).get("RoleName" if row["Type"] == "AWS::IAM::RolePolicy" else "Roles", [])
        if row["Type"] in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy") \
                and deployed.values[role] in ([named] if isinstance(named, str) else named):
            found.append(row["Properties"]["PolicyDocument"])
    bound = documents(deployed, given.get("PermissionsBoundary"), others)
    return found, bound or None


def of_created(deployed: Deployed, part: Json, others: list[Deployed]) -> tuple[list[Json], list[Json] | None]:
    """Every predefined policy at once, inside the boundary of the contract."""
    arns = [deployed.values.get(name, name) for name in part.get("predefined", [])]
    found = [document for arn in arns for document in documents(deployed, arn, others)]
    bound = deployed.values.get(part.get("boundary"), part.get("boundary"))
    return found, documents(deployed, bound, others) if bound else None


def documents(deployed: Deployed, arn: Any, others: list[Deployed]) -> list[Json]:
    """The document of a managed policy by its ARN: of the template, of one beside it, or of AWS."""
    for template in (deployed, *others):
        found = [row["Properties"]["PolicyDocument"] for name, row in template.rows("Resources").items()
                 if row["Type"] == "AWS::IAM::ManagedPolicy" and template.values[name] == arn]
        if found:
            return found
    name = str(arn).replace("${AWS::Partition}", "aws").removeprefix("arn:aws:iam::aws:policy/").rpartition("/")[2]
    pinned = PINNED / f"{name}.json"
    return [json.loads(pinned.read_text())] if ":iam::aws:" in str(arn) and pinned.exists() else []


def breaks(deployed: Deployed, part: Json, shown: Mapping[str, Any], claim: str) -> bool:
    """Whether the request is one that the claim forbids, read from the contract alone."""
    request, trust = asked(shown), part.get("trust", {})

    def value(name: Any) -> Any:
        return deployed.values.get(name, name)

    context = {key: values[0] if values else None for key, values in request.context.items()}
    created = deployed.read({"Fn::Sub": whole(part["creates_roles"])}) if part.get("creates_roles") else ""
    itself = deployed.values[f"{part['role']}.Arn"]
    agreed = f":iam::{value(trust.get('account'))}:role/{value(trust.get('role'))}" if trust else ""
    tests = {
        "trust.principal": request.principal_kind != "AWS" or not request.principal.endswith(agreed),
        "trust.external-id": context.get("sts:externalid") != value(trust.get("external_id")),
        "trust.session-name": context.get("sts:rolesessionname") != value(trust.get("session_name")),
        "trust.switch": value(part.get("switch")) == "Disabled",
        "iam.actions-whitelisted": request.action.startswith("iam:") and not any(
            fnmatchcase(request.action.lower(), listed.lower()) for listed in part.get("iam_actions", [])),
        "iam.attach-predefined-only": context.get("iam:policyarn") not in [value(name) for name in part["predefined"]],
        "iam.boundary-on-create": context.get("iam:permissionsboundary") != value(part.get("boundary")),
        "iam.pass-role-named-services": context.get("iam:passedtoservice") not in [
            deployed.read({"Fn::Sub": name}) for name in part.get("passes_to", [])],
        "iam.writes-created-roles-only": request.resource == itself or not fnmatchcase(request.resource, created),
        "iam.assume-role-scoped": request.action == "sts:AssumeRole",
    } if part.get("predefined") is not None else {}
    return tests.get(claim, True)


def whole(pattern: str) -> str:
    """The pattern of a whole ARN, where only what follows `role/` is given."""
    return pattern if pattern.startswith("arn:") else "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + pattern


def statements(value: Any) -> Iterator[Json]:
    """Every statement of a template, wherever it stands, as it is written."""
    if isinstance(value, dict):
        if "Effect" in value and ("Action" in value or "NotAction" in value):
            yield value
        else:
            for inner in value.values():
                yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)
