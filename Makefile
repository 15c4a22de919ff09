# Every command of the project. Type `make` to read what each is for.
#
# All that is needed beforehand is Python 3.11 or later and make. The first target that needs them makes `.venv` and
# installs the packages of requirements.lock into it, each checked against its hash; later calls find them there.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.8
BIN := .venv/bin
STAMP := .venv/installed
BENCH := build/bench-venv
HOME_OF_RUNS := $(CURDIR)/data/dagster

# Where byte code is not kept, every process compiles all it imports again: seconds for each command, minutes for the tests.
unexport PYTHONDONTWRITEBYTECODE

export DAGSTER_HOME := $(HOME_OF_RUNS)
export BENEFITS_BOOK ?= $(CURDIR)/data/benefits.duckdb

# A virtual environment holds absolute paths: when the checkout has been moved, make a new one.
ifneq ($(wildcard $(STAMP)),)
ifneq ($(shell cat $(STAMP)),$(CURDIR))
$(shell rm -f $(STAMP) $(BENCH)/installed)
endif
endif

.PHONY: help install run test check bench soak ui clean

help: ## Say what each command is for.
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMP) ## Make .venv with every package of requirements.lock (the other commands do this themselves).

run: $(STAMP) data/dagster/dagster.yaml ## Rate the sample book of business through Dagster and say what came out.
	@$(BIN)/benefits run

# One worker for each core: more threads inside a worker would only wait for one another.
test: $(STAMP) ## Run the whole test suite.
	@POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist worksteal

check: $(STAMP) data/dagster/dagster.yaml ## Format, lint, types, layers, dependencies, tests of every rule, Dagster definitions.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/python -m tests.coverage_of_rules --check
	@$(BIN)/dagster definitions validate -w workspace.yaml

# The rivals have an environment of their own: what they bring along disturbs neither the product nor its road.
bench: $(STAMP) $(BENCH)/installed ## Measure speed beside floors and rivals; writes build/bench.json.
	@$(BIN)/python -m benchmarks --only road
	@$(BIN)/python -m benchmarks --only http
	@$(BIN)/python -m benchmarks --only policies
	@$(BENCH)/bin/python -m benchmarks --only core

soak: $(STAMP) ## Compare ten million random coverages, half of them aimed at a half cent, with the oracle (COUNT=... for another number), crash jobs, and rate sixty random books (BOOKS=...).
	@$(BIN)/python -m tests.soak $(COUNT)
	@RANDOM_BOOKS=$(or $(BOOKS),60) $(BIN)/python -m pytest -q -n auto tests/test_random_books.py

ui: $(STAMP) data/dagster/dagster.yaml ## Open the Dagster UI on http://localhost:3000 (PORT=... for another).
	@$(BIN)/dagster dev -w workspace.yaml -p $(or $(PORT),3000)

clean: ## Remove everything that was made here: .venv, data, published, build and the caches.
	@rm -rf .venv data published build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock file is the whole list: the checkout itself is added without looking for packages again.
$(STAMP): requirements.lock pyproject.toml
	@python=; \
	for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or later is needed: install it, then try again." >&2; exit 1; fi; \
	if ! $(BIN)/python -c 'import pip' >/dev/null 2>&1; then \
	    echo "Making .venv with $$("$$python" --version)"; \
	    "$$python" -m venv --clear .venv || { echo "Python could not make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; }; \
	fi; \
	echo "Installing the packages of requirements.lock"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	printf '%s' '$(CURDIR)' > $(STAMP)

# Dependency group `bench` of pyproject.toml; versions it shares with requirements.lock are the same.
$(BENCH)/installed: requirements-bench.lock | $(STAMP)
	@echo "Installing the packages of requirements-bench.lock"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(BENCH)
	@$(BIN)/uv pip install --quiet --python $(BENCH)/bin/python --require-hashes -r requirements-bench.lock
	@touch $@

data/dagster/dagster.yaml: pipelines/dagster.yaml
	@mkdir -p data/dagster
	@cp $< $@
