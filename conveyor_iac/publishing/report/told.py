"""What a page says, as data: of a release, or of one installation. The page and `--json` say the same.

Takes templates as bytes, reports as `verify --json` prints them and plans as `plan --json` prints them. The same of all
these is always the same data: no time, no bucket and no secret stands in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from conveyor_iac.model.installation import Installation
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.plan import OWN_VPC, plan, published, values_of
from conveyor_iac.publishing.report import azure, checks
from conveyor_iac.publishing.report.claims import Claims
from conveyor_iac.publishing.report.emitted import Template
from conveyor_iac.publishing.report.permissions import Known, permissions, purposes
from conveyor_iac.publishing.report.picture import picture
from conveyor_iac.publishing.report.sentences import Facts, Role, sentences
from conveyor_iac.publishing.report.subject import EXTERNAL_ID, VPC, Subject, report_name, subject_of

Told = Mapping[str, Any]
SCHEMA = 1
FAMILIES = ("trust", "iam", "installer", "data", "network", "privatelink", "storage")
"""The families of claims, in the order of a reader."""
EXAMPLE: Mapping[str, Any] = {
    "tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
    "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
"""Whose values fill the documents of a release, where everybody has their own."""


def of_release(version: str, templates: Mapping[str, bytes], proofs: Mapping[str, Told],
               plans: Mapping[str, Told] | None = None) -> dict[str, Any]:
    """What the page of a release says.

    templates, proofs: by short name. plans: what `plan --json` says of an example of each deployment, by its name.
    """
    values = _values(Installation.read(EXAMPLE))
    read = [Template(name=name, content=content, values=values) for name, content in templates.items()]
    reports = [{**proofs[name], "template": f"{name}.template.json"} for name in templates]
    told = _told(read, reports, _of_everybody(), plans or {})
    return {"schema": SCHEMA, "of": "release", "version": version, "title": f"Release {version}",
            "summary": f"{len(read)} templates, for everybody to fill in. Documents below are filled with example"
                       " values.", **told, "launch": _launch_of_release(read)}


def of_installation(installation: Installation, plan_told: Told, templates: Mapping[str, bytes],
                    reports: Sequence[Told], launch: Sequence[Told] = ()) -> dict[str, Any]:
    """What the page of one installation says.

    plan_told: what `plan --json` says of it. templates: of its stacks, by name; none on Azure. reports: what
    `verify --json` says of each. launch: what launches each stack, where a release was given: template, stack, url,
    why, file.
    """
    if installation.cloud == "azure":
        told: dict[str, Any] = azure.told(plan_told)
    else:
        values = {**_values(installation), f"conveyor-{installation.tenant}-network-Vpc": VPC}
        read = [Template(name=name, content=content, values=values) for name, content in templates.items()]
        told = _told(read, reports, purposes(plan(installation)), {"": plan_told})
    return {"schema": SCHEMA, "of": "installation", "version": None, "title": f"Installation {installation.tenant}",
            "summary": plan_told["summary"], **told, "launch": list(launch)}


@cache
def _of_everybody() -> Known:
    """Purpose and source of each statement that a published template can hold."""
    return purposes((published(), published_networks()))


def _values(installation: Installation) -> dict[str, str]:
    """What fills a template: the installation's values, with an example for what it does not say."""
    values = {**values_of(installation), "ExternalId": EXTERNAL_ID}
    return {**values, "DataPlaneVpcId": VPC} if values["DataPlaneVpcId"] == OWN_VPC else values


def _told(templates: Sequence[Template], reports: Sequence[Told], known: Known, plans: Mapping[str, Told]
          ) -> dict[str, Any]:
    """What both pages say alike."""
    claims, policies = Claims(reports), permissions(templates, known)
    subjects = {report_name(report): subject_of(report, templates) for report in reports}
    return {
        "cloud": "aws", "sentences": sentences(facts_of(templates, reports, policies, plans)),
        "templates": [_template(template, claims) for template in templates],
        "permissions": _grouped(_alike(policies), subjects.values()), "claims": _claims(claims, templates, subjects),
        "not_asked": claims.not_asked(), "axioms": claims.axioms(),
        "documents": _documents(claims, templates, subjects),
        "prover": next((dict(report["prover"]) for report in reports if report.get("prover")), {}),
        "networks": [{"of": name, "plane": network["plane"], "subnets": list(network["subnets"]),
                      "picture": picture(network, told["links"] if network is told["networks"][-1] else ())}
                     for name, told in plans.items() for network in told["networks"]],
        "outbound": [{"of": name, "rows": list(told["outbound"])} for name, told in plans.items()],
        "costs": [{"of": name, **told["costs"]} for name, told in plans.items()],
    }


def facts_of(templates: Sequence[Template], reports: Sequence[Told], policies: Sequence[dict[str, Any]],
             plans: Mapping[str, Told]) -> Facts:
    """What the sentences are made of. policies: every permission of the templates."""
    subject = next(filter(None, (subject_of(report, templates) for report in reports)), None)
    return Facts(claims=Claims(reports), role=_role(subject, policies) if subject else None, plans=plans, networks={
        report_name(report): contract for report in reports
        if (contract := _shown_contract(report, templates).get("network"))})


def _template(template: Template, claims: Claims) -> dict[str, Any]:
    verdicts = [row["verdict"] for rows in claims.rows().values() for row in rows if row["template"] == template.name]
    return {"name": template.name, "description": template.description, "sha256": template.sha256,
            "bytes": len(template.content), "makes": template.made(),
            "verdicts": {word: verdicts.count(word) for word in ("proved", "refuted", "undecided")}}


def _alike(policies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The policies, those that several templates hold alike once, with the names of these templates."""
    found: list[dict[str, Any]] = []
    for policy in policies:
        rest = {key: value for key, value in policy.items() if key != "template"}
        same = next((row for row in found if {**row, "templates": 0} == {**rest, "templates": 0}), None)
        if same:
            same["templates"].append(policy["template"])
        else:
            found.append({**rest, "templates": [policy["template"]]})
    return found


def _grouped(policies: Sequence[dict[str, Any]], subjects: Iterable[Subject | None]) -> list[dict[str, Any]]:
    """The policies by whom they are about: the installer, the boundary, created roles, the network."""
    about: dict[str, str] = {}
    for subject in filter(None, subjects):
        about |= dict.fromkeys((subject.role, *(name for name, _ in subject.every_installer)), "installer")
        about |= {name: "boundary" for name, _ in subject.boundary}
        about |= {name: "created" for name, _ in subject.predefined}
    return [policy | {"group": about.get(policy["name"], "network")} for policy in policies]


def _claims(claims: Claims, templates: Sequence[Template], subjects: Mapping[str, Subject | None]
            ) -> list[dict[str, Any]]:
    """Each claim that was asked: what came of it in each template, and how it is checked without us."""
    by_name = {template.name: template for template in templates}
    found = []
    for claim, rows in claims.rows().items():
        told = {"id": claim, "title": rows[0]["title"], "state": claims.state(claim), "checks": [],
                "verdicts": [dict(row) for row in rows]}
        for row in rows:
            template = by_name.get(row["template"])
            check = template and checks.check(claim, subjects.get(template.name), template)
            if check and check not in told["checks"]:
                told["checks"].append(check)
        found.append(told)
    return sorted(found, key=lambda claim: FAMILIES.index(claim["id"].partition(".")[0])
                  if claim["id"].partition(".")[0] in FAMILIES else len(FAMILIES))


def _documents(claims: Claims, templates: Sequence[Template], subjects: Mapping[str, Subject | None]) -> str:
    """The commands that write every document that a check names."""
    asked = {row["template"] for rows in claims.rows().values() for row in rows}
    found: dict[str, Any] = {}
    for template in templates:
        if template.name in asked:
            for name, document in checks.documents(subjects.get(template.name), template):
                found.setdefault(name, document)
    return checks.written(found.items()) if found else ""


def _role(subject: Subject, policies: Sequence[dict[str, Any]]) -> Role:
    """What the contract of a role says, with placeholders where the template has them."""
    trust, template = subject.contract.get("trust") or {}, subject.template
    own = {name for name, _ in subject.every_installer}
    boundary = subject.boundary[0][0] if subject.boundary else ""

    def word(value: Any) -> str:
        known = value in template.body.get("Parameters", {})
        return f"${{{value}}}" if known else str(template.shown(value) or "")

    return Role(
        role=str(template.shown(template.resources[subject.role].get("Properties", {}).get("RoleName", subject.role))),
        principal=f"the role {word(trust.get('role'))} of account {word(trust.get('account'))}",
        session_name=word(trust.get("session_name")), boundary=boundary,
        created=str(template.shown(subject.contract.get("creates_roles", ""))),
        predefined=len(subject.contract.get("predefined", ())),
        passes_to=tuple(str(template.shown(each)) for each in subject.contract.get("passes_to", ())),
        policies=tuple(policy for policy in policies if policy["name"] in own),
        limits=tuple(policy for policy in policies if policy["name"] == boundary))


def _shown_contract(report: Told, templates: Sequence[Template]) -> Told:
    """The contract of a report with its placeholders as texts."""
    of = next((template for template in templates if template.name == report_name(report)), None)
    shown = of.shown(dict(report.get("contract") or {})) if of else {}
    return shown if isinstance(shown, Mapping) else {}


def _launch_of_release(templates: Sequence[Template]) -> list[dict[str, Any]]:
    """What launches a template of a release: no bucket is known in it, so the link is a form to fill in."""
    return [{"template": template.name, "stack": "", "url": None, "file": f"{template.name}.template.json",
             "why": "conveyor-iac rollout -f FILE --release WHERE-THIS-PAGE-IS --out rollout writes its launch link,"
                    " with the parameters filled in"} for template in templates]
