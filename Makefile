# `make run` and `make test` set everything up by themselves; see README.md.
PYTHON ?= python3
EXAMPLE ?= express-backend
BIN := .venv/bin
# Two workers, the tests of a module mostly in one of them; `ARGS="-n 0"` runs in one process. What Python
# compiles is kept, else each of the hundred processes that the tests start would compile it anew.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist worksteal --durations=15

.PHONY: run test check docs gallery site dist image-test differential hostile example setup setup-test setup-release lint types clean

run: setup
	@$(BIN)/amo-harness run --backend reference $(ARGS)

test: setup-test
	@$(PYTEST) $(ARGS)

example: setup-test
	@node=$$($(BIN)/python tools/node.py $(EXAMPLE)) && PATH="$$node:$$PATH" $(BIN)/amo-harness run --backend examples/$(EXAMPLE)/backend.toml $(ARGS)

check: setup-test lint types test

docs: setup-test
	@$(BIN)/python -m tools.docs

# The documentation as build/site, of which every link leads somewhere; no network is needed for it.
site: setup-test setup-release
	@COLUMNS=84 $(BIN)/python -m tools.site

dist: setup-test setup-release
	@$(BIN)/python -m tools.dist $(ARGS)

# Compares the simulated app with the real app's packages, which npm fetches; writes docs/differential.md.
differential: setup-test
	@$(BIN)/python -m tools.differential --write $(ARGS)

# Some minutes, as root: what container/Dockerfile says, done without a container engine.
image-test: dist
	@$(BIN)/python -m tools.image

# What the tests see of reports and the dashboard as pictures; README shows some, and the tests that it still does.
gallery: setup-test
	@AMO_GALLERY=.amo-harness/gallery $(BIN)/python -m pytest tests/e2e/reports/test_gallery.py tests/e2e/test_for_everybody.py -q -n 0
	@mkdir -p docs/pictures
	@cp .amo-harness/gallery/dashboard.png docs/pictures/
	@for theme in light dark; do \
	  cp .amo-harness/gallery/faults-1280-$$theme.png docs/pictures/report-$$theme.png; \
	  cp .amo-harness/gallery/faults-1280-$$theme-scenario.png docs/pictures/scenario-$$theme.png; done

# Some hours: every hostile answer and page, before `check`, `run` and `serve`. The tests play a selection.
hostile: setup-test
	@$(BIN)/python -m tools.hostile $(ARGS)

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/pyright

setup:
	@$(PYTHON) tools/setup.py run

setup-test:
	@$(PYTHON) tools/setup.py test

setup-release:
	@$(PYTHON) tools/setup.py release

clean:
	rm -rf dist build .venv .amo-harness .pytest_cache .ruff_cache .hypothesis
