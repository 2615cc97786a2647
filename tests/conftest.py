"""In CI no test is left out: a skipped one, or a skipped module, counts as failed and says so."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

_IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    report = yield
    return _refused(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    report = yield
    return _refused(report)


def _refused(report: Any) -> Any:
    """The report, as failed where it says skipped; an expected failure is no skip."""
    if _IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI=true and this was skipped: {report.nodeid}: {why}"
    return report
