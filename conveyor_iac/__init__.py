"""Everything a customer's cloud needs before a vendor's data plane can move in.

The names here can be imported without any engine: neither the CDK nor Pulumi is loaded.
"""

from conveyor_iac.errors import AnswerIsNo, ConveyorError, Fault, InputError
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import Plan, plan

__all__ = ["AnswerIsNo", "ConveyorError", "Fault", "InputError", "Installation", "Plan", "plan"]
