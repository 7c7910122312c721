# Everything runs in .venv, made here from Python 3.11 and the package registries.
PYTHON ?= python3.11
BIN := .venv/bin
INSTALLED := .venv/.installed
# A file of tests stays in one process; there are as many processes as processors.
PARALLEL := -n auto --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types imports unit coverage audit soak schemas clean

help: ## show these lines
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED) ## install the project and what its tests need into .venv

$(INSTALLED): pyproject.toml setup.py constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Guichet needs Python 3.11 or later; name yours: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(INSTALLED) ## run the smoke suite: the whole network, real sockets, real books
	$(BIN)/guichet run scenarios/smoke

test: lint types imports unit ## everything that must hold before a change lands

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

imports: $(INSTALLED)
	$(BIN)/lint-imports --no-cache

unit: $(INSTALLED) ## the tests alone
	$(BIN)/pytest $(PARALLEL)

coverage: $(INSTALLED) ## the tests, and which lines they do not reach: takes twice as long
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

audit: $(INSTALLED) ## look for known vulnerabilities in the packages of constraints.txt
	$(BIN)/python .ci/audit.py

soak: $(INSTALLED) ## a million hostile inputs, a hundred kills: a quarter of an hour and more
	$(BIN)/pytest -m soak -rP -n auto

schemas: $(INSTALLED) ## write config/schema/ anew from the models
	$(BIN)/guichet schema --write

clean: ## remove what was built, .venv included
	rm -rf .venv build dist .coverage* .mypy_cache .ruff_cache .pytest_cache *.egg-info
