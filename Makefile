# `make demo` and `make check` do everything on a fresh machine with Python 3.11+ and make.
PYTHON ?= python3
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
# A test that waits for another process leaves its core to one more.
WORKERS ?= $(shell expr $(JOBS) + 1)
BIN := .venv/bin

# Each process reads what the first has compiled: the tests start hundreds that import the package.
export PYTHONDONTWRITEBYTECODE =
# The tests share the cores by being many; threads that wait for a busy core cost a third more.
fast suite: export OMP_NUM_THREADS = 1

PAGES := $(subst /,.,$(patsubst %/page.md,%,$(wildcard reports/*/page.md)))

.PHONY: demo check test style types fast suite pages docs studies bench bench-quick release clean

# In a folder of its own, so that the report under version control stays as it is.
demo: .venv/installed
	mkdir -p demo
	cp reports/digits/study.toml demo/
	$(BIN)/blackbox run demo/study.toml --jobs $(JOBS)

# Types are checked on one core while the tests run on all of them.
check: .venv/installed-dev
	$(MAKE) --no-print-directory --jobs=2 types style pages fast

test: .venv/installed-dev
	$(MAKE) --no-print-directory --jobs=2 types style suite

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

fast:
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=worksteal -m "not slow and not processes and not dear"

suite:
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=worksteal -m "not processes and not dear"

# The studies' pages, held against their frames; a sentence that these do not bear out is named.
pages: .venv/installed-dev
	$(BIN)/python -m blackbox.pages $(PAGES)

# The site: each block and each example is run; a block that fails, or a link inside that leads nowhere, fails it.
docs: .venv/installed-docs
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo docs/_build/html/index.html

# All studies made again: hours. MNIST's files are needed for some, in the folder BLACKBOX_DATA.
studies: .venv/installed-dev
	$(BIN)/python -m blackbox.pages.making $(PAGES) --jobs $(JOBS)

# The field's loops beside ours, and the page of it: half an hour on an idle machine; what was measured
# when it was interrupted is not measured again.
bench: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.field
	$(BIN)/python -m blackbox.pages --write reports.speed

# What has become slower since those figures: two minutes, and status 1 where anything has.
bench-quick: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.field --quick

release: .venv/installed-dev
	$(BIN)/nox

clean:
	rm -rf .venv .nox build dist demo docs/_build docs/gallery reports/*/runs

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Of ten thousands of modules only those are compiled that are imported: half of the time.
INSTALL = $(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) ".[all]"
	touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) ".[all,dev]"
	touch .venv/installed $@

.venv/installed-docs: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) ".[all,docs]"
	touch .venv/installed $@
