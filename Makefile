# docsvc: every target sets up what it needs.
#
#   make run     start an example office on this machine
#   make test    lint, types, import contracts, tests
#
# Needs Python 3.11 or newer with pip, on Linux. `make test` also needs the programs that
# .ci/system-parts names and, as root, installs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# pytest processes; each may start a PostgreSQL and an S3 server of its own.
WORKERS ?= 2

hash = $(shell cat $(1) | sha256sum | cut -c1-16)
RUN_READY := .venv/.run-$(call hash,requirements/run.txt pyproject.toml)
TEST_READY := .venv/.test-$(call hash,requirements/run.txt requirements/test.txt pyproject.toml)

# endesive, which the bench measures ours beside, needs an older pypdf than ours.
RIVAL := .venv/rivals/endesive

.PHONY: help run setup setup-test test lint format bench bench-preserve fuzz shots lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

run: $(RUN_READY) ## set up and start the example office on loopback
	$(BIN)/docsvc run --example

setup: $(RUN_READY) ## set up .venv for running

setup-test: $(TEST_READY) ## set up .venv for testing

.venv/bin/python:
	.ci/make-venv "$(PYTHON)" .venv

$(RUN_READY): | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-deps -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@rm -f .venv/.run-*
	@touch $@

$(TEST_READY): $(RUN_READY)
	$(BIN)/python -m pip install --quiet --no-deps -r requirements/test.txt
	@rm -f .venv/.test-*
	@touch $@

test: $(TEST_READY) ## lint, types, import contracts, then every test
	.ci/system-parts
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(TEST_READY) ## ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(TEST_READY) ## let ruff mend and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(RIVAL)/bin/python: requirements/endesive.txt
	.ci/make-venv "$(PYTHON)" $(RIVAL)
	$(RIVAL)/bin/python -m pip install --quiet --no-deps -r requirements/endesive.txt
	@touch $@

bench: $(TEST_READY) $(RIVAL)/bin/python ## measure signing and search
	ENDESIVE_PYTHON=$(RIVAL)/bin/python $(BIN)/python -m bench

bench-preserve: $(TEST_READY) ## measure preserving and renewing 1,000 documents, killed in between
	$(BIN)/python -m bench preserve

fuzz: $(TEST_READY) ## fuzz verification for FUZZ_SECONDS (60)
	$(BIN)/python -m tests.fuzz

shots: $(TEST_READY) ## take the screenshots of the README anew
	.ci/system-parts
	$(BIN)/python -m docs.shots

lock: $(TEST_READY) ## write requirements/*.txt from the versions in .venv
	$(BIN)/python requirements/lock.py

clean: ## remove the environment and every cache
	rm -rf .venv .setup build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	    .import_linter_cache test-results
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
