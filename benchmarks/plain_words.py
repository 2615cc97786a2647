"""The content of a template in the words of the CDK: texts with tokens, policy statements as objects.

Law: content only. A customer has it in code; here it is read from the templates that our side wrote before. A
placeholder becomes a token that is asked for once: the cheapest of the ordinary ways.
"""

import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_iam as iam

Json = dict[str, Any]
_PSEUDO = {"AccountId": "ACCOUNT_ID", "NoValue": "NO_VALUE", "Partition": "PARTITION", "Region": "REGION",
           "URLSuffix": "URL_SUFFIX"}


class Words:
    """The texts of one stack. `values`: what parameters, resources and exports of other stacks stand for, by name."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})

    def value(self, name: str) -> str:
        """What a placeholder stands for, as a token."""
        if name not in self.values:
            self.values[name] = getattr(Aws, _PSEUDO[name.removeprefix("AWS::")])
        return self.values[name]

    def text(self, given: Any) -> str:
        """A text, or an intrinsic as a token."""
        if isinstance(given, str):
            return given
        ((word, said),) = given.items()
        match word:
            case "Ref" | "Fn::ImportValue":
                return self.value(said)
            case "Fn::GetAtt":
                return self.value(said[0])
            case "Fn::Join":
                return said[0].join(self.text(part) for part in said[1])
            case "Fn::Sub":
                return re.sub(r"\$\{([^!}]+)\}", lambda hit: self.value(hit[1]), said).replace("${!", "${")
            case "Fn::If":
                return Fn.condition_if(said[0], self.text(said[1]), self.text(said[2])).to_string()
        raise ValueError(f"{word} has no spelling here")

    def texts(self, given: Any) -> list[str]:
        """One text or several, as a list."""
        return [self.text(one) for one in (given if isinstance(given, list) else [given])]

    def statement(self, given: Json) -> iam.PolicyStatement:
        """One statement."""
        return iam.PolicyStatement(
            sid=given["Sid"],
            effect=iam.Effect(given["Effect"].upper()),
            principals=[self._principal(given["Principal"])] if "Principal" in given else None,
            actions=self.texts(given["Action"]),
            resources=self.texts(given["Resource"]) if "Resource" in given else None,
            not_resources=self.texts(given["NotResource"]) if "NotResource" in given else None,
            conditions=self.spelled(given.get("Condition", {})),
        )

    def _principal(self, given: Any) -> iam.PrincipalBase:
        if given == "*":
            return iam.StarPrincipal()
        ((kind, name),) = given.items()
        return {"AWS": iam.ArnPrincipal, "Service": iam.ServicePrincipal}[kind](self.text(name))

    def spelled(self, conditions: Json) -> Json:
        """The conditions of a statement."""
        return {operator: {key: [self.text(one) for one in value] if isinstance(value, list) else self.text(value)
                           for key, value in keys.items()} for operator, keys in conditions.items()}
