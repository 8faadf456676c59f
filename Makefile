# Every verb of the project. `make run` and `make test` prepare a fresh machine by themselves, and do nothing twice:
# the environment in .venv is installed again only when a lock file has changed, the model is trained again only when
# what it learns from has changed.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-long install install-dev train evaluate bench bench-quick bench-understanding bench-search bench-console soak check lint types layers fmt lock clean uv environment fresh-model

# Fetched into build/tools where the machine has no uv of its own. The Dockerfile names the same version.
UV_VERSION := 0.13.9
UV = $$(uv --version >/dev/null 2>&1 && echo uv || echo build/tools/bin/uv)

PYTHON := .venv/bin/python
IS_PYTHON_3_10 := import sys; sys.exit(sys.version_info[:2] != (3, 10))

# A copy of every lock file that .venv was installed from. It goes first and comes back last, so an installation that
# was interrupted is never taken for a finished one.
INSTALLED := .venv/installed

# Rasa reports its use to its makers unless it is told not to.
export RASA_TELEMETRY_ENABLED := false
# Without compiled files every start of Python compiles Rasa and TensorFlow anew, which doubles the time it takes.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: install fresh-model ## Start the assistant; sets up whatever is missing (HOST and PORT choose the address)
	@exec $(PYTHON) -m bot serve

test: install-dev check lint types layers fresh-model ## Run every check and every test; sets up whatever is missing
	@echo "Running the tests"
	@$(PYTHON) -m pytest $(PYTEST_ARGS)

test-long: install-dev fresh-model ## Run the tests that make test leaves out: every point at which a publication may be killed
	@$(PYTHON) -m pytest -m long

install: environment ## Install what the assistant needs, exactly as locked
	@if [ -e $(INSTALLED)/requirements-dev.txt ]; then locks="requirements.txt requirements-dev.txt"; \
	else locks=requirements.txt; fi; $(INSTALL)

install-dev: environment ## The same, with the tools for the checks and tests
	@locks="requirements.txt requirements-dev.txt"; $(INSTALL)

train: install ## Train a new model from data/, knowledge/, domain.yml and config.yml
	@$(PYTHON) -m bot train

evaluate: install-dev ## Measure how well questions are understood
	@$(PYTHON) -m bot evaluate

bench: install ## Compare speed, start and memory with stock Rasa and with an echo (25 minutes; wants a quiet machine)
	@$(PYTHON) -m bench $(BENCH_ARGS)

bench-quick: install fresh-model ## The same within 5 minutes: trains nothing but a missing model of ours, asks less
	@$(PYTHON) -m bench --quick $(BENCH_ARGS)

bench-understanding: install-dev ## Compare ways to understand a message, stock Rasa among them (half an hour; Rasa for 8 of its 100 epochs)
	@$(UV) pip install --quiet --python $(PYTHON) --target build/bench --no-deps --require-hashes -r requirements-bench.txt
	@PYTHONPATH=build/bench $(PYTHON) -m bench.understanding --epochs 8

bench-search: install fresh-model ## Measure how well and how fast the hotline console finds topics (3 minutes; wants a quiet machine)
	@$(PYTHON) -m bench.searching $(BENCH_ARGS)

bench-console: install-dev fresh-model ## Measure a keystroke of the hotline console in a browser, with the topics there are and 40 times as many
	@$(PYTHON) -m bench.console $(BENCH_ARGS)

soak: install-dev fresh-model ## Send 10,000 messages through kills, swap ten models under load, post 5,000 fuzzed bodies (about 20 minutes)
	@$(PYTHON) -m tests.soak $(SOAK_ARGS)

check: install-dev ## Check the knowledge, the training examples and the policy files
	@echo "Checking the knowledge"
	@$(PYTHON) -m bot check

lint: install-dev ## Check the style and the layout of the code
	@echo "Checking the style"
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check

types: install-dev ## Check the types
	@echo "Checking the types"
	@$(PYTHON) -m mypy

layers: install-dev ## Check who imports whom
	@echo "Checking who imports whom"
	@.venv/bin/lint-imports

fmt: install-dev ## Format the code and mend what can be mended mechanically
	@$(PYTHON) -m ruff check --fix
	@$(PYTHON) -m ruff format

lock: uv ## Lock the dependencies of requirements*.in with their hashes (LOCK_ARGS=--upgrade takes the newest)
	@for name in requirements requirements-dev; do \
		echo "Locking $$name.in into $$name.txt"; \
		$(UV) pip compile --quiet --python-version 3.10 --generate-hashes --no-emit-index-url \
			--override requirements-overrides.txt $(LOCK_ARGS) $$name.in -o $$name.txt || exit 1; \
	done
	@echo "Locking requirements-bench.in into requirements-bench.txt"
	@$(UV) pip compile --quiet --python-version 3.10 --generate-hashes --no-emit-index-url --no-deps \
		$(LOCK_ARGS) requirements-bench.in -o requirements-bench.txt

clean: ## Remove the environment and all caches; trained models and the conversations in var/ stay
	rm -rf .venv build .rasa .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find actions bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the verbs stand on ----

# Installs exactly the files in $$locks, each package only with a hash that its lock file names.
define INSTALL
for lock in $$locks; do cmp -s $$lock $(INSTALLED)/$$lock || stale=yes; done; \
[ -z "$$stale" ] || { \
	echo "Installing $$locks"; \
	rm -rf $(INSTALLED); \
	$(UV) pip sync --python $(PYTHON) --require-hashes $$locks && mkdir $(INSTALLED) && cp $$locks $(INSTALLED); \
}
endef

fresh-model: install
	@$(PYTHON) -m bot train --if-changed

# A `uv` on the PATH may be a launcher that finds nothing to launch, so it is asked for its version.
uv:
	@uv --version >/dev/null 2>&1 || build/tools/bin/uv --version >/dev/null 2>&1 || { \
		echo "Fetching uv $(UV_VERSION) into build/tools"; \
		for python in python3 python3.10 python "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.*/bin/python; do \
			rm -rf build/tools; \
			"$$python" -m venv build/tools >/dev/null 2>&1 && \
			build/tools/bin/python -m pip install --quiet uv==$(UV_VERSION) && exit 0; \
		done; \
		echo "uv is missing and could not be fetched with pip. Install uv (or Python with venv and pip) and try again." >&2; \
		exit 1; \
	}

# Rasa 3.6 supports nothing newer than Python 3.10, which is seldom the machine's own Python: it is looked for on the
# PATH, then where pyenv keeps its versions, then by uv, which downloads it where that is possible.
environment: uv
	@$(PYTHON) -c '$(IS_PYTHON_3_10)' 2>/dev/null || { \
		for candidate in python3.10 "$$(pyenv root 2>/dev/null || echo "$${PYENV_ROOT:-$$HOME/.pyenv}")"/versions/3.10.*/bin/python; do \
			"$$candidate" -c '$(IS_PYTHON_3_10)' 2>/dev/null && found="$$candidate" && break; \
		done; \
		[ -n "$$found" ] || found=$$($(UV) python find --system 3.10 2>/dev/null) || { \
			echo "Python 3.10 is not on this machine; uv tries to download it"; \
			$(UV) python install 3.10 && found=$$($(UV) python find --system 3.10); \
		} || { \
			echo "Python 3.10 is missing. Install it, for example with 'pyenv install 3.10', and try again." >&2; \
			exit 1; \
		}; \
		echo "Creating .venv with $$found"; \
		rm -rf .venv; \
		$(UV) venv --quiet --python "$$found" .venv; \
	}
