"""What S3 and the network refuse, in one clear line: what was given wrongly, or what came in between.

Before S3 answered once, a connection that fails is an address or a setting to mend. After that it was cut in the
middle: what is there stays, and the same command goes on from there.
"""

from typing import Any

from conveyor_iac.errors import AnswerIsNo, ConveyorError, Fault, InputError

AGAIN = "What is there stays and nothing is lost: run it again"
_CREDENTIALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
                "RequestTimeTooSkewed")
_REGION = ("PermanentRedirect", "AuthorizationHeaderMalformed")
_DENIED = ("AccessDenied", "AllAccessDisabled", "AccountProblem", "403")


def refusal(refused: Exception, *, address: str, bucket: str, right: str, reached: bool) -> ConveyorError:
    """The error to raise for one of botocore's, or of urllib3's while the content of an object is read.

    address: what was asked for. right: the permission that asking takes. reached: whether S3 answered before.
    """
    from botocore.exceptions import ClientError

    if isinstance(refused, ClientError):
        return _answered(refused.response, address, bucket, right)
    return _unanswered(refused, address, reached)


def _answered(response: Any, address: str, bucket: str, right: str) -> ConveyorError:
    """S3 answered, and it is no."""
    error = response.get("Error", {})
    code, sentence = str(error.get("Code", "")), _one_line(error.get("Message", ""))
    if code == "NoSuchBucket" or (code == "404" and right == "s3:ListBucket"):
        return _input("--bucket", repr(bucket), "a bucket that is there",
                      "Look at its name and at the account (AWS_PROFILE); make it first: publishing makes none")
    if code in _DENIED:
        return _input("--bucket", repr(bucket), f"{right} on {address} is allowed ({sentence or code})",
                      "Publishing takes s3:GetObject and s3:PutObject on the prefix, and s3:ListBucket on the bucket:"
                      " without it S3 calls denied what is not there. The bucket's policy must take SSE-S3 (AES256)")
    if code in _CREDENTIALS:
        return _input("credentials", code, "credentials that AWS takes",
                      "Sign in again, or name others: AWS_PROFILE or --profile")
    if code in _REGION:
        home = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region") or \
            error.get("Region")
        return _input("--region", "another region", f"the region of {bucket}" + (f", which is {home}" if home else ""),
                      f"Give --region {home or 'REGION'}")
    return AnswerIsNo(f"{address}: S3 refused: {code}: {sentence}. {AGAIN}")


def _unanswered(refused: Exception, address: str, reached: bool) -> ConveyorError:
    """Nothing was answered, or not to its end."""
    from botocore import exceptions as botocore
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    if isinstance(refused, botocore.FlexibleChecksumError):
        return AnswerIsNo(f"{address}: the bytes that came do not have the checksum they were stored with. {AGAIN}; if"
                          " it stays so, the object was tampered with")
    if isinstance(refused, botocore.NoCredentialsError | botocore.PartialCredentialsError
                  | botocore.CredentialRetrievalError | botocore.TokenRetrievalError | botocore.SSOError):
        return _input("credentials", _one_line(refused), "credentials of AWS",
                      "Sign in, or name them: AWS_PROFILE or --profile")
    if isinstance(refused, botocore.ProfileNotFound):
        return _input("--profile", _one_line(refused), "a profile of AWS's settings",
                      "Look at `aws configure list-profiles`")
    never = isinstance(refused, botocore.ConnectionError)
    if (never and reached) or isinstance(refused, botocore.HTTPClientError | botocore.IncompleteReadError
                                         | ResponseParserError | HTTPError):
        return AnswerIsNo(f"{address}: the connection was cut: {_one_line(refused)}. {AGAIN}")
    if never:
        return _input("--endpoint-url", _one_line(refused), f"{address} can be reached",
                      "Look at the network, the proxy (HTTPS_PROXY), --region and --endpoint-url")
    return _input("AWS", _one_line(refused), "settings that AWS's SDK can use",
                  "Look at --region, --profile and AWS's own settings")


def _one_line(text: Any) -> str:
    return " ".join(str(text).split()).rstrip(".")


def _input(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])
