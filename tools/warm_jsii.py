"""Fills jsii's package cache, and waits until its background thread has written the index of aws-cdk-lib.

Without the index every short synth takes more than twice the time, and short runs end before it is written.
"""

import importlib
import os
import time
from pathlib import Path

_SECONDS = 60
_WRITTEN_LAST = "aws-cdk-lib/*/*/.jsii.runtime.v1.json"


def indexed() -> bool:
    """Whether jsii has written the index of an aws-cdk-lib, in any of the folders it uses."""
    home = Path.home()
    folders = [home / ".cache/aws/jsii/package-cache", home / "Library/Caches/com.amazonaws.jsii/package-cache"]
    named = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT")
    return any(any(folder.glob(_WRITTEN_LAST)) for folder in ([Path(named)] if named else folders))


def main() -> None:
    """Starts the CDK, which loads aws-cdk-lib, and stays until the index is there."""
    importlib.import_module("conveyor_iac.cdk")
    deadline = time.monotonic() + _SECONDS
    while not indexed():
        if time.monotonic() > deadline:
            print(f"jsii wrote no index within {_SECONDS} s: synthesizing will be slower, nothing else is wrong")
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main()
