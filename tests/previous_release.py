"""The previous release as it really was: its files, taken out of this repository's history."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

# The commit of the release before this one. At a release: the commit that is released (CONTRIBUTING, "A release").
PREVIOUS_RELEASE = "69e32791b04ab1bf1f0e094ef6addf3bbafb4f1b"
_ROOT = Path(__file__).resolve().parents[1]
_WHAT_RUNS = ("oncall", "twiml", "pyproject.toml")


def previous_release(folder: Path) -> Path:
    """The folder, with the previous release's code in it.

    Not every copy of these files has their history: not an unpacked archive, and not a clone of the latest commits
    only. There the test is skipped aloud, in CI too, since nothing that a test run brings along would help.
    """
    if shutil.which("git") is None or _git("rev-parse", "--show-toplevel").stdout.decode().strip() != str(_ROOT):
        pytest.skip("the previous release is in git's history, and these files have none")
    if _git("cat-file", "-e", f"{PREVIOUS_RELEASE}^{{commit}}").returncode:
        pytest.skip(f"{PREVIOUS_RELEASE}, the previous release, is not in this clone's history: git fetch --unshallow")
    folder.mkdir(parents=True)
    packed = folder.with_suffix(".zip")
    taken = _git("archive", "--format", "zip", "--output", str(packed), PREVIOUS_RELEASE, *_WHAT_RUNS)
    assert taken.returncode == 0, taken.stderr.decode()
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    return folder


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    # Whoever else owns the files, as in a container: it is read only.
    command = ["git", "-c", "safe.directory=*", "-C", str(_ROOT), *words]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
