"""Our side: what a user of `conveyor-iac` runs, and then the native validation of what it wrote, in one process.

Law: nothing is left out that the other side does. The rules are those the CDK's own validator runs
(`CloudFormationValidatePlugin` in aws-cdk-lib): the built-in rules of cloudformation-validate, warnings and up, with
the ids that the CDK leaves out left out here. An error, or an analysis that did not complete, ends in exit code 1.

`ours.py app FILE OUT`: `conveyor-iac synth -f FILE -o OUT`. `ours.py networks FILE... OUT`: several installations in
one app as the product assembles them, without the stacks of policies and role. `ours.py published OUT`: the published
template of the role, as the product writes it, without the five of networks.
"""

import sys
from dataclasses import replace
from pathlib import Path

_LEFT_OUT_BY_THE_CDK = ["W3005", "W1020", "E1018", "W9002", "W9013", "W1103"]


def synthesize(profile: str, *words: str) -> list[Path]:
    """Writes the templates of a profile and answers them."""
    out = Path(words[-1])
    if profile == "app":
        from conveyor_iac.cli import main

        sys.argv = ["conveyor-iac", "synth", "-f", words[0], "-o", str(out)]
        try:
            main()
        except SystemExit as ended:
            if ended.code:
                raise
    else:
        from conveyor_iac.cdk import assembly
        from conveyor_iac.model.installation import Installation

        stacks_of = assembly.stacks_of
        assembly.stacks_of = lambda scope, plan, prefix: stacks_of(scope, replace(plan, installer=None), prefix)
        assembly.published_networks = dict
        assembly.assemble(map(Installation.load, words[:-1]), "published" if profile == "published" else "app", out)
    return sorted(out.glob("*.template.json"))


def validate(templates: list[Path]) -> list[str]:
    """What the native validator finds wrong."""
    import cloudformation_validate as native

    config = native.ValidateConfig(exclude=native.RuleFilterConfig(ids=_LEFT_OUT_BY_THE_CDK),
                                   detail_level=native.DetailLevel.STANDARD, severity_level=native.Severity.WARN)
    engine, wrong = native.CompositeEngine(), []
    for template in templates:
        report = engine.validate_template(template, config)
        if report.status is not native.ReportStatus.OK:
            wrong.append(f"{template.name}: {report.status.name}")
        wrong += [f"{template.name}: {found.rule_id} {found.message}" for found in report.diagnostics
                  if found.severity in (native.Severity.FATAL, native.Severity.ERROR)]
    return wrong


if __name__ == "__main__":
    written = synthesize(*sys.argv[1:])
    wrong = validate(written) if written else ["no template was written"]
    if wrong:
        sys.exit("\n".join(wrong))
