"""The picture of a network, worked out in numbers: its VPC, zones and subnets, its ways out and its doors.

Answers boxes, lines and arrows; the page draws them. The same network always gives the same picture.
"""

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 480
_EDGE, _GAP, _ROW, _PILL = 12, 8, 40, 46
KINDS = ("Public", "Firewall", "Node", "Pod", "Endpoint")
"""From the way out, above, to what has none, below."""
_PLANES = {"data": "data plane", "control": "control plane", "yours": "your VPC"}
_OUT = {"nat": "the internet, by NAT", "firewall": "TLS 443, by firewall and NAT, to", "none": "no way out",
        "proxy": "no way out is made: your own proxy passes", "yours": "the routes of your own VPC"}


def picture(network: Mapping[str, Any], links: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A network of `plan --json`, with the links from it, as shapes: title, text, height, boxes, texts, arrows."""
    shapes = _Shapes()
    rows = _rows(network["subnets"])
    zones = list(dict.fromkeys(row["zone"] for row in network["subnets"]))
    shapes.pill(_way_out(network["egress"]), "out" if network["egress"]["kind"] in ("nat", "firewall") else "shut")
    top = shapes.y + 26
    shapes.y = top
    _subnets(shapes, rows, zones, network)
    _endpoints(shapes, network)
    _door(shapes, network["service"])
    shapes.box(_EDGE, top - 8, WIDTH - 2 * _EDGE, shapes.y - top + 8, "vpc", [])
    if network["egress"]["kind"] in ("nat", "firewall"):
        shapes.arrow(WIDTH / 2, top - 8, WIDTH / 2, _PILL)
    _outside(shapes, network, links)
    return {"title": f"Network of the {_PLANES.get(network['plane'], network['plane'])}: {_named(network['vpc'])}",
            "text": _text(network, zones), "width": WIDTH, "height": shapes.y, **shapes.told()}


class _Shapes:
    """Boxes and arrows, from above to below; `y` is where the next one goes."""

    def __init__(self) -> None:
        self.y = 0.0
        self._boxes: list[dict[str, Any]] = []
        self._arrows: list[dict[str, float]] = []

    def box(self, x: float, y: float, width: float, height: float, kind: str, lines: Sequence[str]) -> None:
        step = 13
        first = y + height / 2 - step * (len(lines) - 1) / 2 + 4
        self._boxes.append({"x": round(x, 1), "y": round(y, 1), "width": round(width, 1), "height": round(height, 1),
                            "kind": kind, "lines": [{"text": text, "x": round(x + width / 2, 1),
                                                     "y": round(first + step * number, 1)}
                                                    for number, text in enumerate(lines)]})

    def pill(self, lines: Sequence[str], kind: str) -> None:
        height = max(_PILL, 16 + 13 * len(lines))
        self.box(_EDGE, self.y + 2, WIDTH - 2 * _EDGE, height - 2, kind, lines)
        self.y += height

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._arrows.append({name: round(value, 1) for name, value in zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2),
                                                                          strict=True)})

    def told(self) -> dict[str, Any]:
        """The shapes, those that hold others first."""
        return {"boxes": sorted(self._boxes, key=lambda box: box["kind"] != "vpc"), "arrows": self._arrows}


def _rows(subnets: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The subnets by kind, in the order of the picture."""
    kinds = [*KINDS, *sorted({row["kind"] for row in subnets} - set(KINDS))]
    found = [(kind, [row for row in subnets if row["kind"] == kind]) for kind in kinds]
    return [(kind, those) for kind, those in found if those]


def _subnets(shapes: _Shapes, rows: Sequence[tuple[str, list[Mapping[str, Any]]]], zones: Sequence[str],
             network: Mapping[str, Any]) -> None:
    """A column for each zone, a row for each kind of subnet, and the ways between them."""
    vpc = network["vpc"]
    shapes.box(_EDGE + _GAP, shapes.y - 6, WIDTH - 2 * (_EDGE + _GAP), 24, "label",
               [f"{_named(vpc)} {' and '.join(vpc['cidrs'])}"])
    shapes.y += 22
    width = (WIDTH - 2 * _EDGE - _GAP * (len(zones) + 1)) / max(len(zones), 1)
    places = {zone: _EDGE + _GAP + number * (width + _GAP) for number, zone in enumerate(zones)}
    for zone, x in places.items():
        shapes.box(x, shapes.y - 4, width, 16, "label", [zone])
    shapes.y += 16 if zones else 0
    leaves = network["egress"]["kind"] in ("nat", "firewall")
    for number, (kind, subnets) in enumerate(rows):
        for subnet in subnets:
            x = places[subnet["zone"]]
            shapes.box(x, shapes.y, width, _ROW, kind.lower(), [kind.lower(), subnet["cidr"]])
            if leaves and number and kind in ("Firewall", "Node"):
                shapes.arrow(x + width / 2, shapes.y, x + width / 2, shapes.y - _GAP)
        shapes.y += _ROW + _GAP


def _endpoints(shapes: _Shapes, network: Mapping[str, Any]) -> None:
    """The VPC endpoints, as one box with their names."""
    names = [row["service"] for row in network["endpoints"]] + list(network.get("endpoints_there", ()))
    if not names:
        return
    lines = [f"{len(names)} VPC endpoint{'s' if len(names) > 1 else ''}:",
             *_broken(", ".join(names), 74)]
    height = 14 + 13 * len(lines)
    shapes.box(_EDGE + _GAP, shapes.y, WIDTH - 2 * (_EDGE + _GAP), height, "endpoints", lines)
    shapes.y += height + _GAP


def _door(shapes: _Shapes, service: Mapping[str, Any] | None) -> None:
    """The endpoint service, through which others come in."""
    if service:
        ports = ", ".join(map(str, service["ports"]))
        shapes.box(_EDGE + _GAP, shapes.y, WIDTH - 2 * (_EDGE + _GAP), _ROW, "door",
                   [f"PrivateLink door: {service['name']}, TCP {ports}", f"accepted {service['acceptance']}"])
        shapes.y += _ROW + _GAP


def _outside(shapes: _Shapes, network: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> None:
    """Who stands outside: whoever comes in by the door, and where the links lead."""
    if network["service"]:
        start = shapes.y
        shapes.y += 26
        shapes.pill(["who may ask to come in:", *_broken(", ".join(network["service"]["principals"]), 74)], "outside")
        shapes.arrow(WIDTH / 2, start + 28, WIDTH / 2, start - _GAP)
    if links:
        shapes.y += _GAP
        shapes.pill(["ways between the planes:", *(line for link in links for line in _broken(
            f"{link['name']} to {link['to']}", 74))], "outside")
    shapes.y += 6


def _way_out(egress: Mapping[str, Any]) -> list[str]:
    names = egress["firewall_passes"] or egress["proxy_must_pass"]
    return [_OUT.get(egress["kind"], egress["kind"]), *_broken(", ".join(names), 74)]


def _named(vpc: Mapping[str, Any]) -> str:
    return str(vpc["id"]) if vpc["made"] else f"VPC {vpc['id']}"


def _broken(text: str, most: int) -> list[str]:
    """A list in words, broken at its blanks; a word that is longer is cut where it must be."""
    lines: list[str] = []
    for word in text.split():
        while len(word) > most:
            lines.append(word[:most])
            word = word[most:]
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _text(network: Mapping[str, Any], zones: Sequence[str]) -> str:
    """The picture in words, for whoever does not see it."""
    kinds = ", ".join(f"{len(those)} {kind.lower()}" for kind, those in _rows(network["subnets"]))
    parts = [f"{len(zones)} zones with subnets: {kinds}" if zones else "no subnet is made",
             f"{len(network['endpoints'])} VPC endpoints", f"way out: {' '.join(_way_out(network['egress']))}"]
    parts += [f"PrivateLink door {network['service']['name']}, accepted by hand"] if network["service"] else []
    return "; ".join(parts) + "."
