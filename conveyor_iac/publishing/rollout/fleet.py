"""Many installations at once: a folder of installation files becomes a folder of parameter files.

    VERSION/REGION/TEMPLATE/TENANT-ACCOUNT.json    what `aws cloudformation ... --parameters file://` reads
    rollout.json                                   what was written, and what is wrong with each of the others

One file after the other: of each only what is compared and what is written is kept, never its plan. Faults are gathered
per file, and the good ones are written. Rolling out over the accounts of one customer is CloudFormation's (StackSets).
"""

import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout import commands, crossing
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import stacks

SHEET = "rollout.json"
ENDINGS = (".yaml", ".yml", ".json")
"""The files that are read; others in the folder are passed over, and told."""
MOST_BYTES = 100_000
"""Bytes of an installation file; those of the examples have less than a thousand."""
QUIET = 2.0
"""Seconds between two words of progress."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What came of a folder. files: what is to be written. broken: the faults of each file that has any, by its name.

    passed_over: files of another kind. installations: how many files were read, the broken ones included.
    """

    offer: Offer
    installations: int
    files: Mapping[str, bytes]
    broken: Mapping[str, tuple[Fault, ...]]
    passed_over: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As rollout.json and `--json` say it."""
        counted = Counter(name.rpartition("/")[0] for name in self.files)
        return {"schema": 1, "version": self.offer.version, "release": self.offer.url,
                "withdrawn": self.offer.withdrawn.as_json() if self.offer.withdrawn else None,
                "installations": self.installations, "good": self.installations - len(self.broken),
                "groups": [self._group(folder, count) for folder, count in sorted(counted.items())],
                "broken": [{"file": name, "faults": [fault.as_json() for fault in faults]}
                           for name, faults in self.broken.items()],
                "passed_over": list(self.passed_over)}

    def _group(self, folder: str, count: int) -> dict[str, Any]:
        version, region, name = folder.split("/")
        template = self.offer.templates[name]
        return {"folder": folder, "version": version, "region": region, "template": name, "template_url": template.url,
                "sha256": template.sha256, "files": count}


def fleet(folder: Path, offer: Offer, progress: Progress) -> Fleet:
    """Reads every installation file of a folder, checks each by itself and all together, and makes its parameters.

    Raises `InputError` where the folder has none, or is none.
    """
    names, passed_over = _listed(folder)
    found: dict[str, dict[str, bytes]] = {}
    members, broken = [], dict[str, list[Fault]]()
    for name in _told(names, progress):
        try:
            installation = _read(folder / name)
            found[name] = _files(installation, offer)
            members.append(crossing.member(name, installation))
        except InputError as refused:
            broken[name] = list(refused.faults)
    for name, faults in (*crossing.faults(members).items(), *_twins(names)):
        broken.setdefault(name, []).extend(faults)
    return Fleet(offer=offer, installations=len(names), passed_over=passed_over,
                 files={path: content for name, made in found.items() if name not in broken
                        for path, content in made.items()},
                 broken={_spelled(name): tuple(broken[name]) for name in sorted(broken)})


def _files(installation: Installation, offer: Offer) -> dict[str, bytes]:
    return {f"{offer.version}/{stack.region}/{stack.template.name}/{stack.tenant}-{stack.account}.json":
            commands.parameters(stack) for stack in stacks(installation, offer)}


def _listed(folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """The names to be read, and those that are passed over; what begins with a dot is neither."""
    try:
        entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in os.scandir(folder)
                         if not entry.name.startswith("."))
    except OSError as refused:
        raise InputError([Fault(path="--fleet", value=str(folder), rule="a folder that can be read"
                                f" ({refused.strerror})", way_out="Name the folder with the installation files")
                          ]) from None
    names = [name for name, is_folder in entries if is_folder or name.lower().endswith(ENDINGS)]
    if not names:
        raise InputError([Fault(path="--fleet", value=str(folder), rule="a folder with installation files, whose names"
                                f" end in {', '.join(ENDINGS)}", way_out="Name the folder that they are in")])
    return names, tuple(_spelled(name) for name, _ in entries if name not in set(names))


def _twins(names: list[str]) -> Iterator[tuple[str, list[Fault]]]:
    """Files of one name with several endings: nobody knows which of them counts."""
    stems = Counter(Path(name).stem for name in names)
    for name in names:
        if stems[Path(name).stem] > 1:
            yield name, [Fault(path=_spelled(name), value=repr(Path(name).stem), rule="one file of a name,"
                               " whatever its ending", way_out="Leave the others out")]


def _spelled(name: str) -> str:
    """A name as it can be written anywhere: signs that are no text, or that move the cursor, by their numbers."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name)


def _read(file: Path) -> Installation:
    """The installation of a file; `InputError` for what is none, before it is opened."""
    if not file.name.isprintable():
        raise InputError([Fault(path=_spelled(file.name), value="a name that cannot be printed", rule="a name of"
                                " printable UTF-8 text", way_out="Give the file another name")])
    kind = os.lstat(file)
    if not stat.S_ISREG(kind.st_mode):
        what = "a folder" if stat.S_ISDIR(kind.st_mode) else "a link" if stat.S_ISLNK(kind.st_mode) else "no file"
        raise InputError([Fault(path=file.name, value=what, rule="a file: folders are not searched and links not"
                                " followed", way_out="Put the installation file itself here")])
    if kind.st_size > MOST_BYTES:
        raise InputError([Fault(path=file.name, value=f"{kind.st_size} bytes", rule=f"at most {MOST_BYTES}",
                                way_out="Look at what it is: an installation file has a few hundred")])
    return Installation.load(file)


def _told(names: list[str], progress: Progress) -> Iterator[str]:
    """The names, with a word now and then of how far it is."""
    said = time.monotonic()
    for number, name in enumerate(names):
        if time.monotonic() - said > QUIET:
            progress(f"{number} of {len(names)} installations ...")
            said = time.monotonic()
        yield name
