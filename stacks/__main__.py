"""The Pulumi program: `pulumi up` deploys what the settings of the stack, or the file they name, ask for."""

from importlib import import_module

from conveyor_iac.pulumi.program import asked, model_of

words = asked()
model = model_of(words).replace("-", "_")
getattr(import_module(model), model)(words)  # the function of the module beside this one: shared, private, ...
