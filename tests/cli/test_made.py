"""What a release is made of and what is said of it, for who publishes and for who verifies."""

from collections.abc import Callable
from typing import Any

import pytest

from conveyor_iac.cli.made import compared, proved, released
from conveyor_iac.errors import InputError


def test_what_is_published() -> None:
    """Templates and schemas are published by their names in a release, and no page of the repository is."""
    made = {"templates/a.template.json": b"{}", "docs/schemas/b.schema.json": b"{}", "docs/reference.md": b"#"}
    assert released(made) == {"a.template.json": b"{}", "schemas/b.schema.json": b"{}"}


@pytest.mark.parametrize("say", [proved, lambda some: compared(some, {}), lambda some: compared({}, some)])
@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe", "not UTF-8"), (b"{}", "a template is a mapping")])
def test_what_is_no_template(say: Callable[..., Any], content: bytes, said: str) -> None:
    """What is no template is told in one line, wherever it was fetched from."""
    with pytest.raises(InputError, match=said) as refused:
        say({"role": content})
    assert "\n" not in str(refused.value)
    assert "role" in str(refused.value)


def test_no_seconds() -> None:
    """What is proved says nothing of how long it took, so that it is the same each time."""
    report = proved({"bucket": b'{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'})["bucket"]
    assert report["template"] == "bucket.template.json"
    assert not [claim for claim in report["claims"] if "seconds" in claim]
