"""Draws docs/images/report.png: the page of an example as Chromium shows it, from its top.

    conveyor-iac report -f examples/private.yaml -o build/report.html
    python tools/report_picture.py build/report.html docs/images/report.png
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = "860,1040"


def draw(page: Path, picture: Path) -> None:
    """A picture of the page's first screen; `SystemExit` where there is no Chromium."""
    program = shutil.which("chromium") or sys.exit("chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run([program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        "--disable-lcd-text", f"--user-data-dir={profile}", f"--window-size={SIZE}",
                        f"--screenshot={picture.resolve()}", page.resolve().as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    draw(*map(Path, sys.argv[1:3]))
