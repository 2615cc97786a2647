"""What this package makes of a release and says of it: its templates and schemas, and what its prover finds.

The same for who publishes a release and for who verifies one: otherwise a difference would be nobody's fault.
"""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.cli.talk import say
from conveyor_iac.errors import Fault, InputError


def released(generated: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of the files that are generated those that are published, by their names in a release."""
    return {name.removeprefix("templates/").removeprefix("docs/"): content for name, content in generated.items()
            if name.startswith(("templates/", "docs/schemas/"))}


def synthesized() -> dict[str, bytes]:
    """The templates and schemas that the installed version makes, by their names in a release."""
    from conveyor_iac.cli import templates

    return released(templates.generated())


def proved(templates: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """What `verify --json` says of each template, by its short name; without the seconds, which differ each time.

    Raises `InputError` for what is no template.
    """
    from conveyor_iac.proofs.template import read
    from conveyor_iac.proofs.verify import verify

    reports = {}
    for name, content in templates.items():
        say(f"Proving {name} ...")
        report = verify(read(decoded(name, content), f"{name}.template.json")).as_json()
        for claim in report["claims"]:
            del claim["seconds"]
        reports[name] = report
    return reports


def compared(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, Any]:
    """What `diff --json` says of these templates."""
    from conveyor_iac.proofs.diff.compare import TIMEOUT, compare
    from conveyor_iac.proofs.template import read

    before, after = ({name: read(decoded(name, content), name) for name, content in some.items()}
                     for some in (old, new))
    return compare(before, after, timeout=TIMEOUT, progress=lambda _: None).as_json()


def decoded(name: str, content: bytes) -> str:
    """The text of a template; `InputError` where it is none."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError([Fault(path=name, value="not UTF-8", rule="a text: JSON or YAML",
                                way_out="Take the template from a release that is whole")]) from None
