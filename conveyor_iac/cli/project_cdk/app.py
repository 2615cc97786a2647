"""The CDK app of this installation: `cdk deploy` starts it, with or without an activated environment."""
import os
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
python = here / ".venv" / "bin" / "python"
if python.exists() and "CONVEYOR_APP" not in os.environ:  # once: the project's own Python starts this file again
    os.execve(python, [str(python), __file__], os.environ | {"CONVEYOR_APP": "1"})
try:
    from conveyor_iac.cdk.assembly import run
except ImportError as missing:
    sys.exit(f"{missing}. Run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` first.")
run(here / "installation.yaml")
