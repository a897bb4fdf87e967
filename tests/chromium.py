"""The browser for the browser tests.

``python -m tests.chromium`` says which one the tests will use, and brings one where there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

GIVEN = "ONCALL_TEST_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")

# Containers have no namespaces to spare for the sandbox; the pages are ours.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


def find_chromium() -> Path | None:
    """The program: the one that ONCALL_TEST_CHROMIUM names, the system's, or Playwright's own; None without any."""
    named = os.environ.get(GIVEN)
    if named:
        return Path(named)
    installed = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if installed:
        return Path(installed)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((path for pattern in _PLAYWRIGHT for path in sorted(cache.glob(pattern), reverse=True)), None)


def main() -> None:
    """Say what the tests will use; install one where there is none."""
    if find_chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if find_chromium() is None:
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    found = find_chromium()
    sys.stdout.write(f"Chromium: {found}\n" if found else "Chromium: none; the tests that need one are skipped\n")


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.stderr.write(f"{' '.join(command)} ended with {done.returncode}\n")


if __name__ == "__main__":
    main()
