# make demo and make test set everything up first. On the machine: Python 3.11+, Node 20+ with npm, make, git.
# PYTHON=... names the Python of .venv; ARGS="..." goes to pytest or the benchmark; JOBS=... tests in parallel.

UV := 0.13.9
EXTRAS := --extra cdk --extra pulumi --extra azure --extra verify --extra emulator --extra publish
# As many tests in parallel as there are processors, four at most: each may start Node or the engine.
JOBS ?= $(shell count=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); test $$count -gt 4 && count=4; \
	test $$count -lt 2 && count=2; echo $$count)

# What another environment of the caller's has set must not lead uv away from ours.
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV CONDA_PREFIX UV_PYTHON UV_NO_DEV PYTHONHOME

# $(call refuse,word): ends make with one line when the machine lacks something.
refuse = $(eval said := $(shell PYTHON='$(PYTHON)' sh tools/prerequisites.sh $1))$(if $(said),$(error $(said)))

.PHONY: help setup demo engine test fuzz bench lint templates clean prerequisites
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:
	@echo 'make demo       set up, then deploy the example to an embedded AWS and use the role rightly and wrongly'
	@echo 'make test       set up, then run every check and every test      (ARGS="-k trust" picks, JOBS=1 serially)'
	@echo 'make fuzz       set up, then hold the IAM prover against random small roles        (N=2000, SEED=0)'
	@echo 'make bench      set up, then measure synth, proofs and Pulumi, against plain programs (ARGS=--json)'
	@echo 'make lint       set up, then ruff, mypy and the import contracts'
	@echo 'make templates  set up, then regenerate what is generated and committed'
	@echo 'make setup      .venv and node_modules, as uv.lock and package-lock.json say         (PYTHON=python3.12)'
	@echo 'make clean      remove .venv, node_modules and everything built'

setup: node_modules/.ready .venv/.warm
	@echo '== setup: ready'

prerequisites:
	@$(call refuse,missing)

# A .venv that does not run, or that was moved here, is made anew.
ifneq ($(wildcard .venv),)
$(shell sh tools/prerequisites.sh made || rm -f .venv/.made)
endif

.venv/.made: Makefile | prerequisites
	@sh tools/prerequisites.sh made || { rm -rf .venv; \
		python=$$(PYTHON='$(PYTHON)' sh tools/prerequisites.sh python); \
		echo "== setup: .venv with $$("$$python" --version)"; "$$python" -m venv .venv; }
	@echo '== setup: uv $(UV) into .venv'
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

.venv/.synced: .venv/.made uv.lock pyproject.toml
	@echo '== setup: Python packages of uv.lock (a minute the first time)'
	@.venv/bin/uv sync --frozen $(EXTRAS) --compile-bytecode --python .venv/bin/python
	@touch $@

.venv/.warm: .venv/.synced tools/warm_jsii.py
	@echo '== setup: the cache of jsii'
	@.venv/bin/python tools/warm_jsii.py
	@touch $@

node_modules/.ready: package.json package-lock.json | prerequisites
	@$(call refuse,npm)
	@echo '== setup: the CDK CLI of package-lock.json'
	@npm ci --include=dev --no-audit --no-fund --loglevel=error
	@touch $@

demo: setup
	@echo '== demo: examples/private.yaml, deployed and used'
	@.venv/bin/conveyor-iac try -f examples/private.yaml --profile app --profile published

lint: setup
	@echo '== ruff'
	@.venv/bin/ruff check
	@echo '== mypy'
	@.venv/bin/mypy
	@echo '== import contracts'
	@.venv/bin/lint-imports --no-logo

engine: setup
	@echo '== the Pulumi engine (minutes the first time)'
	@.venv/bin/python tests/engine/building.py

# The engine is built beside the checks: it waits for downloads, they do not.
test: setup
	@echo '== the Pulumi engine (minutes the first time), and beside it the checks'
	@.venv/bin/python tests/engine/building.py & engine=$$!; \
		{ $(MAKE) --no-print-directory lint && echo '== templates are current' && \
		.venv/bin/conveyor-iac templates --check; } || { kill $$engine 2>/dev/null; exit 1; }; wait $$engine
	@echo '== pytest'
	@.venv/bin/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

N ?= 2000
SEED ?= 0
fuzz: setup
	@echo '== fuzz: $(N) random roles from seed $(SEED)'
	@.venv/bin/python tests/proofs/iam/fuzz.py $(N) $(SEED)

bench: setup
	@echo '== bench'
	@.venv/bin/python benchmarks/run.py $(ARGS)

templates: setup
	@.venv/bin/conveyor-iac templates

clean:
	@echo '== removing .venv, node_modules and everything built'
	@rm -rf .venv node_modules cdk.out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find conveyor_iac tests stacks benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +
