# `make run` starts the service, `make test` tests it. Python 3.11 or 3.12, make and a package
# registry are all they need; after the first time they work without a network.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
JOBS ?= 2
SHARED = $(if $(JOBS),-n $(JOBS) --dist loadscope --no-loadscope-reorder)

.PHONY: help run setup setup-dev setup-spark test test-full test-spark test-databricks check audit client bench bench-metricflow differential format openapi-snapshot clean

help:  ## show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

run: setup  ## start everything: PORT=8123 make run, ARGS="--no-demo" make run
	@exec $(PY) manage.py up $(ARGS)

setup:  ## the virtual environment with what the service needs
	@.ci/setup requirements.txt

setup-dev:  ## the same, with what tests and checks need
	@.ci/setup requirements-dev.txt

setup-spark:  ## the same, with Spark and a Java for it: 600 MB
	@.ci/setup requirements-spark.txt

test: setup-dev  ## the suite: needs no service, no root, no network; JOBS=4 processes share it, JOBS= none do
	@$(PY) -m pytest $(SHARED) -m "not slow" $(ARGS)

test-full: setup-dev  ## the suite with its slow share
	@$(PY) -m pytest $(SHARED) $(ARGS)

test-spark: setup-spark  ## the SQL for Databricks, run by real Spark SQL
	@$(PY) -m pytest tests/spark $(ARGS)

test-databricks: setup-spark  ## the tests of the HTTP interface again, on a test workspace with real Spark SQL
	@WAREHOUSE=workspace $(PY) -m pytest tests/http tests/*/test_*_api.py tests/*/*/test_*_api.py tests/lineage/test_api.py \
	    $(addprefix tests/queries/test_,$(addsuffix .py,receipts result_cache access budgets wrong_values \
	    raw_metrics export_links single_flight)) \
	    tests/documentation tests/databricks tests/workspace tests/adapters/databricks \
	    tests/spark/test_warehouse.py tests/spark/test_recorded_lineage.py $(ARGS)

check: setup-dev  ## format, lint, types, import law, Django's checks, OpenAPI snapshot
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports
	@$(PY) manage.py check --settings tests.settings
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings tests.settings
	@$(PY) -m pytest -q tests/architecture

audit: setup-dev  ## known weaknesses of the pinned packages, as far as the registries tell them
	@.ci/audit

client: setup-dev  ## TypeScript types from the OpenAPI document, and a client compiled against them
	@.ci/client

bench: setup-dev  ## how fast: compiling, and HTTP over direct DuckDB
	@$(PY) -m bench

bench-metricflow:  ## install MetricFlow beside, for `make bench` to compare with
	@python3 -m venv .venv-metricflow
	@.venv-metricflow/bin/pip install -q -r bench/metricflow/requirements.txt

differential: setup-dev  ## random questions beside MetricFlow, judged by a third reference: SEED=1 COUNT=500 ARGS=--show
	@$(PY) -m tests.oracle.beside_metricflow --seed $(or $(SEED),1) --count $(or $(COUNT),500) $(ARGS)

format: setup-dev  ## write code the way check wants it
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

openapi-snapshot: setup-dev  ## accept the present OpenAPI document as the pinned one
	@$(PY) manage.py spectacular --settings tests.settings --format openapi-json \
	    --file tests/architecture/openapi.json

clean:  ## remove the virtual environment and tool caches; var/ with its data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
