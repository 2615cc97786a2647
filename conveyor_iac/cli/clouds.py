"""Commands that know AWS only refuse a data plane on Azure here, before anything is loaded or asked."""

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model.installation import Installation


def aws_only(installation: Installation, rule: str, way_out: str) -> None:
    """`InputError` for a data plane on Azure, with what this command can do and what to do in its place."""
    if installation.cloud == "azure":
        raise InputError([Fault(path="cloud", value="'azure'", rule=rule, way_out=way_out)])
