"""The Pulumi program: `pulumi up` deploys what the settings of the stack, or the file they name, ask for."""

from dedicated import dedicated
from endpoint_service import endpoint_service
from private import private
from shared import shared

from conveyor_iac.pulumi.program import asked, model_of

MODELS = {"shared": shared, "private": private, "dedicated": dedicated, "endpoint-service": endpoint_service}

words = asked()
MODELS[model_of(words)](words)
