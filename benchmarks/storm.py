"""``python -m benchmarks.storm [INCIDENTS HOURS]``: a day of simulated storm, and what the process weighs meanwhile.

The rows are in a file; what grows is what the simulated carrier, its telephones and the checks remember of each
incident, and it has to grow by as much in the second half as in the first: anything kept beside that shows as more.
"""

import gc
import os
import sys
import tempfile
import time
from pathlib import Path

from oncall.sim.storm import run_storm
from oncall.store import open_store, upgrade
from oncall.web import create_app

INCIDENTS, HOURS = 2000, 24.0
MOST_GROWTH = 1.25
_KIB = 1024


def main(incidents: int = INCIDENTS, hours: float = HOURS) -> int:
    """Play it; 1 where the second half took much more memory than the first. Raises BrokenPromiseError."""
    weights: list[int] = []

    def weigh(quarter: int) -> None:
        gc.collect()
        weights.append(_resident_bytes())
        print(f"quarter {quarter}: {weights[-1] // _KIB} KiB after {time.monotonic() - began:.0f} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="oncall-storm-") as folder:
        url = f"sqlite:///{Path(folder) / 'oncall.db'}"
        upgrade(url)
        rows = open_store(url, durable=False)
        began = time.monotonic()
        summary = run_storm(create_app, incidents=incidents, hours=hours, rows=rows, at_quarter=weigh)
        rows.close()
    # The first quarter also pays for what is loaded once.
    middle, last = weights[2] - weights[1], weights[4] - weights[3]
    each = 4 / incidents / _KIB
    print(f"{summary}\nKiB an incident: {middle * each:.1f} in the second quarter, {last * each:.1f} in the last")
    print(f"{time.monotonic() - began:.0f} s; every promise held")
    return int(last > MOST_GROWTH * middle)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(main(int(asked[0]), float(asked[1])) if asked else main())
