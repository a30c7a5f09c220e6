# The hub's commands. `make` alone lists them.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
TOOLS := .venv/.tools-installed
SANDBOX := .venv-mesh/.installed

.DEFAULT_GOAL := help
.PHONY: help run test chaos bench lint docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) $(SANDBOX) ## try it out: hub, partners and the NHS MESH sandbox on this machine; ARGS="--story all --once" ends by itself
	@exec $(BIN)/python -m hub demo $(ARGS)

test: $(TOOLS) $(SANDBOX) ## every test; the live ones on real Apache Kafka and PostgreSQL
	@tests/live/debian-packages.sh
	$(BIN)/python -m pytest -m "not live and not browser" -n auto
	$(BIN)/python -m pytest -m "live or browser"

chaos: $(TOOLS) $(SANDBOX) ## kills, freezes, lost servers and a bad network while reports come in; ARGS="--short", "--proofs", "--seed N"
	@tests/live/debian-packages.sh
	@exec $(BIN)/python -m tests.chaos $(ARGS)

bench: $(TOOLS) $(SANDBOX) ## how fast, how much memory: measured on real Apache Kafka and PostgreSQL; nothing else should run
	@tests/live/debian-packages.sh
	$(BIN)/python -m bench $(ARGS)

lint: $(TOOLS) ## ruff, mypy --strict and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

docs: $(TOOLS) ## write OpenAPI, AsyncAPI and the JSON Schemas anew
	$(BIN)/python -m hub docs

clean: ## remove what the other targets made
	rm -rf .venv .venv-mesh .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt pyproject.toml
	@tests/live/debian-packages.sh python $(PYTHON)
	@test -x $(BIN)/python || { echo "Making .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing what the hub needs ..."
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(TOOLS): $(RUNTIME) requirements-dev.txt
	@echo "Installing what the tests and checks need ..."
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(SANDBOX): requirements-mesh-sandbox.txt
	@tests/live/debian-packages.sh python $(PYTHON)
	@test -x .venv-mesh/bin/python || { echo "Making .venv-mesh ..."; $(PYTHON) -m venv .venv-mesh; }
	@echo "Installing the NHS MESH sandbox ..."
	.venv-mesh/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements-mesh-sandbox.txt
	@touch $@
