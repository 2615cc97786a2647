"""A local AWS to try installations on and to test with: ``with LocalAws.start() as aws: ...``."""

from .evaluation import evaluate, trusts
from .local import LocalAws
from .process import StartFailed
from .recorded_types import RECORDED_TYPES

__all__ = ["RECORDED_TYPES", "LocalAws", "StartFailed", "evaluate", "trusts"]
