"""``oncall run``: how soon it can take a call, and how much memory all its processes need."""

import re
import statistics
import time
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.load import put_under_load
from tests.process.provider import running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with
from tests.process.signed_requests import fresh_call_sid

STARTS = 3
CALLS = 300
_MB = 1024 * 1024


def measure(folder: Path) -> list[Figure]:
    """The median start on an empty folder, and the memory after some hundred calls."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    with running_provider() as provider:
        runs = [_start(folder / f"start-{serial}", schedules, provider.url) for serial in range(STARTS)]
    seconds, at_rest, used, resident = (statistics.median(values) for values in zip(*runs, strict=True))
    return [
        Figure("oncall run, from nothing to ready", seconds, "s", "an empty folder", at_most=3),
        Figure("oncall run, memory of all processes at rest (PSS)", at_rest / _MB, "MB"),
        Figure("oncall run, memory after calls (PSS)", used / _MB, "MB", f"{CALLS} calls, 16 at a time", at_most=250),
        Figure("oncall run, memory after calls (RSS, shared pages counted for each)", resident / _MB, "MB"),
    ]


def _start(folder: Path, schedules: Path, provider_url: str) -> tuple[float, float, float, float]:
    folder.mkdir()
    service = Service(folder, schedules, provider_url=provider_url)
    began = time.monotonic()
    with ended_with(service.oncall("run")) as process:
        service.wait_until_ready(process)
        seconds = time.monotonic() - began
        at_rest, _ = _memory(process.pid)
        sids = [fresh_call_sid() for _ in range(CALLS)]
        put_under_load(service.port, [service.signer.incoming(sid) for sid in sids], seconds=30)
        put_under_load(service.port, [service.signer.problem_recorded(sid) for sid in sids], seconds=30)
        return (seconds, at_rest, *_memory(process.pid))


def _memory(pid: int) -> tuple[float, float]:
    """Bytes of all processes: each page once (PSS), and each page for everyone who has it (RSS)."""
    parent = psutil.Process(pid)
    rollups = [Path(f"/proc/{one.pid}/smaps_rollup").read_text() for one in (parent, *parent.children(recursive=True))]
    return _sum("Pss", rollups), _sum("Rss", rollups)


def _sum(name: str, rollups: list[str]) -> float:
    found = [re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for text in rollups]
    return sum(int(match[1]) * 1024 for match in found if match)
