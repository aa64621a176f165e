# What can be done here: make help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := bw-tinyml-demo
OUT := build/demo

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-ab test-legacy check docs pages bench bench-small data clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "bw_tinyml needs Python 3.11 or newer; $(PYTHON) is older or missing." \
	       "Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Each use of the environment installs what it needs, once, and again when setup.cfg changes.
$(VENV)/.run: setup.cfg $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: setup.cfg $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,docs]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: setup.cfg $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench,fast]'
	@touch $@

demo: $(VENV)/.run  ## set up, install into the project bw-tinyml-demo, compare, write build/demo/
	@mkdir -p $(OUT)
	$(BIN)/bw-tinyml install --project $(DEMO) --background open --replace
	$(BIN)/bw-tinyml compare "keyword spotting" --project $(DEMO)
	$(BIN)/bw-tinyml report $(OUT)/report.html --project $(DEMO) --overwrite
	$(BIN)/bw-tinyml export excel $(OUT)/tinyml.xlsx --overwrite
	$(BIN)/bw-tinyml export ilcd $(OUT)/tinyml_ilcd.zip --overwrite

test: $(VENV)/.dev  ## set up and run the tests
	$(BIN)/pytest -n auto --dist loadfile -m "not slow"

test-slow: $(VENV)/.dev  ## run the slow tests: full-size backgrounds, packages, the examples of the docs
	$(BIN)/pytest -n auto --dist loadfile -m slow

test-ab: $(VENV)/.dev  ## drive a real Activity Browser; screenshots in build/ab/
	$(BIN)/python -m tests.activity_browser

test-legacy: $(VENV)/.dev  ## import our workbooks with the legacy stack
	$(BIN)/python -m tests.legacy

check: $(VENV)/.dev  ## lint, types, inventory tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bw-tinyml check

docs: $(VENV)/.dev  ## build the documentation into docs/_build/html
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/background_bands.py
	$(BIN)/python docs/facts.py
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

bench: $(VENV)/.bench  ## measure speed, as ratios within one run
	$(BIN)/python -m benchmarks

bench-small: $(VENV)/.bench  ## the engine on a small database; fails where numbers differ
	$(BIN)/python -m benchmarks --small

pages: $(VENV)/.dev  ## write all pages, tables and golden scores anew, after a change of the tables
	$(BIN)/python docs/renew.py

data: $(VENV)/.run  ## write inventories/datapackage.json anew
	$(BIN)/python -m bw_tinyml.inventory.datapackage

clean:  ## remove what was built; Brightway projects stay
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache *.egg-info
