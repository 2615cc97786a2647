"""Rules across values: what one value alone cannot tell.

Reads the words as they came, so that these faults are found together with those of single values; a value that
is missing or of the wrong type is left to the rule of that value.
"""

import re
from collections.abc import Iterator, Mapping

from conveyor_iac.errors import Fault
from conveyor_iac.model import catalogue
from conveyor_iac.model.azure.checks import of_azure
from conveyor_iac.model.door import Words, breaks, perhaps, shown, texts, twice
from conveyor_iac.model.network_checks import of_network
from conveyor_iac.model.privatelink_checks import of_principals
from conveyor_iac.model.unused import of_unused

_TAG = r"[\w .:/=+@-]"
"""A character of a tag; https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html."""


def of_installation(words: Words) -> Iterator[Fault]:
    """The faults of an installation file that lie between its values."""
    yield from _offered(words)
    yield from _region(words)
    yield from _account(words)
    yield from _session_name(words)
    yield from _dedicated(words)
    yield from _network_rights(words)
    yield from _company_boundary(words)
    yield from _tags(words)
    yield from of_network(words)
    yield from of_unused(words)
    if words.get("cloud") == "azure":
        yield from of_azure(words)


def of_sheet(words: Words) -> Iterator[Fault]:
    """The faults of a vendor's sheet that lie between its values."""
    yield from _region(words)
    yield from _session_name(words)
    yield from of_principals(words, "principals", texts(words.get("principals")))
    yield from twice("principals", words.get("principals"))


def _offered(words: Words) -> Iterator[Fault]:
    if words.get("cloud") == "azure" and words.get("deployment") in ("private", "dedicated"):
        yield Fault(path="deployment", value=f"{words['deployment']!r} with cloud 'azure'",
                    rule="azure data planes are offered with the shared deployment only: the control plane is on AWS,"
                    " and a data plane on Azure reaches it over the internet",
                    way_out="Write deployment: shared, or cloud: aws")


def _region(words: Words) -> Iterator[Fault]:
    region, azure = words.get("region"), words.get("cloud") == "azure"
    if not isinstance(region, str) or azure:
        return
    partition = next((row for row in catalogue.partitions() if region in row.regions), None)
    served = [name for row in catalogue.partitions() if not row.refused for name in row.regions]
    if partition is None:
        yield Fault(path="region", value=shown(region), rule="a region of a partition that is served",
                    way_out=perhaps(region, served))
    elif partition.refused:
        yield Fault(path="region", value=shown(region), rule=f"{partition.name} is {partition.refused}",
                    way_out="Take a region of aws, aws-cn, aws-us-gov or aws-eusc")


def _account(words: Words) -> Iterator[Fault]:
    azure = words.get("cloud") == "azure"
    if azure and words.get("account") is not None:
        yield Fault(path="account", value=shown(words["account"]), rule="azure data planes have no AWS account",
                    way_out="Leave account out and fill in azure")
    if not azure and words.get("account") is None:
        yield Fault(path="account", value="(missing)", rule="a value is needed",
                    way_out="The AWS account of the data plane: 12 digits in quotes")
    if azure and words.get("azure") is None:
        yield Fault(path="azure", value="(missing)", rule="a value is needed when cloud is azure",
                    way_out="Give tenant_id and subscription_id, or billing_scope for a new subscription")
    if not azure and words.get("azure") is not None:
        yield Fault(path="azure", value="(given)", rule="only cloud: azure has it",
                    way_out="Leave azure out, or write cloud: azure")


def _session_name(words: Words) -> Iterator[Fault]:
    given, tenant = words.get("session_name"), words.get("tenant")
    if isinstance(given, str) and not breaks("StsSessionName", given) and not breaks("TenantId", tenant):
        wanted = f"conveyor-{tenant}"
        if given != wanted:
            yield Fault(path="session_name", value=shown(given), rule=f"conveyor- and the tenant id, here {wanted}",
                        way_out="Leave it out, or mend tenant")


def _dedicated(words: Words) -> Iterator[Fault]:
    control_plane, account = words.get("control_plane"), words.get("account")
    if not isinstance(control_plane, Mapping) or not isinstance(account, str):
        return
    vendor, dedicated = control_plane.get("account"), words.get("deployment") == "dedicated"
    if dedicated and isinstance(vendor, str) and vendor != account:
        yield Fault(path="control_plane.account", value=shown(vendor),
                    rule=f"in a dedicated deployment the control plane is in your own account, {account}",
                    way_out="Write the account of the data plane, or another deployment")
    if not dedicated and control_plane.get("network") is not None:
        yield Fault(path="control_plane.network", value="(given)", rule="only a dedicated deployment has it",
                    way_out="Leave it out, or write deployment: dedicated")


def _network_rights(words: Words) -> Iterator[Fault]:
    installer, network = words.get("installer"), words.get("network")
    if not isinstance(installer, Mapping) or installer.get("network_rights") is not True:
        return
    if isinstance(network, Mapping) and network.get("existing") is not None:
        yield Fault(path="installer.network_rights", value="True",
                    rule="the installer makes no network where you bring the VPC",
                    way_out="Leave it out, or leave network.existing out")
    elif words.get("deployment") in ("private", "dedicated"):
        yield Fault(path="installer.network_rights", value="True",
                    rule="a data plane without internet access has an installer that cannot make a way to it",
                    way_out="Leave it out: your own network stack makes the VPC; or write deployment: shared")


def _company_boundary(words: Words) -> Iterator[Fault]:
    iam, account, region = words.get("iam"), words.get("account"), words.get("region")
    arn = iam.get("boundary") if isinstance(iam, Mapping) else None
    partition = catalogue.partition_of(region)
    if not isinstance(arn, str) or not arn or breaks("CompanyBoundary", arn) or not partition:
        return
    _, found, _, _, owner, _ = arn.split(":", 5)
    if found != partition or owner not in (account, "aws"):
        yield Fault(path="iam.boundary", value=shown(arn),
                    rule=f"a policy of {account} or of AWS itself, in {partition}",
                    way_out="Name a policy of the data plane's account: IAM takes no other as a boundary")


def _tags(words: Words) -> Iterator[Fault]:
    tags = words.get("tags")
    for key, value in tags.items() if isinstance(tags, Mapping) else ():
        reserved = str(key).lower().startswith(("aws:", "conveyor:"))
        if reserved or not re.fullmatch(_TAG + "{1,128}", str(key)):
            yield Fault(path=f"tags.{key}", value=shown(value), way_out="Take another key",
                        rule="a tag key of 1 to 128 characters (letters, digits, spaces and _ . : / = + - @) that"
                        " begins with neither aws: nor conveyor:")
        elif isinstance(value, str) and not re.fullmatch(_TAG + "{0,256}", value):
            yield Fault(path=f"tags.{key}", value=shown(value), rule="at most 256 letters, digits, spaces and"
                        " _ . : / = + - @", way_out="Take another value")
