"""The one version of ministack that the embedded AWS is built on.

Knows the pinned version and how to refuse another one. Refuses to know anything of ministack's inside: it reads
the installed distribution's metadata and imports nothing.
"""

from __future__ import annotations

from importlib import metadata

from conveyor_iac.errors import Fault, InputError

DISTRIBUTION = "ministack"
VERSION = "1.5.33"


def require_pinned() -> None:
    """Raise InputError unless exactly the pinned ministack is installed: we reach into its private modules."""
    found = _installed()
    if found != VERSION:
        raise InputError([Fault(
            path=DISTRIBUTION,
            value=found or "not installed",
            rule=f"exactly {VERSION}",
            way_out="pip install 'conveyor-iac[emulator]'",
        )])


def _installed() -> str | None:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None
