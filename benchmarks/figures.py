"""What was measured, what was asked of it, and how both are shown."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``against`` names what it was measured against; without a bound it is told, and nothing more."""

    name: str
    value: float
    unit: str
    against: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def kept(self) -> bool:
        """Whether it is what was asked for."""
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)

    @property
    def asked(self) -> str:
        """The bound in words, "" where there is none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""


def save(benchmark: str, figures: Sequence[Figure]) -> Path:
    """Write them as JSON, with the machine they were measured on; where."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{benchmark}.json"
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    written = [{**asdict(figure), "kept": figure.kept} for figure in figures]
    path.write_text(json.dumps({"machine": machine, "figures": written}, indent=2) + "\n", encoding="utf-8")
    return path


def show(figures: Sequence[Figure]) -> None:
    """A table on stdout."""
    table = Table("figure", "measured", "asked", "against", title=f"{os.cpu_count()} cores")
    for figure in figures:
        colour = "green" if figure.kept else "bold red"
        mark = ("" if figure.kept else "  missed") if figure.asked else ""
        table.add_row(figure.name, f"[{colour}]{figure.value:.4g} {figure.unit}{mark}[/]", figure.asked, figure.against)
    Console().print(table)
