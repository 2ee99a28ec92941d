# The two commands are `make serve` and `make test`; README.md has the table of all targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
INPUTS := $(shell find ontology data cpbm_kg -type f -not -name '*.pyc')

.PHONY: vendor serve test test-browser test-service test-editing build check fuzz fuzz-api hostile conformance harvest-rehearsal bench-validation bench-diagnosis bench-service bench bench-full soak lock clean

serve: release/manifest.json
	@$(BIN)/cpbm-kg serve

build: release/manifest.json

check: $(VENV)/run.stamp
	@$(BIN)/cpbm-kg check

# What would make `make test` longer than five minutes: the service at length, with its clients, portals and attackers, and
# the tools of those who edit.
SERVICE := $(addprefix tests/test_,$(addsuffix .py,bench catalogue citations clients deployment console diagnosis discovery engines exports foops freezing hostile operation pages pictures questions random remote two_engines using))
EDITING := $(addprefix tests/test_,$(addsuffix .py,apart changed contributing diff findings mutations plans screening upload validation versions))

test: $(VENV)/test.stamp
	@$(BIN)/python -m pytest $(addprefix --ignore=,$(SERVICE) $(EDITING))

test-service: $(VENV)/test.stamp
	@$(BIN)/python -m pytest $(SERVICE)

test-editing: $(VENV)/test.stamp
	@$(BIN)/python -m pytest $(EDITING)

# The pages in Debian's Chromium; installed here where it is absent and we may. Screenshots stay in .screens/.
test-browser: $(VENV)/browser.stamp $(VENV)/axe/installed
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update >/dev/null && apt-get install -y --no-install-recommends chromium >/dev/null; } || echo "chromium could not be installed"
	@PYTHONPATH=tests:tests/browser $(BIN)/python -m pytest -p readers tests/browser/looks.py tests/browser/journeys.py

# The API of every question against its OpenAPI document.
fuzz-api: $(VENV)/test.stamp
	@CPBM_FUZZ=1 $(BIN)/python -m pytest tests/test_questions.py -k keeps_what_its_document_says

bench-validation: $(VENV)/test.stamp
	@$(BIN)/python bench/validation.py

# Hostile queries and raw requests, one after the other, in a table; not in CI, since a loaded machine is no witness of seconds.
hostile: release/manifest.json $(VENV)/test.stamp
	@PYTHONPATH=tests $(BIN)/python -m hostile

# The tests of hypothesis again, with other examples and many more of them.
fuzz: $(VENV)/test.stamp
	@FUZZ_REQUESTS=$${FUZZ_REQUESTS:-10000} $(BIN)/python -m pytest -q tests/test_random.py

conformance: $(VENV)/test.stamp
	@PYTHONPATH=tests $(BIN)/python -m conformance.protocol_suites
	@PYTHONPATH=tests $(BIN)/python -m conformance.w3c_query

# The catalogue through the parsers of data.gouv.fr and CKAN. UPDATE=1 rewrites what is expected to arrive.
PORTALS := $(VENV)/portals/udata/installed $(VENV)/portals/ckan/installed
harvest-rehearsal: $(VENV)/test.stamp $(PORTALS)
	@UPDATE=$(UPDATE) $(BIN)/python -m pytest -q tests/portals/rehearsal.py

bench-diagnosis: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/diagnosis.py

# QUICK=1: one short round of everything, nothing written.
bench-service: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/service.py $(if $(QUICK),--quick)

# How cost grows with size: build and check, every store beside its peers; CSV and plots in bench/results/.
bench: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/growth.py --name growth-small

# TRIPLES="40000 10000000" for other sizes.
bench-full: $(VENV)/test.stamp release/manifest.json
	@$(BIN)/python bench/growth.py --rounds 3 --seconds 3 --triples $${TRIPLES:-40000 100000 1000000}

# Ten minutes of mixed, hostile and reloading traffic; MINUTES=1440 for a day.
soak: $(VENV)/test.stamp release/manifest.json
	@PYTHONPATH=tests $(BIN)/python bench/soak.py --minutes $${MINUTES:-10}

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

$(VENV)/browser.stamp: $(VENV)/test.stamp requirements-browser.txt
	@$(PIP) install --require-hashes -r requirements-browser.txt
	@touch $@

# What judges accessibility.
$(VENV)/axe/installed: $(VENV)/run.stamp
	@npm install --prefix $(VENV)/axe --ignore-scripts --no-audit --no-fund --no-package-lock --silent axe-core@4.14.1
	@touch $@

# A client for the tests, where npm is at hand; `make test` says so when it is not there.
COMUNICA := @comunica/query-sparql@4.5.0
$(VENV)/comunica/installed: $(VENV)/run.stamp
	@npm install --prefix $(VENV)/comunica --ignore-scripts --no-audit --no-fund --no-package-lock --silent $(COMUNICA)
	@touch $@

# The published schema of SARIF 2.1.0, which is not ours to copy; tests say so when it is not there.
$(VENV)/sarif/installed: $(VENV)/run.stamp
	@npm install --prefix $(VENV)/sarif --ignore-scripts --no-audit --no-fund --no-package-lock --silent @microsoft/jest-sarif@1.0.0-beta.0
	@touch $@

# The portals' own software, each in an environment of its own: it is under the AGPL, and nothing of ours imports it.
$(VENV)/portals/udata/installed: PACKAGES := udata==17.18.0 mongomock==4.3.0
$(VENV)/portals/ckan/installed: PACKAGES := ckan[requirements]==2.12.0 ckanext-harvest==1.6.3 ckanext-dcat==2.4.4
$(VENV)/portals/%/installed: $(VENV)/run.stamp
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --quiet --disable-pip-version-check install $(PACKAGES)
	@touch $@

# The scripts of others that our pages use, from npm by its lock, into cpbm_kg/web/static/vendor/ and THIRD_PARTY.md.
VENDOR := cpbm_kg/web/vendor
vendor: $(VENV)/run.stamp
	@mkdir -p $(VENV)/vendor && cp $(VENDOR)/package.json $(VENDOR)/package-lock.json $(VENV)/vendor/
	@npm ci --prefix $(VENV)/vendor --ignore-scripts --no-audit --no-fund --silent
	@$(BIN)/python $(VENDOR)/collect.py $(VENV)/vendor/node_modules

# Rewrites the locks: names, versions and hashes only, for every platform and Python from 3.11.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	$(LOCK) --extra build -o requirements.txt pyproject.toml
	$(LOCK) --extra build --extra test --extra bench -o requirements-test.txt pyproject.toml
	$(LOCK) --extra build --extra test --extra bench --extra browser -o requirements-browser.txt pyproject.toml

clean:
	rm -rf $(VENV) release releases
