"""A question to the prover: is there a request that a role's policies allow and that looks like this?

A claim asks for what must not be; proved means that no such request is allowed, whatever the parameters are.
"""

from dataclasses import dataclass

from conveyor_iac.proofs.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a value of the request must be: one of `inside` (if given) and none of `outside`, as IAM patterns.

    `absent` says whether the request may also leave a condition key out: False, it must be there; True, it may be
    missing as well; None, the key must be missing. `fold` ignores case; with `plain`, an unknown is its value alone,
    and no pattern.
    """

    inside: tuple[Text, ...] = ()
    outside: tuple[Text, ...] = ()
    absent: bool | None = False
    fold: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The request looked for. `actions` are asked one by one; patterns in them are asked as they are.

    `but` are action patterns it must not be. `keys` are rules on condition keys, each in lower case. `principal` is a
    rule on who calls, in a trust policy, and `kind` what kind of principal that is. `tags` is a rule on each tag of
    the resource that a policy asks for.
    """

    actions: tuple[str, ...]
    but: tuple[str, ...] = ()
    resource: Rule = Rule()
    keys: tuple[tuple[str, Rule], ...] = ()
    principal: Rule | None = None
    kind: str = "AWS"
    tags: Rule | None = None

    def parts(self) -> tuple[tuple[str, Rule], ...]:
        """The rules on the request by the name of what they speak of."""
        principal = () if self.principal is None else (("principal", self.principal),)
        return (("resource", self.resource), *principal, *self.keys)
