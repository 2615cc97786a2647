"""The recorder of this room for Azure: what it answers as Azure and Entra would, and no more.

Knows which outputs the components read, and who is signed in. Everything else is `tests/pulumi/aws/recording.py`.
"""

from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import resource_pb2

from tests.engine.azure_variants import SUBSCRIPTION, TENANT
from tests.pulumi.aws.recording import UNKNOWN, Lookup, Recorded, short
from tests.pulumi.aws.recording import Recorder as Plain

CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
FIREWALL_ADDRESS = "10.40.160.4"
_COMPUTED: dict[str, dict[str, Any]] = {
    "Alias": {"properties": {"subscriptionId": "{}.subscription"}},
    "AzureFirewall": {"ipConfigurations": [{"privateIPAddress": FIREWALL_ADDRESS}]},
    "Group": {"objectId": "{}.object"},
    "UserAssignedIdentity": {"principalId": "{}.principal", "clientId": "{}.client"},
}
"""What is said of a resource once it is made, by short type; {} stands for its name."""


class Recorder(Plain):
    """The engine of one program on Azure."""

    def customs(self) -> list[Recorded]:
        """Everything of Azure and of Entra, without components and providers."""
        return [made for made in self.resources.values() if made.type.startswith(("azure-native:", "azuread:"))]

    def inputs(self, part: str) -> dict[str, Any]:
        """The inputs of a part of the deployment `acme`, by its name in the plan."""
        return self.named(f"acme-{part}").inputs

    def part(self, part: str) -> Recorded:
        """A part of the deployment `acme`, by its name in the plan."""
        return self.named(f"acme-{part}")

    def parts(self) -> set[str]:
        """The names of all parts in the plan."""
        return {made.name.removeprefix("acme-") for made in self.customs()}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's own name)
        answer = super().RegisterResource(request)
        identity = MessageToDict(answer.object).get("identity")
        if isinstance(identity, dict):  # a program lists ids, which come back as an object
            known = {id: {"clientId": "c"} for id in identity.get("userAssignedIdentities", ())}
            told = struct_pb2.Struct()
            told.update({"identity": {**identity, "userAssignedIdentities": known}})
            answer.object.fields["identity"].CopyFrom(told.fields["identity"])
        if request.custom:
            more = struct_pb2.Struct()
            if short(request.type) == "ResourceGroup":
                more.update({"name": request.object["resourceGroupName"]})
            more.update(_spelled(_COMPUTED.get(short(request.type), {}), request.name))
            for key, value in more.fields.items():
                answer.object.fields[key].CopyFrom(struct_pb2.Value(string_value=UNKNOWN) if self.preview else value)
        return answer

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the engine's own name)
        assert request.tok == CLIENT_CONFIG
        self.lookups.append(Lookup(token=request.tok, asked={}, provider=request.provider))
        answer = struct_pb2.Struct()
        answer.update({"tenantId": TENANT, "subscriptionId": SUBSCRIPTION, "clientId": "c", "objectId": "o"})
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})


def _spelled(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _spelled(part, name) for key, part in value.items()}
    return [_spelled(part, name) for part in value] if isinstance(value, list) else value.format(name)
