"""azure.federated-only: machines sign in with exchanged tokens of one subject each; nobody has a secret."""

from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from conveyor_iac.model.catalogue.proofs.azure import azure_types
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import PACKAGES, Stack, at, judged, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

AUDIENCE: Final = "api://AzureADTokenExchange"
_EXACT = ("managedidentity:FederatedIdentityCredential",
          "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential")
_FLEXIBLE = ("azuread:index/applicationFlexibleFederatedIdentityCredential:"
             "ApplicationFlexibleFederatedIdentityCredential")
_APPLICATION = "azuread:index/application:Application"
_SPEAKS_OF = (*_EXACT, _FLEXIBLE, _APPLICATION, "managedidentity:UserAssignedIdentity", *azure_types().secrets)


def _asked(case: Case) -> bool:
    stack = stack_of(case)
    return bool(stack.of(*_SPEAKS_OF)) or (case.contract.azure is not None and any(
        one.package in PACKAGES for one in stack.resources))


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    yield from stack.strangers("federated-only")
    for one in stack.of(*_EXACT):
        yield from judged(one.name, partial(_exact, one))
    for one in stack.of(_FLEXIBLE):
        yield undecided(f"whose tokens {one.name} takes: it compares subjects by an expression")
    yield from _secrets(stack)
    yield proved()


def _secrets(stack: Stack) -> Iterator[Answer]:
    for one in stack.resources:
        if why := azure_types().secrets.get(one.type):
            yield refuted({"resource": one.name, "type": one.type, "because": f"it is a secret: {why}"})
    for one in stack.of(_APPLICATION):
        if one.given.get("password") or one.given.get("passwords"):
            yield refuted({"resource": one.name, "at": "password", "because": "an application has a password"})


def _exact(one: Resource) -> Iterator[Answer]:
    """A credential takes the tokens of one subject of one issuer that speaks TLS, meant for the exchange."""
    audiences = rows(one, "audiences")
    if audiences != [AUDIENCE]:
        yield refuted({"credential": one.name, "audiences": audiences,
                       "because": f"tokens that are meant for others are taken: it must be {AUDIENCE}"})
    issuer, subject = str(at(one, "issuer") or ""), str(at(one, "subject") or "")
    if not urlsplit(issuer).hostname or not issuer.startswith("https://") or "*" in issuer:
        yield refuted({"credential": one.name, "issuer": issuer, "because": "keys of its issuer are not read by TLS"})
    if not subject.strip() or "*" in subject or "?" in subject:
        yield refuted({"credential": one.name, "subject": subject, "because": "it names no single subject"})
    if at(one, "claimsMatchingExpression"):
        yield undecided(f"whose tokens {one.name} takes: it compares claims by an expression")
    yield proved(f"{one.name} takes tokens of {subject} from {issuer}.")


CLAIM = Claim(
    id="azure.federated-only",
    title="Machines sign in with exchanged tokens of one subject each, and nobody has a password or certificate",
    why="A secret can be carried away and used from anywhere; a token of a named machine lasts an hour.",
    source="https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
    asked=_asked,
    check=_check,
    axioms=("Entra compares issuer, subject and audience of a token letter by letter.",),
)
