# Two commands do everything on a fresh machine with Python 3.11+ and make: `make demo`, `make test`.
PYTHON ?= python3
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
BIN := .venv/bin

.PHONY: demo test clean
demo: .venv/installed
	$(BIN)/blackbox run reports/digits/study.toml --jobs $(JOBS)

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses=auto --cov --cov-report=term:skip-covered --cov-fail-under=95

clean:
	rm -rf .venv reports/*/runs

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[all]"
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[all,dev]"
	touch $@
