"""The CDK app: `npx --no-install cdk deploy --all -c installation=FILE`; works without an activated environment."""

import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[1]
python = root / ".venv" / "bin" / "python"
if python.exists() and "CONVEYOR_APP" not in os.environ:  # once: the project's own Python starts this file again
    os.execve(python, [str(python), __file__], os.environ | {"CONVEYOR_APP": "1"})
try:
    from conveyor_iac.cdk.assembly import run
except ImportError as missing:
    sys.exit(f"{missing}. Run `make setup`, or `pip install 'conveyor-iac[cdk]'` into the Python you use.")
run(root / "examples" / "private.yaml")
