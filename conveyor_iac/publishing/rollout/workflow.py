"""A workflow of GitHub Actions that deploys the stacks with a role it assumes by OIDC: no key of AWS is stored.

The external id is a secret of the repository. What its user types is given to the scripts as environment, never as a
part of their text. https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

from collections.abc import Sequence

from conveyor_iac.model import catalogue
from conveyor_iac.model.published import CHINA
from conveyor_iac.publishing.rollout import facts
from conveyor_iac.publishing.rollout.stacks import Stack

SECRET = "CONVEYOR_EXTERNAL_ID"
"""The repository's secret that holds the external id."""
_HEAD = """\
# Deploys tenant {tenant} in account {account} from release {version}. Put this file into .github/workflows/ and the
# folder that it came from into the repository.
name: conveyor {tenant}
on:
  workflow_dispatch:
    inputs:
      role-to-assume:
        description: The ARN of the role in account {account} that deploys
        required: true
        type: string
      folder:
        description: The folder of this repository that conveyor-iac rollout wrote
        required: true
        default: rollout
        type: string
      execute:
        description: Execute the change sets, or else only make and show them
        default: false
        type: boolean
permissions:
  id-token: write
  contents: read
concurrency:
  group: conveyor-{account}-{tenant}
  cancel-in-progress: false
jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    env:
      EXECUTE: ${{{{ inputs.execute && '--execute' || '' }}}}
    defaults:
      run:
        shell: bash
        working-directory: ${{{{ inputs.folder }}}}
    steps:
      - uses: {checkout}
        with:
          persist-credentials: false
      - uses: {credentials}
        with:
          role-to-assume: ${{{{ inputs.role-to-assume }}}}
          role-session-name: conveyor-rollout-{tenant}
          aws-region: {region}
"""
_CHINA = """\
          audience: sts.amazonaws.com.cn
"""
_STEP = """\
      - name: {name}
        run: bash {template}/deploy.sh $EXECUTE
"""
_WITH_SECRET = """\
        env:
          EXTERNAL_ID: ${{{{ secrets.{secret} }}}}
"""


def workflow(stacks: Sequence[Stack], version: str) -> bytes:
    """The workflow, a step for each stack, in their order."""
    first = stacks[0]
    china = catalogue.partition_of(first.region) == CHINA
    head = _HEAD.format(tenant=first.tenant, account=first.account, region=first.region, version=version,
                        checkout=facts.action("actions/checkout"),
                        credentials=facts.action("aws-actions/configure-aws-credentials"))
    steps = (_STEP.format(name=stack.name, template=stack.template.name)
             + (_WITH_SECRET.format(secret=SECRET) if stack.secrets else "") for stack in stacks)
    return (head + (_CHINA if china else "") + "".join(steps)).encode()
