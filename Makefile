# Needs Python 3.11 or newer, and make. Everything else is installed into .venv, from requirements.lock.

PYTHON ?= python3
T ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := uv==0.13.9
DEBIAN15 := /usr/lib/postgresql/15/bin

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-15 bench torture lint format types arrows lock clean

help: ## Show this page  列出命令
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  PORT=8001 DATA=/srv/mingzhang make run\n  make test T=tests/unit/ledger\n  PYTHON=python3.13 make setup\n'

# A clone that was moved needs its .venv made again: the programs in it name the old place.
ifneq ($(wildcard $(VENV)/.made-in),)
ifneq ($(shell cat $(VENV)/.made-in),$(CURDIR))
$(shell rm -rf $(VENV))
endif
endif

# Whoever names another Python than the one in .venv means that one.
ifneq ($(origin PYTHON),file)
ifneq ($(wildcard $(BIN)/python),)
WHICH := import sys; print(*sys.version_info[:2])
NAMED := $(shell $(PYTHON) -c '$(WHICH)' 2>/dev/null)
ifneq ($(NAMED),)
ifneq ($(NAMED),$(shell $(BIN)/python -c '$(WHICH)' 2>/dev/null))
$(info PYTHON=$(PYTHON) is another Python than the one in $(VENV): it is made again.)
$(shell rm -rf $(VENV))
endif
endif
endif
endif

setup: $(READY) ## Make .venv from the lock  准备环境

# The stamp is written last: a setup that was interrupted starts again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Mingzhang needs Python 3.11 or newer; '$(PYTHON)' is `$(PYTHON) --version 2>&1 || true`." >&2; \
	  echo "Name another one: PYTHON=/path/to/python3.12 make setup" >&2; exit 1; }
	@if ! [ -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  echo "Making $(VENV) ..."; \
	  $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	    echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  echo "$(CURDIR)" > $(VENV)/.made-in; \
	fi
	@echo "Installing what requirements.lock names ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock || { \
	  echo "" >&2; \
	  echo "The packages could not be installed; pip says above why. It needs a package index, once: the usual one, or a" >&2; \
	  echo "mirror named by PIP_INDEX_URL. On a machine without a network, carry them: on another one of the same kind," >&2; \
	  echo "with the same Python: $(PYTHON) -m pip download --require-hashes --only-binary :all: -r requirements.lock -d wheels" >&2; \
	  echo "Then here: PIP_NO_INDEX=1 PIP_FIND_LINKS=\$$PWD/wheels make setup" >&2; \
	  echo "没有网络时：在同类机器上用同版 Python 以 pip download 取齐，连同 wheels 目录带来，再运行上面这一行。" >&2; \
	  exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(READY)

run: $(READY) ## Start the service on http://127.0.0.1:$PORT (8000), data in $DATA (./var)  启动
	@$(BIN)/mingzhang run

demo: $(READY) ## The same with a made-up county of 300 households, two years, in ./var-demo  示例县
	@$(BIN)/mingzhang run --demo 300

test: $(READY) $(if $(T),,lint types arrows) ## Lint, types, import arrows, all tests; T=path: only those tests  测试
	$(BIN)/python -m pytest $(T)
	@if [ -z "$(T)" ] && [ -x $(DEBIAN15)/postgres ]; then $(MAKE) --no-print-directory test-15; fi

test-15: $(READY) ## The tests that use a database, on Debian's PostgreSQL 15  用 PostgreSQL 15 再测
	$(BIN)/python -m pytest --postgres $(DEBIAN15) $(or $(T),$(wildcard tests/integration tests/conformance))

bench: $(READY) ## Measure against the budget and the peers  性能
	@$(BIN)/python -m tests.bench $(T)

torture: $(READY) ## Thousands of mutations, hundreds of kills; takes hours  长时间破坏性试验
	@$(BIN)/python -m tests.torture $(T)

lint: $(READY) ## Ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## Ruff: format in place
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

arrows: $(READY) ## Imports between the rooms
	$(BIN)/lint-imports --no-cache

# --universal: one lock for Python 3.11 to 3.13 and every platform. No index, no address: any mirror serves it.
lock: ## Resolve pyproject.toml again into requirements.lock  更新锁文件
	@$(PYTHON) -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	.venv-lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet $(LOCK_ARGS) -o requirements.lock
	@rm -rf .venv-lock
	@! grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements.lock

clean: ## Remove .venv and caches; never touches DATA  清理（不动数据）
	rm -rf $(VENV) .venv-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
