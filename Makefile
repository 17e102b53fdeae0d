# Everything a user or developer calls. Needs python3.11 or newer with venv and pip, and make.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done)
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
JOBS ?= 2
# One more than cores: some tests wait for the processes they start.
WORKERS ?= $(shell expr $(JOBS) + 1)

.PHONY: help run test test-long test-pure kernel test-postgres test-browser test-root test-frontend check bundle bench faults format lock messages clean

help:
	@echo "run            the whole system on a simulated trading day"
	@echo "test           the Python tests on SQLite"
	@echo "test-long      those that take long"
	@echo "test-pure      those of decoder and engine with nothing compiled"
	@echo "kernel         compile what costs most time; optional, needs a C compiler"
	@echo "test-postgres  the database tests on a PostgreSQL of their own"
	@echo "test-browser   the site in headless Chromium"
	@echo "test-root      the live interface and clients of SQL Server in network namespaces; needs root"
	@echo "test-frontend  the Vue application's tests"
	@echo "check          format, lint, types, import contracts, migrations, translations, bundle"
	@echo "bench          benchmarks, with peers beside us"
	@echo "faults         kill and freeze processes under load"
	@echo "format, lock, messages, clean"

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then echo "riskgw needs python 3.11 or newer: none found" >&2; exit 1; fi
	@$(PYTHON) -m venv --help >/dev/null 2>&1 && $(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "riskgw needs venv and pip: install python3-venv for $(PYTHON)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "installing $(shell grep -c == requirements.txt) packages"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt | $(VENV)/bin/python
	@echo "installing $(shell grep -c == requirements-dev.txt) packages"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

# With a C compiler and Python's headers the decoder's kernel and the rooms that kernel_setup.py names
# are compiled, else all is pure Python. What riskgw/compiled.py takes for sources stands here too.
KERNEL_SOURCES := capture/wire/compiled.pyx kernel_setup.py requirements-kernel.txt $(wildcard \
	riskgw/kernel/*.py riskgw/messages/*.py riskgw/cep/*.py riskgw/shards/*.py monitoring/domain/*.py \
	capture/domain/*.py capture/wire/*.py capture/wire/*/*.py)
CAN_COMPILE = command -v $${CC:-cc} >/dev/null 2>&1 && $(BIN)/python -c \
	'import sys, sysconfig; from pathlib import Path; \
	sys.exit(not Path(sysconfig.get_path("include"), "Python.h").exists())'

kernel: $(VENV)/.runtime
	@$(CAN_COMPILE) || { echo "the kernel needs a C compiler and Python's headers" >&2; exit 1; }
	@$(PIP_INSTALL) -r requirements-kernel.txt
	@$(BIN)/python kernel_setup.py
	@touch $(VENV)/.kernel

$(VENV)/.kernel: $(KERNEL_SOURCES) | $(VENV)/.runtime
	@if ! { $(CAN_COMPILE); }; then echo "kernel: pure Python; no C compiler or no headers"; \
	elif ! { $(PIP_INSTALL) -r requirements-kernel.txt && $(BIN)/python kernel_setup.py; } \
		>$(VENV)/kernel.log 2>&1; then echo "kernel: pure Python; see $(VENV)/kernel.log"; \
	else echo "kernel: compiled"; fi
	@touch $@

# The data dictionary of FIX 4.4 for the tests with QuickFIX, out of its pinned source package.
$(VENV)/FIX44.xml: requirements-fix.txt requirements-kernel.txt | $(VENV)/bin/python
	@rm -rf $(VENV)/quickfix
	@if $(PIP_INSTALL) -r requirements-kernel.txt && $(BIN)/python -m pip download --quiet \
		--disable-pip-version-check --no-deps --require-hashes --no-build-isolation \
		--no-binary quickfix -r requirements-fix.txt -d $(VENV)/quickfix; \
	then tar -xzf $(VENV)/quickfix/*.tar.gz -O quickfix-1.16.0/spec/FIX44.xml >$@ || rm $@; \
	else echo "FIX44.xml could not be fetched: the tests with QuickFIX are skipped"; fi
	@rm -rf $(VENV)/quickfix

# Nobody waits for the kernel: it is compiled aside, and used from the next start on.
run: $(VENV)/.runtime
	@(nice $(MAKE) -s $(VENV)/.kernel </dev/null >/dev/null 2>&1 &)
	@exec $(BIN)/python manage.py up

test: $(VENV)/.development $(VENV)/.kernel $(VENV)/FIX44.xml
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not browser and not root and not long"

# A trading day of 120,000 orders, other seeds, deaths under load, and whatever else takes long.
test-long: $(VENV)/.development $(VENV)/.kernel $(VENV)/FIX44.xml
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m long

# What is compiled, done in Python; the other tests would do the same twice.
test-pure: $(VENV)/.development
	RISKGW_PURE=1 $(BIN)/python -m pytest -n $(JOBS) -m "not browser and not root and not long" \
		--ignore tests/capture/wire/tds tests/capture tests/riskgw/cep tests/monitoring/domain

test-postgres: $(VENV)/.development
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -n $(JOBS) -m "django_db and not browser and not faults"

test-browser: $(VENV)/.development
	$(BIN)/python -m pytest -m browser

test-root: $(VENV)/.development tests/clients/node/node_modules/.installed
	$(BIN)/python -m pytest -m root

test-frontend: static/node_modules/.installed
	cd static && npm run --silent lint && npm run --silent typecheck && npm test --silent

# The committed bundle is what a build makes of the sources.
bundle: static/node_modules/.installed
	@rm -rf static/dist/app
	cd static && npm run --silent build
	@changed=$$(git status --porcelain -- static/dist/app); if [ -n "$$changed" ]; then \
		echo "static/dist/app differs from what the sources build:" >&2; echo "$$changed" >&2; exit 1; fi

static/node_modules/.installed: static/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "the front end's tests need Node 20 with npm" >&2; exit 1; }
	cd static && npm ci --silent --no-audit --no-fund
	@touch $@

# tedious, a client of SQL Server. Without npm its tests say that they are skipped.
tests/clients/node/node_modules/.installed: tests/clients/node/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
		cd tests/clients/node && npm ci --silent --no-audit --no-fund && touch node_modules/.installed; \
	else echo "npm is not here: the tests with tedious are skipped"; fi

check: $(VENV)/.development bundle
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.translations

bench: $(VENV)/.development $(VENV)/.kernel $(VENV)/FIX44.xml
	$(BIN)/python -m tests.benchmarks

faults: $(VENV)/.development
	$(BIN)/python -m pytest tests/riskgw/wiring/test_running_system.py
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -m faults

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Exact pins with hashes and without addresses; needs uv.
lock:
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --no-emit-index-url requirements.in -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --no-emit-index-url requirements-kernel.in -o requirements-kernel.txt

# Collect texts to translate, then compile the catalogues.
messages: $(VENV)/.development
	$(BIN)/python -m tests.translations --update

clean:
	rm -rf capture/wire/*.so compiled $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
