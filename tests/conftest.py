"""In CI no test is left out: a skipped one, or a skipped module, counts as failed and says so.

One reason is allowed, because what it lacks is no part of the repository: Microsoft's definitions of azure-native's
types. Every run says whether they are here, and which tests were left out for want of them.
"""

import os
from collections.abc import Generator
from typing import Any

import pytest

from tests.engine import arm

_IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    report = yield
    return _refused(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    report = yield
    return _refused(report)


def pytest_report_header() -> str:
    return arm.told()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not arm.present():
        skipped = {report.nodeid: _why(report) for report in terminalreporter.stats.get("skipped", [])}
        terminalreporter.section("ARM types absent")
        terminalreporter.write_line(arm.told())
        for test in arm.left_out(skipped):
            terminalreporter.write_line(f"left out: {test}")


def _why(report: Any) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def _refused(report: Any) -> Any:
    """The report, as failed where it says skipped; an expected failure is no skip."""
    if _IN_CI and report.skipped and not hasattr(report, "wasxfail") and not arm.excused(_why(report)):
        report.longrepr = f"CI=true and this was skipped: {report.nodeid}: {_why(report)}"
        report.outcome = "failed"
    return report
