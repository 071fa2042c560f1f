# `make` alone lists the targets. Everything is installed into .venv; nothing else is touched.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help demo test test-frameworks check bench schema clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

demo: .venv/installed ## Install fltui, build the quickstart's environment, run a real federation
	$(BIN)/fltui --run recipes/digits/flower

test: .venv/installed-dev ## All tests that need no framework
	$(BIN)/pytest -n $(WORKERS) -m "not frameworks"

test-frameworks: .venv/installed-dev ## Build every environment, run each recipe small and real
	$(BIN)/pytest -m frameworks tests/frameworks

check: .venv/installed-dev ## ruff, mypy --strict and the fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n $(WORKERS) -m "not frameworks and not slow"

bench: .venv/installed-dev ## Speed and memory beside peers; writes bench/results/
	$(BIN)/python -m bench

schema: .venv/installed ## Write the generated files: the recipes' JSON Schema and reference
	$(BIN)/fltui schema > recipes/recipe.schema.json
	$(BIN)/python -m fltui.recipe.reference > docs/recipe-reference.md

clean: ## Remove .venv and what tests and builds left
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "fltui needs a Python 3.11 or newer; none was found on PATH. Install one, or: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch .venv/installed $@
