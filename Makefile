# On a fresh machine with Python 3.11 and make:  make brief   make studio   make test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: brief studio test check bench golden docs clean help

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

brief: $(VENV)/.run  ## set up and write brief-kazakhstan.html
	$(BIN)/equipoise brief

studio: $(VENV)/.studio  ## set up and open the studio in the browser; PORT=8100 takes another port
	$(BIN)/equipoise studio --open $(if $(PORT),--port $(PORT))

test: $(VENV)/.test  ## set up and run the tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/.dev  ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## print how fast it is, and the ratio to a peer
	$(BIN)/python -m benchmarks

golden: $(VENV)/.test  ## accept today's results as those to be kept (look at the difference first)
	$(BIN)/python tests/golden.py

docs: $(VENV)/.run  ## write the pages that are made from the program itself
	$(BIN)/python docs/generate.py

clean:  ## remove what was set up and made
	rm -rf $(VENV) build dist brief-*.html brief-*.pdf

# One environment; each step adds what it needs. A change of the pins or of the package's own list sets it up anew.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "equipoise needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.studio: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[studio]'
	@touch $@ $(VENV)/.run

$(VENV)/.test: pyproject.toml constraints.txt tests/chromium.sh | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@sh tests/chromium.sh
	@touch $@ $(VENV)/.run

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.run
