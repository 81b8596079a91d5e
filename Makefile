# Everything a person types. Each target sets up what it needs; nothing but git, make and
# Python >= 3.11 has to be there before. All state lives in var/ and .venv/.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced

export PYTHONUTF8 := 1
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := False
export DBT_SEND_ANONYMOUS_USAGE_STATS := False

SCALE ?= 0.01
FAIL_SHARE ?= 0
# One a core, but no more than four: each has a PostgreSQL of its own.
TEST_PROCESSES ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -gt 4 ] && n=4; echo "$$n")

.PHONY: help setup demo backfill test lint bench up airflow clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Install the locked environment

$(STAMP): uv.lock pyproject.toml bootstrap.py
	@$(PYTHON) bootstrap.py
	@touch $(STAMP)

demo: setup ## The whole pipeline on a simulated province, through real Airflow, to the page
	@$(BIN)/cchc demo

backfill: setup ## 2021–2025 on a simulated province, month by month; SCALE=0.05, FAIL_SHARE=0.2 for a broken source
	@$(BIN)/cchc rehearse --scale $(SCALE) --fail-share $(FAIL_SHARE)

test: setup ## All tests, on a real PostgreSQL that the tests start themselves; a process a core
	@$(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

lint: setup ## Style, types, SQL, the plan's data, the container files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cchc catalogue check
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar --config expectations/.sqlfluff expectations/sql
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/pytest -q tests/contracts/test_compose.py

bench: setup ## Speed, each figure as a ratio with both sides in one run
	@$(PYTHON) bootstrap.py --group bench
	@$(BIN)/python -m bench

up: ## The real deployment on Docker Compose (settings: .env, see .env.example)
	docker compose up --detach --build --wait

airflow: setup ## Airflow's web page on loopback, on the embedded services
	@$(BIN)/cchc airflow

clean: ## Stop everything and remove all state: var/ and .venv/
	@if [ -x $(BIN)/cchc ]; then $(BIN)/cchc down --remove; fi
	rm -rf var .venv
