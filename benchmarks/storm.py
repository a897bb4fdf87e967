"""``python -m benchmarks.storm [INCIDENTS HOURS]``: a day of simulated storm, and what the process weighs meanwhile.

The rows are in a file. What the process as a whole grows by is mostly what the simulated carrier, its telephones and
the checks remember of each incident, and it has to grow by as much in the second half as in the first. What the service
itself remembers is weighed apart from that (weight.py): once its caches are full it has to stay as it is.
"""

import gc
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.weight import service_weight
from oncall.sim.storm import run_storm
from oncall.sim.world import World
from oncall.store import open_store, upgrade
from oncall.web import create_app

INCIDENTS, HOURS = 2000, 24.0
MOST_GROWTH = 1.25
# In the second half. What is kept of one incident, its texts and its pages, is several times as much.
MOST_OF_OURS_KIB_AN_INCIDENT = 0.5
# What caches may still take up where the storm is a short one.
_CACHES_KIB = 512
_KIB = 1024


def main(incidents: int = INCIDENTS, hours: float = HOURS) -> int:
    """Play it; 1 where the second half took much more memory than the first, or the service remembers incidents.

    Raises BrokenPromiseError.
    """
    weights: list[int] = []
    ours: list[int] = []

    def weigh(quarter: int, world: World) -> None:
        gc.collect()
        weights.append(_resident_bytes())
        runtimes = [world.web.runtime, *(engine.runtime for engine in world.engines)]
        ours.append(service_weight([world.web.app, *runtimes]))
        spent = time.monotonic() - began
        sizes = f"{weights[-1] // _KIB} KiB, of which the service {ours[-1] // _KIB} KiB"
        print(f"quarter {quarter}: {sizes}, after {spent:.0f} s", flush=True)

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
    grown_kib, most_kib = (ours[4] - ours[2]) / _KIB, _CACHES_KIB + MOST_OF_OURS_KIB_AN_INCIDENT * incidents / 2
    print(f"the service itself: {grown_kib:+.0f} KiB in the second half, at most {most_kib:.0f}")
    print(f"{time.monotonic() - began:.0f} s; every promise held")
    return int(last > MOST_GROWTH * middle or grown_kib > most_kib)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(main(int(asked[0]), float(asked[1])) if asked else main())
