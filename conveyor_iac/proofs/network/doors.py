"""The doors of a network to services: VPC endpoints, and the security groups that say who may knock.

Knows nouns only; `None` stands for what is decided at deployment.
"""

import re
from dataclasses import dataclass

from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.text import Text

_SERVICE = re.compile(r"(?:cn\.)?com\.amazonaws\.(?:\$\{AWS::Region\}|[a-z]{2,4}(?:-[a-z]+)+-\d)\.(?P<service>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A VPC endpoint: of which service, where it stands, and who may knock."""

    name: str
    service: Text
    kind: str
    vpc: str
    subnets: tuple[str, ...] | None = ()
    tables: tuple[str, ...] | None = ()
    groups: tuple[str, ...] | None = ()
    private_names: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a security group lets in: from which block (None: not told by addresses), by which protocol and ports."""

    source: Block | None
    protocol: str | None
    ports: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A security group's ways in; not `known` when some are decided at deployment."""

    name: str
    admissions: tuple[Admission, ...] = ()
    known: bool = True


def service_of(written: str) -> str:
    """The end of a service's name, such as `ecr.api`; empty for one that is not AWS's own."""
    found = _SERVICE.fullmatch(written)
    return found["service"] if found and not found["service"].startswith("vpce.") else ""


def lets_in(admission: Admission, port: int) -> bool | None:
    """Whether TCP on a port comes in; None when it is decided at deployment."""
    if admission.protocol in ("-1", "all"):
        return True
    if admission.protocol not in ("tcp", "6", None):
        return False
    if admission.protocol is None or admission.ports is None:
        return None
    return admission.ports == (-1, -1) or admission.ports[0] <= port <= admission.ports[1]
