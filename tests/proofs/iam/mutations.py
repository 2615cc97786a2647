"""The published installer template, changed: once so that a claim no longer holds, once so that it still does.

Each change is what an attacker would try or a careless colleague would write. It works on the template as plain JSON.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.proofs.iam.confirming import Json, statements

PUBLISHED = Path(__file__).parents[3] / "templates" / "installer-role.template.json"
ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
POLICIES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy"
CREATED = ROLES + "${IamPath}${TenantId}/${RolePrefix}*"
BOUNDARY = POLICIES + "${IamPath}${TenantId}/boundary/conveyor-${TenantId}-Boundary"
GUARDS = "InstallerRoleGuardrailsPolicy"
IAM = "InstallerRoleIamPolicy"
PERMISSIVE = "PredefinedEksAgentIAMPermissivePolicy"
Change = Callable[[Json], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A change, and the claim that speaks of it.

    event: what the counterexample's `eventName` must be; None: the counterexample is no request. A mutation without
    `breaks` is harmless.
    """

    claim: str
    name: str
    changes: tuple[Change, ...]
    breaks: bool = True
    event: str | None = None


@cache
def _text() -> str:
    return PUBLISHED.read_text()


def published() -> Json:
    """The template as it is published."""
    found: Json = json.loads(_text())
    return found


def contract() -> Json:
    """The contract it carries."""
    found: Json = _written(published()["Metadata"]["Conveyor::Contract"])
    return found


def _written(value: Any) -> Any:
    """The contract's own texts: where the template fills one in, what is filled in."""
    if isinstance(value, list):
        return [_written(part) for part in value]
    if isinstance(value, dict):
        return value["Fn::Sub"] if set(value) == {"Fn::Sub"} else {key: _written(part) for key, part in value.items()}
    return value


def changed(mutation: Mutation) -> Json:
    """The template after every change of a mutation."""
    body = published()
    for change in mutation.changes:
        change(body)
    return body


def sub(text: str) -> Json:
    """`Fn::Sub` of a text."""
    return {"Fn::Sub": text}


def the(body: Json, sid: str) -> Json:
    """The one statement of a name."""
    found = [row for row in statements(body["Resources"]) if row.get("Sid") == sid]
    assert len(found) == 1, sid
    return found[0]


def put(sid: str, **elements: Any) -> Change:
    """Elements of a statement replaced; `None` takes one away."""
    def change(body: Json) -> None:
        row = the(body, sid)
        for name, value in elements.items():
            row.pop(name) if value is None else row.update({name: value})
    return change


def drop(*sids: str) -> Change:
    """Statements taken away, wherever they stand, and the policies that are left without any."""
    def change(body: Json) -> None:
        for sid in sids:
            gone = the(body, sid)
            for name, row in tuple(body["Resources"].items()):
                given = row.get("Properties", {}).get("PolicyDocument")
                if given:
                    given["Statement"] = [each for each in given["Statement"]
                                          if not any(one is gone for one in statements(each))]
                    if not given["Statement"]:
                        del body["Resources"][name]
    return change


def allow(action: Any, resource: Any = "*", condition: Any = None, *, effect: str = "Allow", **more: Any) -> Json:
    """A statement; its resource is filled in where it is a text with placeholders, and gives way to a NotResource."""
    if "NotResource" in more:
        resource = None
    row: Json = {"Effect": effect, "Action": action,
                 "Resource": sub(resource) if resource and "${" in resource else resource}
    row |= {"Condition": condition} if condition else {}
    row |= more
    return {name: value for name, value in row.items() if value is not None}


def added(row: Json, to: str = IAM) -> Change:
    """A statement more in a policy of the template."""
    return lambda body: body["Resources"][to]["Properties"]["PolicyDocument"]["Statement"].append(row)


def inline(row: Any) -> Change:
    """An inline policy of the role itself."""
    return lambda body: body["Resources"]["InstallerRole"]["Properties"].setdefault("Policies", []).append(
        {"PolicyName": "more", "PolicyDocument": document(row)})


def beside(kind: str, row: Any, **more: Any) -> Change:
    """A policy of another resource type that names the role."""
    named = {"RoleName": {"Ref": "InstallerRole"}} if kind == "AWS::IAM::RolePolicy" else {
        "Roles": [{"Ref": "InstallerRole"}]}
    name = {"ManagedPolicyName": "more"} if kind == "AWS::IAM::ManagedPolicy" else {"PolicyName": "more"}
    return lambda body: body["Resources"].update(More={
        "Type": kind, "Properties": {**name, "PolicyDocument": document(row), **named, **more}})


def document(row: Any) -> Json:
    """A policy document of one statement."""
    return {"Version": "2012-10-17", "Statement": row if isinstance(row, list) else [row]}


def attached(arn: Any) -> Change:
    """A managed policy more on the role."""
    return lambda body: body["Resources"]["InstallerRole"]["Properties"]["ManagedPolicyArns"].append(arn)


def parameter(name: str, **constraints: Any) -> Change:
    """Constraints of a parameter replaced; `None` takes one away."""
    def change(body: Json) -> None:
        for key, value in constraints.items():
            if value is None:
                body["Parameters"][name].pop(key, None)
            else:
                body["Parameters"][name][key] = value
    return change


def assumed(row: Json) -> Change:
    """A statement more in the trust policy."""
    return lambda body: trusted(body).append(row)


def trusted(body: Json) -> list[Json]:
    """The statements of the trust policy."""
    found: list[Json] = body["Resources"]["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    return found


def trust(**elements: Any) -> Change:
    """Elements of the trust policy's statement replaced."""
    return put("ControlPlaneAssumes", **elements)


def asking(**operators: Any) -> Change:
    """The conditions of the trust policy replaced."""
    return trust(Condition=operators)


VENDOR = {"AWS": sub("arn:${AWS::Partition}:iam::${ControlPlaneAccount}:role/${ControlPlaneRole}")}
ROOT = {"AWS": sub("arn:${AWS::Partition}:iam::${ControlPlaneAccount}:root")}
ID, NAME = {"sts:ExternalId": {"Ref": "ExternalId"}}, {"sts:RoleSessionName": {"Ref": "StsSessionName"}}
BOTH = {"StringEquals": {**ID, **NAME}}


def opened(*sids: str) -> Change:
    """A guard rail whose condition a caller can evade."""
    return lambda body: [the(body, sid).update(
        Condition={"StringNotEquals": {"aws:PrincipalTag/project": "admin"}}) for sid in sids]


def _claim(claim: str, *rows: tuple[str, str | None, tuple[Change, ...]],
           harmless: tuple[tuple[str, tuple[Change, ...]], ...]) -> list[Mutation]:
    return [*(Mutation(claim=claim, name=name, event=event, changes=changes) for name, event, changes in rows),
            *(Mutation(claim=claim, name=name, changes=changes, breaks=False) for name, changes in harmless)]


ASSUME = "AssumeRole"
SWITCHED = {"Fn::If": ["VendorAccessEnabled", "Allow", "Deny"]}
OTHER = {"AWS": "arn:aws:iam::999999999999:role/other"}


def _assuming(principal: Any, condition: Any = BOTH, *, effect: Any = SWITCHED, action: Any = "sts:AssumeRole") -> Json:
    return {"Effect": effect, "Principal": principal, "Action": action, "Condition": condition}


TRUST = [
    *_claim("trust.principal",
            ("everybody", ASSUME, (trust(Principal="*"),)),
            ("everybody of AWS", ASSUME, (trust(Principal={"AWS": "*"}),)),
            ("the whole account by its root", ASSUME, (trust(Principal=ROOT),)),
            ("the whole account by its number", ASSUME, (trust(Principal={"AWS": {"Ref": "ControlPlaneAccount"}}),)),
            ("a service besides", ASSUME, (trust(Principal={**VENDOR, "Service": "ec2.amazonaws.com"}),)),
            ("a second role", ASSUME, (assumed(_assuming(OTHER)),)),
            ("a provider of identities", "AssumeRoleWithWebIdentity", (assumed(_assuming(
                {"Federated": "accounts.google.com"}, {"StringEquals": {"accounts.google.com:aud": "x"}},
                action="sts:AssumeRoleWithWebIdentity")),)),
            ("everybody but one", ASSUME, (trust(Principal=None, NotPrincipal=OTHER),)),
            ("every sts action", ASSUME, (trust(Principal={"AWS": [VENDOR["AWS"], OTHER["AWS"]]}, Action="sts:*"),)),
            ("a role of another path", ASSUME, (trust(Principal={
                "AWS": sub("arn:${AWS::Partition}:iam::${ControlPlaneAccount}:role/x/${ControlPlaneRole}")}),)),
            harmless=(
                ("the same role twice", (trust(Principal={"AWS": [VENDOR["AWS"], VENDOR["AWS"]]}),)),
                ("a Deny for others", (assumed(_assuming(OTHER, effect="Deny")),)),
                ("tags of the session", (assumed(_assuming(VENDOR, {}, action="sts:TagSession")),)),
                ("every sts action of the same role", (trust(Action="sts:*"),)))),
    *_claim("trust.external-id",
            ("no external id", ASSUME, (asking(StringEquals=NAME),)),
            ("only if it is there", ASSUME, (asking(StringEquals=NAME, StringEqualsIfExists=ID),)),
            ("any text", ASSUME, (asking(StringEquals=NAME, StringLike={"sts:ExternalId": "*"}),)),
            ("a second statement without it", ASSUME, (assumed(_assuming(VENDOR, {"StringEquals": NAME})),)),
            ("each of no values", ASSUME, (trust(Condition={"StringEquals": NAME, "ForAllValues:StringEquals": ID}),)),
            ("not null", ASSUME, (asking(StringEquals=NAME, Null={"sts:ExternalId": "false"}),)),
            ("null", ASSUME, (asking(StringEquals=NAME, Null={"sts:ExternalId": "true"}),)),
            ("another than it", ASSUME, (asking(StringEquals=NAME, StringNotEquals=ID),)),
            ("a second value", ASSUME, (asking(StringEquals={**NAME, "sts:ExternalId": [ID["sts:ExternalId"], "x"]}),)),
            ("a text it begins with", ASSUME, (asking(StringEquals=NAME, StringLike={
                "sts:ExternalId": sub("${ExternalId}*")}),)),
            ("case ignored", ASSUME, (asking(StringEquals=NAME, StringEqualsIgnoreCase=ID),)),
            ("no conditions at all", ASSUME, (trust(Condition=None),)),
            harmless=(
                ("as a list of one", (asking(StringEquals={**NAME, "sts:ExternalId": [ID["sts:ExternalId"]]}),)),
                ("as a pattern without wildcards", (asking(StringEquals=NAME, StringLike=ID),)),
                ("another case of the key", (asking(StringEquals={**NAME, "STS:EXTERNALID": {"Ref": "ExternalId"}}),)),
                ("a Deny without it", (assumed(_assuming("*", {"StringNotEquals": ID}, effect="Deny")),
                                       asking(StringEquals=NAME))))),
    *_claim("trust.session-name",
            ("no session name", ASSUME, (asking(StringEquals=ID),)),
            ("a prefix", ASSUME, (asking(StringEquals=ID, StringLike={"sts:RoleSessionName": "conveyor-*"}),)),
            ("the tenant's own name", ASSUME, (asking(StringEquals={**ID, "sts:RoleSessionName": sub(
                "conveyor-${TenantId}")}),)),
            ("a second statement", ASSUME, (assumed(_assuming(VENDOR, {"StringEquals": ID})),)),
            ("as long as it is none", ASSUME, (asking(StringEquals=ID, StringNotEquals={"sts:RoleSessionName": "x"}),)),
            harmless=(
                ("only if it is there, and it always is", (asking(StringEquals=ID, StringLikeIfExists=NAME),)),
                ("both in two operators", (asking(StringEquals=ID, StringLike=NAME),)),
                ("not null besides", (asking(StringEquals={**ID, **NAME}, Null={"sts:RoleSessionName": "false"}),)))),
    *_claim("trust.external-id-parameter",
            ("short", None, (parameter("ExternalId", MinLength=8),)),
            ("no shortest", None, (parameter("ExternalId", MinLength=None),)),
            ("a default", None, (parameter("ExternalId", Default="0123456789abcdef"),)),
            ("an empty default", None, (parameter("ExternalId", Default=""),)),
            ("one of short values", None, (parameter("ExternalId", AllowedValues=["short", "0123456789abcdef"]),)),
            harmless=(("longer", (parameter("ExternalId", MinLength="32"),)),
                      ("told", (parameter("ExternalId", NoEcho=None),)))),
    *_claim("trust.switch",
            ("always on", ASSUME, (trust(Effect="Allow"),)),
            ("another switch", ASSUME, (trust(Effect={"Fn::If": ["DeleteRightsEnabled", "Allow", "Deny"]}),)),
            ("turned round", ASSUME, (trust(Effect={"Fn::If": ["VendorAccessEnabled", "Deny", "Allow"]}),)),
            ("a second statement that does not ask it", ASSUME, (assumed(_assuming(
                VENDOR, {"StringEquals": ID}, effect="Allow")),)),
            ("on or anything", ASSUME, (lambda body: body["Conditions"].update(VendorAccessEnabled={"Fn::Or": [
                {"Fn::Equals": [{"Ref": "VendorAccess"}, "Enabled"]}, {"Condition": "DeleteRightsEnabled"}]}),)),
            ("a service all the same", ASSUME, (assumed(_assuming({"Service": "ec2.amazonaws.com"}, {},
                                                                  effect="Allow")),)),
            ("only the conditions are switched", ASSUME, (
                trust(Effect="Allow", Condition={"Fn::If": ["VendorAccessEnabled", BOTH, {"Ref": "AWS::NoValue"}]}),)),
            harmless=(
                ("a second statement that the Deny meets", (assumed(_assuming(VENDOR, effect="Allow")),)),
                ("a Deny for all while it is off", (trust(Effect="Allow"), assumed({"Fn::If": [
                    "VendorAccessEnabled", {"Ref": "AWS::NoValue"}, _assuming("*", {}, effect="Deny")]}))),
                ("the condition the other way round", (lambda body: body["Conditions"].update(
                    VendorAccessEnabled={"Fn::Not": [{"Fn::Equals": ["Disabled", {"Ref": "VendorAccess"}]}]}),)))),
]

WRITE = "iam:CreatePolicyVersion"
AUTHOR = allow(WRITE)
NO_GUARD = drop("DenyPolicyAuthoring")
AUTHORING = [
    *_claim("iam.no-policy-authoring",
            ("a statement more", "CreatePolicyVersion", (added(AUTHOR), NO_GUARD)),
            ("another case", "CreatePolicyVersion", (added(allow("IAM:createPOLICYversion")), NO_GUARD)),
            ("wildcards", "PutRolePolicy", (added(allow("iam:*Policy*")), NO_GUARD)),
            ("a wildcard in the middle", "CreatePolicyVersion", (added(allow("iam:Create*Version")), NO_GUARD)),
            ("one character open", "PutRolePolicy", (added(allow("iam:PutRolePolic?")), NO_GUARD)),
            ("the role's own inline policy", "PutRolePolicy", (inline(allow("iam:PutRolePolicy")), NO_GUARD)),
            ("an inline policy of its own type", "PutUserPolicy", (
                beside("AWS::IAM::RolePolicy", allow("iam:PutUserPolicy")), NO_GUARD)),
            ("a policy that names the role", "PutRolePolicy", (
                beside("AWS::IAM::Policy", allow("iam:PutRolePolicy")), NO_GUARD)),
            ("a managed policy that names the role", "CreateUser", (
                beside("AWS::IAM::ManagedPolicy", allow("iam:CreateUser")), NO_GUARD)),
            ("everything but a service", None, (added(allow(None, "*", NotAction="s3:*")),)),
            ("every resource but one", "CreatePolicy", (
                added(allow("iam:CreatePolicy", "*", NotResource=sub(BOUNDARY))), NO_GUARD)),
            ("all of IAM, as a policy of AWS", None, (
                attached("arn:aws:iam::aws:policy/AdministratorAccess"), NO_GUARD)),
            ("a policy of AWS in any partition", None, (
                attached(sub("arn:${AWS::Partition}:iam::aws:policy/IAMFullAccess")), NO_GUARD)),
            ("a policy of AWS behind a switch", None, (attached({"Fn::If": [
                "IrsaEnabled", "arn:aws:iam::aws:policy/IAMFullAccess", {"Ref": "AWS::NoValue"}]}), NO_GUARD)),
            ("a Deny that a tag evades", "CreatePolicyVersion", (added(AUTHOR), opened("DenyPolicyAuthoring"))),
            ("a Deny of some resources", "CreatePolicyVersion", (
                added(AUTHOR), put("DenyPolicyAuthoring", Resource=sub(POLICIES + "/conveyor/*")))),
            ("a Deny of each of no values", "CreatePolicyVersion", (added(AUTHOR), put(
                "DenyPolicyAuthoring", Condition={"ForAnyValue:StringNotEquals": {"aws:CalledVia": "x"}}))),
            ("an action of two", "CreatePolicyVersion", (added(allow(
                {"Fn::If": ["IrsaEnabled", WRITE, "iam:GetRole"]})), NO_GUARD)),
            ("a whole policy behind a switch", "CreatePolicyVersion", (
                lambda body: body["Resources"]["InstallerRole"]["Properties"].update(Policies={"Fn::If": [
                    "NetworkRightsEnabled", [{"PolicyName": "x", "PolicyDocument": document(AUTHOR)}],
                    {"Ref": "AWS::NoValue"}]}), NO_GUARD)),
            ("an action that is a parameter", "CreatePolicyVersion", (
                lambda body: body["Parameters"].update(Act={"Type": "String", "AllowedValues": [WRITE, "iam:GetRole"]}),
                added(allow({"Ref": "Act"})), NO_GUARD)),
            ("an action made of parts", "CreatePolicyVersion", (
                added(allow({"Fn::Join": [":", ["iam", "CreatePolicyVersion"]]})), NO_GUARD)),
            ("no version of the language", "CreatePolicyVersion", (inline(AUTHOR), NO_GUARD, lambda body: body[
                "Resources"]["InstallerRole"]["Properties"]["Policies"][0]["PolicyDocument"].pop("Version"))),
            ("a switch that lifts the Deny", "PutRolePolicy", (added(AUTHOR), lambda body: the(
                body, "DenyPolicyAuthoring").update(Effect={"Fn::If": ["IrsaEnabled", "Allow", "Deny"]}))),
            harmless=(
                ("an Allow that the Deny takes back", (added(AUTHOR),)),
                ("no Deny where nothing is allowed", (NO_GUARD,)),
                ("a Deny by wildcards", (added(AUTHOR), put("DenyPolicyAuthoring", Action="iam:*Policy*"))),
                ("a Deny of all but one action", (added(AUTHOR), NO_GUARD, inline(allow(
                    None, "*", effect="Deny", NotAction=["s3:*", "iam:Get*"])))),
                ("a Deny in two halves", (added(AUTHOR), NO_GUARD, inline([
                    allow(WRITE, "*", {"StringEquals": {"aws:PrincipalTag/a": "b"}}, effect="Deny"),
                    allow(WRITE, "*", {"StringNotEquals": {"aws:PrincipalTag/a": "b"}}, effect="Deny")]))),
                ("an action nobody can name", (added(allow("iam:CreatePolicyVersionx")), NO_GUARD)),
                ("reading all", (added(allow("iam:Get*")), NO_GUARD)))),
    *_claim("iam.actions-whitelisted",
            ("reading users", "ListUsers", (added(allow("iam:ListUsers")),)),
            ("reading everything", None, (added(allow("iam:Get*")),)),
            ("everything elsewhere", None, (added(allow("*", "*", NotResource=sub(POLICIES + "/*"))),)),
            ("everything but a service", None, (added(allow(None, "*", NotAction=["s3:*", "ec2:*"])),)),
            ("an action that AWS may add", None, (added(allow("iam:Future*")),)),
            ("simulation behind a tag", "SimulatePrincipalPolicy", (added(allow(
                "iam:SimulatePrincipalPolicy", "*", {"StringEquals": {"aws:PrincipalTag/a": "b"}})),)),
            harmless=(
                ("a listed action in another case", (added(allow("IAM:getROLE")),)),
                ("another service", (added(allow(["iamx:*", "s3:ListAllMyBuckets"])),)),
                ("more than is listed, and denied", (added(allow("iam:ListUsers")), added(
                    allow("iam:*User*", effect="Deny")))))),
    *_claim("iam.own-policies-untouched",
            ("a prefix of its own policies", "CreatePolicyVersion", (
                added(allow(WRITE, POLICIES + "${IamPath}*")), NO_GUARD)),
            ("names that begin alike", "SetDefaultPolicyVersion", (
                added(allow("iam:SetDefaultPolicyVersion", "arn:aws:iam::*:policy/*/conveyor-*")), NO_GUARD)),
            ("its inline policies", "PutRolePolicy", (added(allow("iam:PutRolePolicy", ROLES + "/*")), NO_GUARD)),
            ("the boundary alone", "CreatePolicyVersion", (added(allow(WRITE, BOUNDARY)), NO_GUARD)),
            ("a predefined policy alone", "CreatePolicyVersion", (added(allow(
                WRITE, POLICIES + "${IamPath}${TenantId}/predefined/conveyor-${TenantId}-LogsPolicy")), NO_GUARD)),
            ("a policy that names the role itself", "CreatePolicyVersion", (
                beside("AWS::IAM::ManagedPolicy", allow(WRITE, POLICIES + "/more")), NO_GUARD)),
            harmless=(
                ("actions on its policies that write nothing", (added(allow("iam:Get*", POLICIES + "/*")), NO_GUARD)),
                ("an Allow that the Deny takes back", (added(AUTHOR),)))),
]

ATTACH, KEY = "AttachPredefinedPolicies", "iam:PolicyARN"
FENCE = {"StringEquals": {"iam:PermissionsBoundary": sub(BOUNDARY)}}
OUTSIDE = drop("DenyForeignPolicies")
ROLE_WRITES = [
    *_claim("iam.attach-predefined-only",
            ("no condition, no Deny", "AttachRolePolicy", (put(ATTACH, Condition=FENCE), OUTSIDE)),
            ("no condition, the Deny of the path stays", "AttachRolePolicy", (put(ATTACH, Condition=FENCE),)),
            ("every policy of the path", "AttachRolePolicy", (put(ATTACH, Condition={
                "ArnLike": {KEY: sub(POLICIES + "${IamPath}${TenantId}/predefined/*")}}),)),
            ("a wildcard in the middle", "AttachRolePolicy", (put(ATTACH, Condition={"ArnLike": {KEY: sub(
                POLICIES + "${IamPath}*/predefined/conveyor-*-LogsPolicy")}}), OUTSIDE)),
            ("another tenant's", "AttachRolePolicy", (put(ATTACH, Condition={"ArnLike": {KEY: sub(
                POLICIES + "${IamPath}other/predefined/*")}}), OUTSIDE)),
            ("only if it is there", "AttachRolePolicy", (put(ATTACH, Condition={
                "StringEqualsIfExists": {"aws:PrincipalTag/x": "y"}}), OUTSIDE)),
            ("policies of AWS", "AttachRolePolicy", (added(allow("iam:AttachRolePolicy", CREATED, {
                "ArnEquals": {KEY: "arn:aws:iam::aws:policy/*"}})), OUTSIDE)),
            ("a Deny that spares too much", "AttachRolePolicy", (put(ATTACH, Condition=FENCE), put(
                "DenyForeignPolicies", Condition={"ArnNotLike": {KEY: sub(POLICIES + "${IamPath}*")}}))),
            ("everything by a wildcard", "AttachRolePolicy", (
                beside("AWS::IAM::Policy", allow("iam:Att*ch*")), OUTSIDE)),
            harmless=(
                ("no Deny", (OUTSIDE,)),
                ("one of them", (put(ATTACH, Condition={"ArnEquals": {KEY: {"Ref": "PredefinedLogsPolicy"}}}),)),
                ("a pattern that is the list", (OUTSIDE, added(allow("iam:AttachRolePolicy", CREATED, {
                    "StringLike": {KEY: {"Ref": "PredefinedQueuePolicy"}}})))),
                ("a key of another case", (OUTSIDE, put(ATTACH, Condition={
                    "StringEquals": {"IAM:POLICYARN": {"Ref": "PredefinedLogsPolicy"}}}))))),
    *_claim("iam.boundary-on-create",
            ("no condition, no Deny", "CreateRole", (put("CreateBoundedRoles", Condition=None), drop(
                "DenyUnboundedRoles"))),
            ("only if it is there", "CreateRole", (put("CreateBoundedRoles", Condition={
                "StringEqualsIfExists": FENCE["StringEquals"]}), drop("DenyUnboundedRoles"))),
            ("a Deny of any value that is there", "CreateRole", (put("CreateBoundedRoles", Condition=None), put(
                "DenyUnboundedRoles", Condition={"ForAnyValue:StringNotEquals": FENCE["StringEquals"]}))),
            ("any boundary by that name", "CreateRole", (put("CreateBoundedRoles", Condition={
                "StringLike": {"iam:PermissionsBoundary": "arn:*:iam::*:policy/*-Boundary"}}), drop(
                    "DenyUnboundedRoles"))),
            ("a second boundary", "CreateRole", (put("CreateBoundedRoles", Condition={"StringEquals": {
                "iam:PermissionsBoundary": [sub(BOUNDARY), sub(POLICIES + "/other")]}}), drop("DenyUnboundedRoles"))),
            ("another tenant's", "CreateRole", (put("CreateBoundedRoles", Condition={"StringEquals": {
                "iam:PermissionsBoundary": sub(BOUNDARY.replace("${TenantId}", "other"))}}), drop(
                    "DenyUnboundedRoles"))),
            ("a predefined policy as boundary", "CreateRole", (put("CreateBoundedRoles", Condition={"StringEquals": {
                "iam:PermissionsBoundary": {"Ref": "PredefinedLogsPolicy"}}}), drop("DenyUnboundedRoles"))),
            ("a second statement behind a switch", "CreateRole", (inline({"Fn::If": [
                "IrsaEnabled", allow("iam:CreateRole", CREATED), {"Ref": "AWS::NoValue"}]}), drop(
                    "DenyUnboundedRoles"))),
            ("each of no values", "CreateRole", (put("CreateBoundedRoles", Condition={
                "ForAllValues:StringEquals": FENCE["StringEquals"]}), drop("DenyUnboundedRoles"))),
            harmless=(
                ("no condition, the Deny stays", (put("CreateBoundedRoles", Condition=None),)),
                ("no Deny", (drop("DenyUnboundedRoles"),)),
                ("a Deny that also counts without one", (put("CreateBoundedRoles", Condition=None), put(
                    "DenyUnboundedRoles", Condition={"StringNotEqualsIfExists": FENCE["StringEquals"]}))),
                ("the boundary by its reference", (drop("DenyUnboundedRoles"), put("CreateBoundedRoles", Condition={
                    "ArnEquals": {"iam:PermissionsBoundary": {"Ref": "Boundary"}}}))))),
    *_claim("iam.writes-created-roles-only",
            ("any role tagged", "TagRole", (put("TagCreatedRoles", Resource="*"),)),
            ("any role passed", "PassRole", (put("PassCreatedRoles", Resource=sub(ROLES + "/*")),)),
            ("another path", "PassRole", (put("PassCreatedRoles", Resource=sub(
                ROLES + "${IamPath}*/${RolePrefix}*")),)),
            ("a wildcard for a slash", "DeleteRole", (put("DeleteCreatedRoles", Resource=sub(
                ROLES + "?conveyor?*")),)),
            ("all but one role", "UpdateRole", (added(
                allow("iam:UpdateRole", "*", NotResource=sub(ROLES + "/admin"))),)),
            ("the role itself", "UpdateAssumeRolePolicy", (added(allow(
                "iam:UpdateAssumeRolePolicy", ROLES + "${IamPath}${TenantId}/installer/*")), drop("DenyOwnRole"))),
            ("a prefix that says nothing", None, (parameter("RolePrefix", AllowedPattern=None), drop("DenyOwnRole"))),
            ("a prefix that holds a path", None, (parameter("RolePrefix", AllowedPattern="[a-z/]*"), put(
                "PassCreatedRoles", Resource=sub(CREATED)), drop("DenyOwnRole"))),
            ("the tenant's whole path", "TagRole", (put("TagCreatedRoles", Resource=sub(
                ROLES + "${IamPath}${TenantId}/*")),)),
            harmless=(
                ("fewer roles", (put("TagCreatedRoles", Resource=sub(
                    ROLES + "${IamPath}${TenantId}/${RolePrefix}eks-*")),)),
                ("the same roles in two statements", (added(allow(["iam:UpdateRole", "iam:TagRole"], CREATED)),)))),
    *_claim("iam.pass-role-named-services",
            ("no condition, no Deny", "PassRole", (put("PassCreatedRoles", Condition=None), drop(
                "DenyPassingElsewhere"))),
            ("any service of AWS", "PassRole", (put("PassCreatedRoles", Condition={"StringLike": {
                "iam:PassedToService": "*.amazonaws.com"}}), drop("DenyPassingElsewhere"))),
            ("only if it is told", "PassRole", (put("PassCreatedRoles", Condition={"StringEqualsIfExists": {
                "iam:PassedToService": "eks.amazonaws.com"}}), drop("DenyPassingElsewhere"))),
            ("each of no values", "PassRole", (put("PassCreatedRoles", Condition={"ForAllValues:StringEquals": {
                "iam:PassedToService": "eks.amazonaws.com"}}), drop("DenyPassingElsewhere"))),
            ("a service more", "PassRole", (added(allow("iam:PassRole", CREATED, {"StringEquals": {
                "iam:PassedToService": "lambda.amazonaws.com"}})), drop("DenyPassingElsewhere"))),
            ("a Deny of values that are there", "PassRole", (put("PassCreatedRoles", Condition=None), put(
                "DenyPassingElsewhere", Condition={"ForAnyValue:StringNotLike": {
                    "iam:PassedToService": "eks.amazonaws.com"}}))),
            ("one character open", "PassRole", (put("PassCreatedRoles", Condition={"StringLike": {
                "iam:PassedToService": "e?s.amazonaws.com"}}), drop("DenyPassingElsewhere"))),
            harmless=(
                ("no Deny", (drop("DenyPassingElsewhere"),)),
                ("no condition, the Deny stays", (put("PassCreatedRoles", Condition=None),)),
                ("fewer services", (drop("DenyPassingElsewhere"), put("PassCreatedRoles", Condition={
                    "StringLike": {"iam:PassedToService": "eks.amazonaws.com"}}))))),
]

EVERY_OBJECT = allow("s3:GetObject")
REST = [
    *_claim("iam.closure",
            ("a policy and the boundary both", "PutRolePolicy", (
                added(allow("iam:PutRolePolicy"), "PredefinedLogsPolicy"), added(allow("iam:Put*"), "Boundary"))),
            ("the boundary open, a policy of all", None, (
                added(allow("*"), "PredefinedQueuePolicy"), added(allow("iam:*"), "Boundary"))),
            ("a role without the boundary", "CreateRole", (
                put("CreateResourceRoles", Condition=None), put("ResourceRolesWithThisBoundary", Condition=None))),
            ("any policy of the path", "AttachRolePolicy", (put("AttachToResourceRoles", Condition={
                "ArnLike": {KEY: sub(POLICIES + "${IamPath}${TenantId}/predefined/*")}}),)),
            ("more actions than are listed", "ListUsers", (
                added(allow("iam:List*"), "PredefinedLogsPolicy"), added(allow("iam:ListUsers"), "Boundary"))),
            harmless=(
                ("a policy beyond the boundary", (added(allow("iam:Put*"), "PredefinedLogsPolicy"),)),
                ("a boundary beyond the policies", (added(allow("iam:*"), "Boundary"), drop(
                    "CreateResourceRoles", "AttachToResourceRoles"))),
                ("one Deny that all of them meet", (added(allow("iam:PutRolePolicy"), "PredefinedLogsPolicy"), added(
                    allow("iam:Put*"), "Boundary"), added(
                        allow("iam:Put*", effect="Deny"), "PredefinedTracesPolicy"))))),
    *_claim("iam.assume-role-scoped",
            ("any role", ASSUME, (added(allow("sts:AssumeRole")),)),
            ("any sts action", ASSUME, (added(allow("sts:*")),)),
            ("every role of every account", ASSUME, (added(allow("sts:AssumeR*", "arn:*:iam::*:role/*")),)),
            ("all but some", ASSUME, (added(allow("sts:AssumeRole", "*", NotResource=sub(ROLES + "/admin*"))),)),
            ("a created role", ASSUME, (added(allow("sts:AssumeRole"), "PredefinedLogsPolicy"), added(
                allow("sts:*"), "Boundary"))),
            ("in any other region", ASSUME, (inline(allow("sts:AssumeRole", "*", {
                "StringNotEquals": {"aws:RequestedRegion": "us-east-1"}})),)),
            harmless=(
                ("one role", (added(allow("sts:AssumeRole", ROLES + "/reader")),)),
                ("a created role beyond the boundary", (added(allow("sts:AssumeRole"), "PredefinedLogsPolicy"),)))),
    *_claim("installer.own-resources-only",
            ("a shell on any machine", "StartSession", (added(allow("ssm:StartSession")),)),
            ("commands on any machine", "SendCommand", (added(allow("ssm:Send*", "arn:*:ec2:*:*:instance/*")),)),
            ("code of any function", "UpdateFunctionCode", (added(allow("lambda:UpdateFunction*")),)),
            ("an entry to any cluster", "CreateAccessEntry", (put("EksAccessEntries", Condition=None, Resource=sub(
                "arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/*")),)),
            ("an entry to a name that begins alike", "CreateAccessEntry", (put(
                "EksAccessEntries", Condition=None, Resource=sub(
                    "arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/conveyor-${TenantId}*")),)),
            ("what is not tagged as another's", "StartSession", (added(allow("ssm:StartSession", "*", {
                "StringNotEquals": {"aws:ResourceTag/owner": "somebody"}})),)),
            harmless=(
                ("a shell on tagged machines", (added(allow("ssm:StartSession", "arn:*:ec2:*:*:instance/*", {
                    "StringEquals": {"aws:ResourceTag/conveyor:tenant": {"Ref": "TenantId"}}})),)),
                ("code of its own functions", (added(allow(
                    "lambda:UpdateFunctionCode",
                    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:conveyor-${TenantId}-*",
                )),)))),
    *_claim("data.no-read",
            ("every object", "GetObject", (added(EVERY_OBJECT), drop("DenyCustomerObjects"))),
            ("every secret", "GetSecretValue", (added(allow("secretsmanager:Get*")), drop("DenyCustomerSecrets"))),
            ("every message", "ReceiveMessage", (added(allow("sqs:*")), drop("DenyCustomerRecords"))),
            ("buckets that begin alike", "GetObject", (added(allow("s3:GetObject", "arn:*:s3:::conveyor-*/*")), drop(
                "DenyCustomerObjects"))),
            ("a Deny of the wrong objects", "GetObject", (added(EVERY_OBJECT), put(
                "DenyCustomerObjects", NotResource=sub("arn:${AWS::Partition}:s3:::conveyor-*")))),
            ("a perimeter that an absent key evades", "GetObject", (put("PerimeterObjects", Condition={
                "ForAnyValue:StringNotEquals": {"aws:SourceVpc": {"Ref": "DataPlaneVpcId"}}}),)),
            ("no perimeter", "GetObject", (drop("PerimeterObjects"),)),
            ("a perimeter of another VPC", "GetObject", (put("PerimeterObjects", Condition={"StringNotEquals": {
                "aws:SourceVpc": ["vpc-00000000", {"Ref": "DataPlaneVpcId"}]}}),)),
            harmless=(
                ("an Allow that the Deny takes back", (added(EVERY_OBJECT),)),
                ("its own objects", (added(allow(
                    "s3:GetObject", "arn:${AWS::Partition}:s3:::conveyor-${TenantId}-*/*")), drop(
                        "DenyCustomerObjects"))),
                ("a perimeter for services too", (put("PerimeterObjects", Condition={"StringNotEquals": {
                    "aws:SourceVpc": {"Ref": "DataPlaneVpcId"}}}),)))),
    *_claim("data.no-share",
            ("any bucket's policy", "PutBucketPolicy", (added(allow("s3:PutBucketPolicy")), drop("DenySharing"))),
            ("any snapshot", "ModifySnapshotAttribute", (added(allow("ec2:ModifySnapshot*")), drop("DenySharing"))),
            ("a Deny that a tag evades", "PutBucketPolicy", (added(allow("s3:Put*")), opened("DenySharing"))),
            ("a created role", "ModifySnapshotAttribute", (
                added(allow("ec2:ModifySnapshotAttribute"), "PredefinedEbsCsiPolicy"), drop("NoSharing"))),
            harmless=(
                ("an Allow that the Deny takes back", (added(allow("s3:PutBucketPolicy")),)),
                ("a created role beyond the boundary", (
                    added(allow("ec2:ModifySnapshotAttribute"), "PredefinedEbsCsiPolicy"),)))),
]

EVERY = (*TRUST, *AUTHORING, *ROLE_WRITES, *REST)
