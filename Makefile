# The two commands are `make serve` and `make test`; README.md has the table of all targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
INPUTS := $(shell find ontology data cpbm_kg -type f -not -name '*.pyc')

.PHONY: serve test build check fuzz conformance bench-validation bench-diagnosis bench-service lock clean

serve: release/manifest.json
	@$(BIN)/cpbm-kg serve

build: release/manifest.json

check: $(VENV)/run.stamp
	@$(BIN)/cpbm-kg check

test: $(VENV)/test.stamp
	@$(BIN)/python -m pytest

fuzz: $(VENV)/test.stamp
	@CPBM_FUZZ=1 $(BIN)/python -m pytest tests/test_questions.py -k keeps_what_its_document_says

bench-validation: $(VENV)/test.stamp
	@$(BIN)/python bench/validation.py

conformance: $(VENV)/test.stamp
	@PYTHONPATH=tests $(BIN)/python -m conformance.protocol_suites
	@PYTHONPATH=tests $(BIN)/python -m conformance.w3c_query

bench-diagnosis: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/diagnosis.py

# QUICK=1: one short round of everything, nothing written.
bench-service: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/service.py $(if $(QUICK),--quick)

release/manifest.json: $(VENV)/run.stamp $(INPUTS)
	@$(BIN)/cpbm-kg build

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@echo "installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements-test.txt
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@

# Rewrites the locks: names, versions and hashes only, for every platform and Python from 3.11.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	$(LOCK) --extra build -o requirements.txt pyproject.toml
	$(LOCK) --extra build --extra test -o requirements-test.txt pyproject.toml

clean:
	rm -rf $(VENV) release releases
