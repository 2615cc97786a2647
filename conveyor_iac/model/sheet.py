"""The vendor's sheet: what a vendor hands to a customer, from which `init --from` starts an installation file."""

from pathlib import Path

from conveyor_iac.model import checks
from conveyor_iac.model.door import Part, Principal, SessionName, TenantId, Text, enter
from conveyor_iac.model.installation import ControlPlane
from conveyor_iac.model.words import words_of


class VendorSheet(Part):
    """What the vendor hands to a customer. It holds no secret: the external id goes another way."""

    tenant: TenantId
    """The tenant id: 3 to 20 lower-case letters and digits, no hyphen."""
    region: Text
    """The region the data plane is meant for, such as eu-west-1."""
    control_plane: ControlPlane
    """Who will assume the installer role."""
    session_name: SessionName | None = None
    """The role session name the control plane uses: conveyor- and the tenant id."""
    principals: tuple[Principal, ...] = ()
    """ARNs of those who will consume endpoint services of the data plane; never *, none with a path."""

    @classmethod
    def load(cls, file: Path | str) -> "VendorSheet":
        """The sheet a YAML or JSON file holds; `InputError` with every fault of it at once."""
        return enter(cls, words_of(file), checks.of_sheet)
