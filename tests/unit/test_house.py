"""The rules of the house that no linter knows. A test that fails lists where its rule is broken."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "oncall"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)
THE_CLOCK = "system.py"
MOST_LINES = 400

# Where everything is caught, because one bad incident, request or page must never hold up another; each records it.
CATCHES_EVERYTHING = {
    "engine/calendars.py",
    "engine/dispatch.py",
    "engine/inbound.py",
    "engine/jobs.py",
    "engine/loop.py",
    "engine/meetings.py",
    "engine/postmortem_watch.py",
    "engine/promise_watch.py",
    "engine/receipts.py",
    "engine/reconcile.py",
    "engine/schedule_source.py",
    "engine/shift_notices.py",
    "engine/tick.py",
    "engine/unheard.py",
    "sim/timers.py",
    "store/shared_commits.py",
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "service", "services", "misc"}
CLOCKS = {"datetime", "date", "time"}
READS_THE_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep"}
SQL_CLOCK = re.compile(
    r"\b(CURRENT_TIMESTAMP|CURRENT_TIME|CURRENT_DATE|LOCALTIMESTAMP|clock_timestamp|statement_timestamp"
    r"|transaction_timestamp|strftime\s*\(|julianday|unixepoch|(?<!\.)\bnow\s*\(\s*\))",
    re.IGNORECASE,
)


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def clock_reads(tree: ast.AST) -> Iterator[ast.AST]:
    """What ruff's ban does not see: the class under another name, and getattr."""
    for node in ast.walk(tree):
        is_renamed = isinstance(node, ast.Assign | ast.AnnAssign) and (
            isinstance(node.value, ast.Name) and node.value.id in CLOCKS and node.value.id != "time"
        )
        is_getattr = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "getattr"
            and len(node.args) > 1
            and isinstance(node.args[1], ast.Constant)
            and node.args[1].value in READS_THE_CLOCK
        )
        if is_renamed or is_getattr:
            yield node


def sql_clock_reads(tree: ast.AST) -> Iterator[ast.AST]:
    """Texts, but not docstrings, in which a database is asked for the time."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        if is_text and SQL_CLOCK.search(node.value):  # type: ignore[attr-defined]
            yield node


def hidden_imports(tree: ast.AST) -> Iterator[ast.AST]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))


def catches_everything(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(each is None or (isinstance(each, ast.Name) and each.id in BROAD) for each in caught):
                yield node


BROAD = {"Exception", "BaseException"}


def all_places(find: object, *, except_for: str = "") -> list[str]:
    assert callable(find)
    return [where(path, node) for path in MODULES if path.name != except_for for node in find(parsed(path))]


def test_only_system_reads_the_clock_by_whatever_name() -> None:
    assert all_places(clock_reads, except_for=THE_CLOCK) == []


def test_no_sql_asks_for_the_time() -> None:
    store = PACKAGE / "store"
    # It compares clocks for `oncall doctor`, and decides nothing.
    modules = sorted(path for path in store.rglob("*.py") if path.name != "server_clock.py")
    assert [where(path, node) for path in modules for node in sql_clock_reads(parsed(path))] == []


def test_no_import_hides_inside_a_function() -> None:
    assert all_places(hidden_imports) == []


def test_every_place_that_catches_everything_is_listed_here() -> None:
    found = {place.rpartition(":")[0] for place in all_places(catches_everything)}
    assert found == CATCHES_EVERYTHING


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in MODULES for part in (path.stem, path.parent.name)}
    assert names & FORBIDDEN_NAMES == set()


def test_every_module_says_what_it_holds() -> None:
    assert [str(path) for path in MODULES if path.stat().st_size and not ast.get_docstring(parsed(path))] == []


@pytest.mark.parametrize(
    "code",
    ["clock = datetime\nclock.now()", "getattr(time, 'time')()", "x: type = date"],
)
def test_the_search_finds_a_hidden_clock(code: str) -> None:
    assert list(clock_reads(ast.parse(code)))


@pytest.mark.parametrize("sql", ["SELECT now()", "DEFAULT CURRENT_TIMESTAMP", "strftime('%s', 'x')", "SELECT NOW( )"])
def test_the_search_finds_sql_that_asks_for_the_time(sql: str) -> None:
    assert list(sql_clock_reads(ast.parse(f"query = {sql!r}")))


def test_the_search_finds_an_import_in_a_function_and_a_broad_except() -> None:
    code = "def f():\n    import os\n    try:\n        os.x\n    except (ValueError, Exception):\n        pass\n"
    assert list(hidden_imports(ast.parse(code)))
    assert list(catches_everything(ast.parse(code)))
