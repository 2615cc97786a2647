"""Values to try where a condition compares numbers, dates or addresses: those on either side of each bound."""

import ipaddress
from datetime import datetime, timedelta


def around(operator: str, value: str) -> tuple[str, ...]:
    """Values on, below and above a bound; nothing where it is none."""
    try:
        if operator.startswith("Numeric"):
            return tuple(f"{float(value) + step:g}" for step in (-1, 0, 1))
        if operator.startswith("Date"):
            day = datetime.fromisoformat(value.replace("Z", "+00:00"))
            return tuple((day + timedelta(days=step)).isoformat().replace("+00:00", "Z") for step in (-1, 0, 1))
        return _addresses(value)
    except (ValueError, OverflowError):
        return ()


def _addresses(value: str) -> tuple[str, ...]:
    """The first address of a block, and one outside every block that is likely to be named."""
    block = ipaddress.ip_network(value, strict=False)
    outside = "203.0.113.77" if block.version == 4 else "2001:db8:ffff::77"
    return tuple(dict.fromkeys((str(block.network_address), outside)))
