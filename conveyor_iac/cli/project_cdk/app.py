"""The CDK app of this installation: `cdk deploy` starts it, with or without an activated environment."""
import os
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
python = here / ".venv" / "bin" / "python"
if python.exists() and Path(sys.prefix).resolve() != python.parents[1]:
    os.execv(python, [str(python), __file__])
try:
    from conveyor_iac.cdk.assembly import run
except ImportError as missing:
    sys.exit(f"{missing}. Run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` first.")
run(here / "installation.yaml")
