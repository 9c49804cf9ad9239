# `make run` starts everything; `make test` tests everything. Each target sets up what it needs first:
# Debian packages (when it may), the Python environment in .venv, Asterisk in the user's cache folder.
# Another Python than python3: make test PYTHON=python3.12

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?=
export PYTHON
BIN := .venv/bin
RUN := .run

.PHONY: help run test demo lint bench setup clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 16

run: ## everything up: Asterisk, service, pages; stop it with Ctrl-C
	@scripts/setup.sh run
	@test -e $(RUN)/hotline.toml || $(BIN)/hotline init $(RUN)
	@$(BIN)/hotline up --config $(RUN)/hotline.toml

test: ## every test, with a real Asterisk, real SIP calls and a real PostgreSQL
	@scripts/setup.sh test
	@scripts/test.sh $(ARGS)

demo: ## spoken calls through menu, queue and agents to draft tickets, in about a minute
	@scripts/setup.sh demo
	@$(BIN)/hotline demo $(ARGS)

lint: ## ruff, pyright, and the types of the pages
	@scripts/setup.sh lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@scripts/ui.sh check

bench: ## every bench, the quick form; one line of JSON each
	@scripts/setup.sh bench
	@status=0; for bench in bench/[a-z]*.py; do $(BIN)/python $$bench --json --quick || status=1; done; exit $$status

setup: ## .venv with the command hotline, and all that run, demo and test need
	@scripts/setup.sh test
	@echo "ready: $(BIN)/hotline --help"

clean: ## remove .venv, caches and build files; .run with its recordings stays
	@rm -rf .venv build dist web/static/ui web/ui/node_modules *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
