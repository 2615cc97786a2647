"""What doctor looks at, in its order: on this machine, in the file, and, where it is opened, in the account.

A check stands in the file of its topic; here is only the list. Credentials of another account end the questions: what
that account answers would say nothing about this installation.
"""

from collections.abc import Iterator

from conveyor_iac.cli.findings import azure, brought, caller, leftovers, limits, services, tools, zones
from conveyor_iac.cli.findings.finding import Case, Check, Finding, Verdict, check, ok
from conveyor_iac.model.plan import Plan


@check("file", "The file can be planned")
def _file(case: Case) -> Verdict:
    """A file that cannot is refused before anything is looked at."""
    return ok(f"{case.installation.tenant}: {case.installation.deployment} deployment, without a fault")


OFFLINE: tuple[Check, ...] = (
    tools.node, tools.npm, tools.cdk_cli, tools.cdk_pin, tools.cdk_on_path, tools.python_packages, _file,
    limits.template_size,
)
"""Checks of this machine and the file."""

BOTH: tuple[Check, ...] = (
    zones.zones, limits.vpcs, limits.elastic_ips, limits.firewalls, limits.interface_endpoints,
    limits.gateway_endpoints,
)
"""Checks that know less without the account and more with it."""

LIVE: tuple[Check, ...] = (
    caller.may_deploy, services.services, services.zones, services.policies,
    brought.vpc, brought.vpc_dns, brought.vpc_subnets, brought.vpc_route_tables, brought.private_dns, brought.s3_route,
    brought.existing_endpoints, leftovers.delete_order,
)
"""Checks of the account, once it is known to be the file's."""

AZURE: tuple[Check, ...] = (*azure.BEFORE, _file, *azure.AFTER)
"""Checks of a data plane on Azure, in place of all others: there is no AWS account, and no CDK."""

CHECKS = (*OFFLINE, caller.account, *BOTH, *LIVE, *azure.BEFORE, *azure.AFTER)
"""Every check."""


def checks_of(plan: Plan) -> tuple[Check, ...]:
    """The checks that a plan may have findings of."""
    return AZURE if plan.azure else (*OFFLINE, caller.account, *BOTH, *LIVE)


def examine(case: Case) -> Iterator[Finding]:
    """The findings of a case, one after another."""
    if case.plan.azure:
        yield from _found(case, AZURE)
        return
    yield from _found(case, OFFLINE)
    if case.account is None:
        yield from _found(case, BOTH)
        return
    whose = caller.account.on(case)
    if whose is None or whose.state == "ok":
        yield from ((whose,) if whose else ())
        yield from _found(case, (*BOTH, *LIVE))
    else:
        yield whose
        yield from (each.unasked("not asked: see `account`") for each in (*BOTH, *LIVE))


def _found(case: Case, checks: tuple[Check, ...]) -> Iterator[Finding]:
    yield from (finding for each in checks if (finding := each.on(case)))
