"""What a Pulumi stack holds, as one template that every claim can be held against. Pulumi itself is never imported.

`template_of` takes plain resources; `read_stack` what `pulumi stack export` or `pulumi preview --json` prints.
"""

from conveyor_iac.proofs.pulumi.adapter import READ, Adapted, template_of
from conveyor_iac.proofs.pulumi.reading import read_stack

__all__ = ["READ", "Adapted", "read_stack", "template_of"]
