# Everything below needs only Python >= 3.11, git and make. The virtual environment is made once,
# from the lock file, and made again only when the lock file or pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?=

.PHONY: report test lab check format readme calibrate lock clean help
.DEFAULT_GOAL := help

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Setting up the environment in $(VENV) (once; needs the network for packages) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $(READY)

report: $(READY)  ## render every report into reports/site/
	@$(BIN)/misconduct render $(if $(WORKERS),--workers $(WORKERS))

test: $(READY)  ## run the tests
	@$(BIN)/python -m pytest

lab: $(READY)  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=. notebooks/explore.ipynb

check: $(READY)  ## lint and check the format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY)  ## mend the format and what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:  ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock --custom-compile-command "make lock"

clean:  ## remove the environment and the rendered site
	rm -rf $(VENV) reports/site reports/.builds .calibration

calibrate: $(READY)  ## try the intervals and tests on simulated data (10 to 20 min; goes on where it was stopped)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m analysis.calibration $(if $(WORKERS),--workers $(WORKERS))

readme: $(READY)  ## write the README's finding and figure anew from the data
	@$(BIN)/python -m analysis.readme
