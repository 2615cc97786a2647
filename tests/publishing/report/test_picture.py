"""The picture of a network: within its frame, nothing over anything, and said in words."""

import json

import pytest

from conveyor_iac.publishing.report.picture import WIDTH, picture


@pytest.fixture(scope="module")
def networks(plans):
    return [network for told in plans.values() for network in told["networks"]]


def over(one, other):
    """Whether two boxes cover each other in part: neither beside the other nor within it."""
    apart = (one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
             or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"])
    within = any(a["x"] <= b["x"] and a["y"] <= b["y"] and b["x"] + b["width"] <= a["x"] + a["width"]
                 and b["y"] + b["height"] <= a["y"] + a["height"] for a, b in ((one, other), (other, one)))
    return not (apart or within)


def test_boxes(networks):
    """Each box lies within the frame, and no two cover each other in part."""
    for network in networks:
        made = picture(network)
        boxes = [box for box in made["boxes"] if box["kind"] != "label"]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= WIDTH and box["y"] >= 0
                   and box["y"] + box["height"] <= made["height"] for box in boxes)
        assert not [(one, other) for one in boxes for other in boxes if over(one, other)]


def test_everything_is_drawn(networks):
    """Each subnet's addresses, each endpoint, the way out and the door are in the picture."""
    for network in networks:
        made = picture(network)
        text = " ".join(line["text"] for box in made["boxes"] for line in box["lines"])
        assert all(row["cidr"] in text for row in network["subnets"])
        assert all(row["service"] in text for row in network["endpoints"])
        assert all(name in text for name in network["egress"]["firewall_passes"])
        assert ("PrivateLink door" in text) == (network["service"] is not None)
        assert "way out" in made["text"]


def test_a_way_out_is_an_arrow(networks):
    """An arrow leaves the VPC where there is a NAT gateway, and nowhere else."""
    for network in networks:
        out = [arrow for arrow in picture(network)["arrows"] if arrow["y2"] < 60]
        assert bool(out) == bool(network["egress"]["nat_gateways"])
    shut = {**networks[0], "egress": {**networks[0]["egress"], "kind": "none", "nat_gateways": []}, "service": None}
    assert not picture(shut)["arrows"]


def test_long_names(networks):
    """A name of any length is broken, and never wider than its box."""
    network = json.loads(json.dumps(networks[1]))
    network["service"]["principals"] = ["arn:aws:iam::111122223333:role/" + "x" * 200]
    network["endpoints"] *= 4
    made = picture(network)
    assert all(len(line["text"]) <= 90 for box in made["boxes"] for line in box["lines"])
