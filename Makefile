# `make` alone lists the targets. Everything is installed into .venv; nothing else is touched.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Tests without a framework wait more than they compute; a framework's federation has three clients already.
WORKERS ?= 4
FEDERATIONS ?= 2
PYTEST := $(BIN)/pytest --dist loadgroup -n

.PHONY: help demo test test-frameworks test-faults test-long test-gpu check bench pictures schema requirements clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

demo: .venv/installed ## Install fltui, build the quickstart's environment, run a real federation
	@$(BIN)/fltui --run recipes/digits/flower

test: .venv/installed-dev ## All tests that need no framework, but the long ones
	$(PYTEST) $(WORKERS) -m "not frameworks and not faults and not gpu and not long"

test-frameworks: .venv/installed-dev ## Build every environment, run each recipe small and real
	$(PYTEST) $(FEDERATIONS) -m "frameworks and not long"

test-long: .venv/installed-dev ## What CI has no time for: CIFAR-10 for five rounds, minutes of random keys and bytes
	$(PYTEST) $(FEDERATIONS) -m long

test-gpu: .venv/installed-dev ## PyTorch on the GPUs of this machine; fails where it has none
	$(BIN)/pytest -m gpu

test-faults: .venv/installed-dev ## Kill, hang, delay and obstruct every SST-2 recipe for real; writes docs/faults.md
	FLTUI_FAULTS=build/faults $(BIN)/pytest -m faults
	$(BIN)/python docs/write_faults.py build/faults > docs/faults.md

check: .venv/installed-dev ## ruff, mypy --strict and the fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) $(WORKERS) -q -m "not frameworks and not faults and not gpu and not slow and not long"

bench: .venv/installed-dev ## Speed and memory beside peers; writes bench/results/
	$(BIN)/python -m bench

schema: .venv/installed ## Write the generated files: the recipes' JSON Schema and reference, the keys, the packages, the strategies
	$(BIN)/fltui schema > recipes/recipe.schema.json
	$(BIN)/python -m fltui.recipe.reference > docs/recipe-reference.md
	$(BIN)/python -m fltui.tui.all_keys > docs/keys.md
	$(BIN)/python docs/list_packages.py > docs/packages.md
	$(BIN)/python docs/list_strategies.py > docs/strategies.md

pictures: .venv/installed-dev ## Draw docs/pictures of real runs; needs the environments digits, data, flower, ibmfl
	$(BIN)/python docs/draw_headless.py
	$(BIN)/python docs/draw_screens.py
	$(BIN)/python docs/draw_film.py
	$(BIN)/python docs/capture_first_run.py

requirements: .venv/installed-dev ## Pin anew what make installs, from pyproject.toml
	$(COMPILE) --extra serve -o requirements/app.txt
	$(COMPILE) --extra dev -o requirements/dev.txt

clean: ## Remove .venv and what tests and builds left
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

COMPILE := $(BIN)/uv pip compile --quiet --upgrade pyproject.toml requirements/build.in --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate

# ensurepip writes pip last, so a venv that was interrupted is made again.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "fltui needs Python 3.11 or newer with its venv module, and none is on PATH." \
		"Install one (Debian, Ubuntu: apt install python3-venv), or name one: make PYTHON=/path/to/python3.12"; exit 1; } >&2
	$(PYTHON) -m venv .venv

.venv/installed: $(BIN)/pip pyproject.toml requirements/app.txt
	@echo "installing fltui into .venv"
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements/app.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: $(BIN)/pip pyproject.toml requirements/dev.txt
	@echo "installing fltui and what its tests need into .venv"
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch .venv/installed $@
