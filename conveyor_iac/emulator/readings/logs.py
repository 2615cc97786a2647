"""What must hold of the key and of what is written down: flow logs, their bucket, the firewall's alerts."""

from typing import Any

from conveyor_iac.emulator.readings.asked import FIREWALL
from conveyor_iac.emulator.readings.reading import Invariant, Looks
from conveyor_iac.emulator.readings.seen import FIREWALL as FIREWALL_TYPE
from conveyor_iac.emulator.readings.seen import Seen
from conveyor_iac.emulator.readings.snapshot import Words

A_YEAR = 365
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def rotation(seen: Seen) -> Looks:
    """The key is exchanged for a new one every year."""
    if seen.key:
        yield seen.key["KeyId"], "" if seen.key["Rotated"] else "never rotated"


def key_policy(seen: Seen) -> Looks:
    """No statement of the key's policy speaks to everybody."""
    for statement in (seen.key or {}).get("Policy", {}).get("Statement", ()):
        yield statement.get("Sid", "?"), "open to everybody" if _anybody(statement) else ""


def flow_log(seen: Seen) -> Looks:
    """All traffic of the VPC is written down, in a bucket of this account."""
    yield "flow logs", "" if len(seen.flow_logs) == 1 else f"{len(seen.flow_logs)} of them"
    for row in seen.flow_logs:
        yield "traffic", "" if row["TrafficType"] == "ALL" else f"{row['TrafficType']} only"
        yield "bucket", "" if row.get("LogDestinationType") == "s3" and seen.log_buckets else "not a bucket of ours"


def bucket_private(seen: Seen) -> Looks:
    """Nothing and nobody makes the bucket of the flow logs public."""
    for bucket in seen.log_buckets:
        yield bucket["Name"], ", ".join(f"{key} is off" for key in BLOCKS if not bucket["Blocked"].get(key))
        for statement in bucket["Policy"].get("Statement", ()):
            opens = statement["Effect"] == "Allow" and _anybody(statement)
            yield statement.get("Sid", "?"), "open to everybody" if opens else ""


def bucket_encrypted(seen: Seen) -> Looks:
    """The bucket is closed by our key. Read from the stack's template: the embedded AWS keeps no bucket encryption."""
    for properties in _of_type(seen, "AWS::S3::Bucket"):
        rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", ())
        closed = [row["ServerSideEncryptionByDefault"] for row in rules]
        fit = closed and all(row["SSEAlgorithm"] == "aws:kms" and row.get("KMSMasterKeyID") for row in closed)
        yield "bucket", "" if fit else "not closed by our key"


def bucket_tls(seen: Seen) -> Looks:
    """Whoever comes to the bucket without TLS is refused."""
    for bucket in seen.log_buckets:
        refused = [row for row in bucket["Policy"].get("Statement", ()) if row["Effect"] == "Deny" and _anybody(row)
                   and row.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}} and row["Action"] == "s3:*"
                   and set(row["Resource"]) == {f"arn:aws:s3:::{bucket['Name']}", f"arn:aws:s3:::{bucket['Name']}/*"}]
        yield bucket["Name"], "" if refused else "plain HTTP is let in"


def alerts(seen: Seen) -> Looks:
    """The alerts of each firewall are kept for a year in a log group that our key closes."""
    names = set[str]()
    for firewall in seen.recorded(FIREWALL_TYPE):
        written = _alert_groups(seen, firewall["FirewallArn"])
        yield firewall["FirewallName"], "" if written else "not written down"
        names |= written
    for group in seen.snapshot.log_groups:
        if group["logGroupName"] in names:
            kept = group.get("retentionInDays") == A_YEAR
            closed = group.get("kmsKeyId") == (seen.key or {}).get("Arn")
            yield group["logGroupName"], "" if kept and closed else "not kept for a year, or not closed by our key"


def _alert_groups(seen: Seen, firewall: str) -> set[str]:
    """The log groups into which a firewall's alerts go."""
    rows = seen.snapshot.recorded["AWS::NetworkFirewall::LoggingConfiguration"]
    return {entry["LogDestination"].get("logGroup", "") for row in rows if row["FirewallArn"] == firewall
            for entry in row["LoggingConfiguration"]["LogDestinationConfigs"] if entry["LogType"] == "ALERT"}


def _of_type(seen: Seen, type_name: str) -> list[Words]:
    """The properties of resources of a type in the stacks' templates."""
    return [row.get("Properties", {}) for template in seen.templates for row in template["Resources"].values()
            if row["Type"] == type_name]


def _anybody(statement: Words) -> bool:
    named: Any = statement.get("Principal")
    values = named.values() if isinstance(named, dict) else [named]
    return any("*" in ([value] if isinstance(value, str) else value or ()) for value in values)


def _made(seen: Seen) -> bool:
    return seen.asked.made


INVARIANTS = (
    Invariant(id="key-rotation", what="the network's key", expected="rotated", look=rotation),
    Invariant(id="key-policy", what="policy of the key", expected="opens it to nobody in general", look=key_policy),
    Invariant(id="flow-log", what="flow log of the VPC", expected="all traffic, in our bucket", look=flow_log,
              when=_made),
    Invariant(id="bucket-private", what="bucket of the flow logs", expected="never public", look=bucket_private,
              when=_made),
    Invariant(id="bucket-encrypted", what="bucket of the flow logs", expected="closed by our key",
              look=bucket_encrypted, when=_made),
    Invariant(id="bucket-tls", what="bucket of the flow logs", expected="TLS only", look=bucket_tls, when=_made),
    Invariant(id="alerts", what="alerts of each firewall", expected="kept for a year, closed by our key", look=alerts,
              when=lambda seen: seen.asked.way_out == FIREWALL),
)
