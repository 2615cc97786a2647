"""The plan spelled as CDK constructs: the only room that may import the CDK.

A construct receives a finished part of a plan and spells it out; it decides nothing.
"""

import os
import shutil

from conveyor_iac.errors import EngineMissing, Fault

if not shutil.which("node"):
    raise EngineMissing([Fault(path="node", value="not found on PATH", rule="the CDK runs on Node",
                               way_out="Install Node 20 or newer, with npm")])

# jsii reads this when it starts: the banner about an old Node would bury what we say.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from conveyor_iac.cdk.boundary import PermissionsBoundary
from conveyor_iac.cdk.checks import ConveyorChecks
from conveyor_iac.cdk.endpoints import EndpointSet
from conveyor_iac.cdk.installer import InstallerPolicies, InstallerRole
from conveyor_iac.cdk.network import Network
from conveyor_iac.cdk.policies import PredefinedPolicies
from conveyor_iac.cdk.privatelink import EndpointConsumer, EndpointService

__all__ = ["ConveyorChecks", "EndpointConsumer", "EndpointService", "EndpointSet", "InstallerPolicies", "InstallerRole",
           "Network", "PermissionsBoundary", "PredefinedPolicies"]
