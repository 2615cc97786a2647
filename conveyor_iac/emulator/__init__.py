"""A local AWS to try installations on and to test with: ``with LocalAws.start() as aws: ...``."""

from .local import LocalAws
from .process import StartFailed
from .recorded_types import RECORDED_TYPES

__all__ = ["RECORDED_TYPES", "LocalAws", "StartFailed"]
