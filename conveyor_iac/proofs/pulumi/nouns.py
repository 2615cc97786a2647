"""The few nested properties that Pulumi keeps as lists and CloudFormation as mappings, or the other way round."""

from collections.abc import Mapping
from typing import Any

_ACLS = {"public-read": "PublicRead", "public-read-write": "PublicReadWrite",
         "authenticated-read": "AuthenticatedRead", "private": "Private", "log-delivery-write": "LogDeliveryWrite",
         "aws-exec-read": "AwsExecRead", "bucket-owner-read": "BucketOwnerRead",
         "bucket-owner-full-control": "BucketOwnerFullControl"}
_EVERYBODY = {"AllUsers": "PublicRead", "AuthenticatedUsers": "AuthenticatedRead"}


def acl(word: Any) -> Any:
    """A canned access control list as CloudFormation calls it."""
    return _ACLS.get(word, word) if isinstance(word, str) else word


def acl_of(grantees: Any) -> str:
    """The canned list that is as open as grants to these grantees, each the URI of a group or nothing."""
    uris = [str(uri).rpartition("/")[2] for uri in grantees if uri]
    return next((word for uri, word in _EVERYBODY.items() if uri in uris), "Private")


def ipsets(body: Any) -> Any:
    """A rule group whose variables are mappings of names to definitions."""
    variables = body.get("RuleVariables") if isinstance(body, Mapping) else None
    if not isinstance(variables, Mapping) or "Fn::If" in variables:
        return body
    told = {"IPSets" if key == "IpSets" else key: _keyed(value, key[:-1]) for key, value in variables.items()}
    return {**body, "RuleVariables": told}


def policy_variables(body: Any) -> Any:
    """A firewall policy whose variables are mappings of names to definitions."""
    variables = body.get("PolicyVariables") if isinstance(body, Mapping) else None
    if not isinstance(variables, Mapping) or "RuleVariables" not in variables:
        return body
    return {**body, "PolicyVariables": {**variables, "RuleVariables": _keyed(variables["RuleVariables"], "IpSet")}}


def _keyed(rows: Any, key: str) -> Any:
    """A list of `{Key, IpSet: {Definitions}}` as a mapping; what is no such list stays as it is, and is not read."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and isinstance(row.get(key), Mapping)
                                             for row in rows):
        return rows
    return {str(row.get("Key")): {"Definition": row[key].get("Definitions")} for row in rows}


def encryption(rules: Any) -> Any:
    """The rules of a bucket's encryption, already in CloudFormation's letters but for two words."""
    if not isinstance(rules, list):
        return rules
    return {"ServerSideEncryptionConfiguration": [_encryption(row) for row in rules]}


def _encryption(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    default = row.get("ApplyServerSideEncryptionByDefault")
    told = {key: value for key, value in row.items() if key != "ApplyServerSideEncryptionByDefault"}
    if isinstance(default, Mapping) and "Fn::If" not in default:
        words = {"SseAlgorithm": "SSEAlgorithm", "KmsMasterKeyId": "KMSMasterKeyID"}
        told["ServerSideEncryptionByDefault"] = {words.get(key, key): value for key, value in default.items()}
    return told
