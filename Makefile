PYTHON ?= python3
VENV := .venv
PORT ?= 8501

# `make run LOCKED=1` installs exactly what the locks hold, checked by their hashes: CPython 3.11 on x86-64 Linux
# with torch's CPU build, from whichever index pip is configured to use.
REQUIREMENTS = $(if $(LOCKED),--require-hashes -r $(1).lock,-r $(1).txt)
PIP = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check

# Tests to run, and worker processes: a worker waits half of its time for a browser or another process.
TESTS ?= tests
WORKERS ?= 3
# Node comes from a PyPI package; its tools (linter, formatter, type checker) from package-lock.json.
NPM = PATH="$(abspath $(VENV)/bin):$$PATH" npm --no-fund --no-audit --no-update-notifier

# Tests of one file share their fixtures, and all browser tests one server; see tests/conftest.py.
PYTEST = OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -q --no-loadscope-reorder

.PHONY: run test quick check browser-check format lock

run: $(VENV)/.run-ready
	$(VENV)/bin/python -m ltp_viz app --port $(PORT)

test: $(VENV)/.dev-ready node_modules/.package-lock.json
	$(NPM) test
	$(VENV)/bin/python tests/browser/ensure_chromium.py
	$(PYTEST) -n $(WORKERS) --durations 20 $(TESTS)

# The first check of a change, in 90 s on two cores: lint, units and types; no browser, training or whole page.
quick: $(VENV)/.dev-ready browser-check
	$(NPM) test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy & types=$$!; \
	$(PYTEST) -n 2 -m "not browser and not training and not page"; units=$$?; \
	wait $$types && exit $$units

check: $(VENV)/.dev-ready browser-check
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m tests.supply.audit

browser-check: node_modules/.package-lock.json
	$(NPM) run lint
	$(NPM) run types
	$(NPM) run formatted

format: $(VENV)/.dev-ready node_modules/.package-lock.json
	$(NPM) run format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock: $(VENV)/.dev-ready
	for kind in requirements requirements-dev; do \
	  $(VENV)/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o $$kind.lock $$kind.txt || exit 1; \
	done
	$(VENV)/bin/python -m tests.supply.licences

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "LTP-Viz needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: requirements.txt | $(VENV)/bin/python
	$(PIP) $(call REQUIREMENTS,requirements)
	touch $@

$(VENV)/.dev-ready: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) $(call REQUIREMENTS,requirements-dev)
	touch $(VENV)/.run-ready $@

node_modules/.package-lock.json: package-lock.json | $(VENV)/.dev-ready
	$(NPM) ci
