# make demo   the whole thing on this machine, with no account anywhere
# make test   everything needed to run the whole test suite, then runs it
# make check  lint, types, floors
# make bench  how fast and how large
# make sweep  every minute around every clock change of every zone: 600 of them, some five seconds of one core each
# make soak   three engines, a web and their PostgreSQL killed at random while calls come in: six minutes
# make failover  the primary PostgreSQL killed or frozen under load, its standby promoted: six minutes
# make simulate  ten thousand random worlds against every promise: over a second of one core each, so some two hours of two
# make storm  24 hours of simulated storm, 2000 incidents: a quarter of an hour of one core
# make clean  forget what these made
#
# Needs Python 3.11 or newer, pip and make. PYTHON=python3.12 make test names another Python; TESTS=tests/unit fewer tests.

PYTHON ?= python3
TESTS ?= tests
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check bench sweep soak failover simulate storm clean

help:
	@sed -n 's/^# //p' Makefile

demo: $(READY)
	$(BIN)/oncall demo

test: $(READY)
	$(BIN)/python -m tests.postgres
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(TESTS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks

sweep: $(READY)
	ONCALL_SWEEP=1 $(BIN)/python -m pytest --timeout 3600 --numprocesses $(WORKERS) tests/unit/core/test_minute_by_minute.py

soak: $(READY)
	$(BIN)/python -m tests.postgres
	ONCALL_SOAK_SECONDS=300 $(BIN)/python -m pytest tests/process/test_many_machines.py

failover: $(READY)
	$(BIN)/python -m tests.postgres
	ONCALL_FAILOVER_SECONDS=60 $(BIN)/python -m pytest tests/process/test_failover.py
	ONCALL_FAILOVER_FREEZES=1 $(BIN)/python -m pytest tests/process/test_failover.py

simulate: $(READY)
	ONCALL_SEEDS=10000 $(BIN)/python -m pytest --timeout 3600 --durations 1 --numprocesses $(WORKERS) tests/simulation/test_random_worlds.py

storm: $(READY)
	$(BIN)/python -m benchmarks.storm

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The version number is in the package, and what is installed carries it.
$(READY): pyproject.toml oncall/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
