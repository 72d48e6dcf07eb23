# Every verb creates what it needs; `make run` and `make test` are all a newcomer must know.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DATA ?= data
PORT ?= 8080
RUN_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench load train image up down clean

help: ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-6s %s\n", $$1, $$2}'

setup: $(STAMP) ## create the environment (.venv) with every pinned package

# torch comes first and alone: asked for later, an unpinned one would pull the CUDA build.
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 1; }
	@command -v c++ >/dev/null || { echo "a C++ compiler is needed: hnswlib is built from source"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,diffusers,load,postgresql,dev]'
	@touch $(STAMP)

run: $(STAMP) ## build the demo collection and serve it on http://127.0.0.1:8080
	$(BIN)/python -m app serve --catalog icons --data $(DATA) --port $(PORT) $(RUN_ARGS)

test: $(STAMP) check ## check and test everything that can be tested here
	$(BIN)/pytest

check: $(STAMP) ## linters, types, import contracts and the architecture tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/architecture

bench: $(STAMP) ## measure; prints machine, commit, medians and spread
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

load: $(STAMP) ## load a service that runs on port $(PORT) for a minute
	$(BIN)/locust -f tests/load/locustfile.py --headless --users 16 --spawn-rate 8 --run-time 60s --host http://127.0.0.1:$(PORT)

train: $(STAMP) ## train the default models again (hours on a CPU); resumes where it stopped
	$(BIN)/python -m app train autoencoder
	$(BIN)/python -m app train denoiser
	$(BIN)/python -m app train weak
	$(BIN)/python -m app train few
	$(BIN)/python -m app train classifier
	$(BIN)/python -m app train flow
	$(BIN)/python -m app train contrastive
	$(BIN)/python -m app train judge

image: ## build the container image
	docker build -f docker/Dockerfile -t trouvere .

up: ## start the service and Prometheus in containers
	docker compose -f docker/compose.yaml up --build --detach --wait

down: ## stop them
	docker compose -f docker/compose.yaml down

clean: ## remove the environment and every cache; the data folder stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
