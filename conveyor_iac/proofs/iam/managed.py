"""AWS's own managed policies, as pinned in the catalogue by version."""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.text import Text


def managed_document(arn: Text) -> Mapping[str, Any] | None:
    """The document of an AWS managed policy; nothing where the ARN is no such, or none that is pinned."""
    fields = arn.split(":")
    if len(fields) != 6 or fields[4].literal != "aws":
        return None
    name = fields[5].literal
    row = catalogue.managed_policy(name.removeprefix("policy/")) if name and name.startswith("policy/") else None
    return None if row is None else row.document
