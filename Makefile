# Everything a person does with the project, on a machine with nothing but Python 3.11+ and make.
# `make help` lists the commands. Written for GNU make 3.81 and later (macOS has no newer one).

VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet --no-input
# Only what is locked and hashed is installed: first the dependencies, then the project itself without any.
INSTALL := $(PIP) install --require-hashes
INSTALL_PROJECT := $(PIP) install --no-deps --no-build-isolation --editable .

# The first Python that is new enough; `make PYTHON=/path/to/python3.12 serve` chooses another.
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$name" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$name" && break; done)

# `make SEMANTIC=0 serve` searches questions by their words alone, and fetches no model.
SEMANTIC ?= 1

SERVING_LOCKS := services/render/requirements.lock services/search/requirements.lock

PYTEST := $(BIN)/python -m pytest
# What a Python may run differently: patterns, texts, arrays, processes. Two minutes.
TESTS_OF_PYTHONS := tests/content tests/text tests/search tests/semantic tests/importing tests/exporting tests/check tests/contract tests/process
# A file of tests stays on one worker, with the browser and the services that it starts.
WORKERS ?= 2

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: serve
serve: $(VENV)/.serving $(if $(filter-out 0,$(SEMANTIC)),.perspective/.reading) ## Run the site on http://127.0.0.1:8080 with live reload (ARGS="--drafts --port 9000")
	@$(BIN)/python -m services serve $(ARGS)

.PHONY: test
test: $(VENV)/.developing ## Run the whole test suite and print its coverage (ARGS="-k outbox" for a part)
	$(PYTEST) --numprocesses $(WORKERS) --dist loadfile --max-worker-restart 0 --cov --cov-report term-missing:skip-covered $(ARGS)

.PHONY: pythons
pythons: ## Run the tests of parsing and searching with other Pythons too (PYTHONS="/usr/bin/python3 python3.13")
	@test -n "$(PYTHONS)" || { echo 'Which ones? make pythons PYTHONS="/usr/bin/python3 python3.13"' >&2; exit 1; }
	@set -e; for python in $(PYTHONS); do \
		version=$$("$$python" -c 'import platform; print(platform.python_version())'); \
		echo "With $$python, which is $$version"; \
		$(MAKE) --no-print-directory VENV=.perspective/pythons/$$version PYTHON="$$python" test ARGS="--no-cov $(TESTS_OF_PYTHONS)"; \
	done

.PHONY: check
check: lint test ## Format, lint, types and tests: exactly what CI runs

.PHONY: lint
lint: $(VENV)/.developing ## Format, lint and types, without the tests
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check
	$(BIN)/python -m mypy

.PHONY: fix
fix: $(VENV)/.developing ## Format the code and apply lint autofixes
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

.PHONY: messages
messages: $(VENV)/.developing ## Collect the messages of templates, scripts and code, and update the catalogues
	@$(BIN)/python tools/messages.py

.PHONY: bench
bench: $(VENV)/.developing ## Compare speed with other engines and servers, as tables of ratios
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-relevance
bench-relevance: $(VENV)/.developing ## Compare relevance with other engines
	$(BIN)/python -m benchmarks.relevance $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.developing ## Send both services generated and damaged input for five minutes (ARGS="--seconds 20", "--cases 50 --seed 7", "--only paths")
	$(BIN)/python -m tests.campaign fuzz $(ARGS)

.PHONY: torture
torture: $(VENV)/.developing ## Kill, flip bits, fill disks, set clocks, overload, restart: half an hour (ARGS="--scale 0.01": about a minute)
	$(BIN)/python -m tests.campaign torture $(ARGS)

.PHONY: screenshots
screenshots: $(VENV)/.developing ## Retake the pictures of docs/screenshots/ (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

.PHONY: compose-test
compose-test: $(VENV)/.developing ## Build the containers, run compose.yaml and test it
	$(PYTEST) -m containers tests/containers $(ARGS)

.PHONY: cluster-test
cluster-test: $(VENV)/.developing ## Test search on three OpenSearch nodes (Java 21, Maven, nginx)
	$(PYTEST) -m opensearch tests/opensearch $(ARGS)

.PHONY: cluster-campaign
cluster-campaign: $(VENV)/.developing ## Kill and pause each of three nodes while readers search, and print p50 and p99
	$(VENV)/bin/python -m tests.opensearch.campaign $(ARGS)

.PHONY: lock
lock: $(VENV)/.locking ## Resolve the locks again from pyproject.toml (UPGRADE=1 takes newer releases)
	$(LOCK) --extra render --extra search --extra semantic --extra telemetry --extra opensearch --extra dev --extra bench --output-file requirements.lock
	$(LOCK_PART) --extra render --output-file services/render/requirements.lock
	$(LOCK_PART) --extra search --extra opensearch --output-file services/search/requirements.lock
	$(LOCK_PART) --extra semantic --output-file services/search/semantic/requirements.lock
	$(LOCK_PART) --extra telemetry --output-file shared/telemetry/requirements.lock

# One lock for every Python from 3.11 on, Linux and macOS; no index address, so that any mirror serves it.
LOCK := $(BIN)/python -m uv pip compile pyproject.toml --group build --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header --annotation-style line $(if $(UPGRADE),--upgrade)
# The parts take their versions from the whole.
LOCK_PART = $(filter-out --upgrade,$(LOCK)) --constraints requirements.lock

.PHONY: sbom
sbom: $(VENV)/.developing ## Write the bill of materials, with licences, to dist/sbom.cdx.json (CycloneDX)
	@mkdir -p dist build && rm -rf build/serving && $(BIN)/python -m venv build/serving
	@PIP_DISABLE_PIP_VERSION_CHECK=1 build/serving/bin/python -m pip --quiet --no-input install --require-hashes $(addprefix -r ,$(SERVING_LOCKS))
	@build/serving/bin/python -m pip --quiet --no-input uninstall --yes pip
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file dist/sbom.cdx.json build/serving/bin/python

.PHONY: audit
audit: $(VENV)/.developing ## Check every locked release for known vulnerabilities
	@$(BIN)/python tools/audit.py

.PHONY: release
release: $(VENV)/.developing ## Build wheel, sdist and images from the tag of this version, and test the wheel in an empty environment
	@$(BIN)/python -m tools.release

.PHONY: clean
clean: ## Remove the environment, the index and all other build results
	rm -rf $(VENV) .perspective .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* build *.egg-info

# The environment. A stamp is older than a lock or pyproject.toml exactly when something has to be installed.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Perspective needs Python 3.11 or newer, and none is on the PATH." \
		"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.serving: $(SERVING_LOCKS) pyproject.toml | $(BIN)/python
	@echo "Installing what the two services need (under a minute, once)"
	@$(INSTALL) $(addprefix -r ,$(SERVING_LOCKS))
	@$(INSTALL_PROJECT)
	@touch $@

# The ranking by meaning, and its model. Where either cannot be had, the site runs without.
.perspective/.reading: services/search/semantic/requirements.lock $(VENV)/.serving
	@echo "Installing the ranking by meaning, and fetching its model (60 MB, once; SEMANTIC=0 leaves it out)"
	@{ $(INSTALL) -r $< && $(BIN)/python -m services model --if-missing && mkdir -p $(@D) && touch $@; } \
		|| echo "Questions are searched by their words alone until the next start." >&2

$(VENV)/.developing: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what serving, tests, checks and benchmarks need (a minute or two, once)"
	@$(INSTALL) -r requirements.lock
	@$(INSTALL_PROJECT)
	@touch $(VENV)/.serving $@

$(VENV)/.locking: | $(BIN)/python
	@$(PIP) install 'uv>=0.9'
	@touch $@
