# `make run` and `make test` set everything up by themselves; see README.md.
PYTHON ?= python3
EXAMPLE ?= express-backend
BIN := .venv/bin
# Two workers, the tests of a module mostly in one of them; `ARGS="-n 0"` runs in one process. What Python
# compiles is kept, else each of the hundred processes that the tests start would compile it anew.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist worksteal --durations=15

.PHONY: run test check docs example setup setup-test lint types clean

run: setup
	@$(BIN)/amo-harness run --backend reference $(ARGS)

test: setup-test
	@$(PYTEST) $(ARGS)

example: setup-test
	@node=$$($(BIN)/python tools/node.py $(EXAMPLE)) && PATH="$$node:$$PATH" $(BIN)/amo-harness run --backend examples/$(EXAMPLE)/backend.toml $(ARGS)

check: setup-test lint types test

docs: setup-test
	@$(BIN)/python -m tools.docs

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/pyright

setup:
	@$(PYTHON) tools/setup.py run

setup-test:
	@$(PYTHON) tools/setup.py test

clean:
	rm -rf .venv .amo-harness .pytest_cache .ruff_cache .hypothesis
