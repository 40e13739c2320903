# Everything starts here. Needs Python 3.11+ with pip, and make; nothing else, and no root.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
TESTS  := $(VENV)/.installed-tests
DATA   ?= data
PORT   ?= 8080
JOBS   ?= 3
APART  ?= 2
FAILED := .pytest_cache/v/cache/lastfailed
# By the order that tests/conftest.py gives the files; whatever runs apart is found there.
SPREAD := --dist loadfile --no-loadscope-reorder
# AGAIN=5: up to five tests that failed are run once more, one by one; whatever fails twice fails.
AGAIN  ?= 0
ALONE  := tests/end_to_end $(shell grep -rl --include='test_*.py' '^@pytest.mark.alone' tests)

.PHONY: run test again test-postgres check test-peers train train-wires clean lock openapi soak

## run: install, then start the whole system with its demonstration
run: $(STAMP)
	$(BIN)/sanxun demo --data $(DATA) --port $(PORT)

## test: install what the tests need and run them all
test: $(TESTS)
	@if [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory test-peers; fi
	@rm -f $(FAILED); $(BIN)/python -m pytest -n $(JOBS) $(SPREAD) -m "not alone"; beside=$$?; \
	$(BIN)/python -m pytest -n $(APART) $(SPREAD) -m alone $(ALONE); apart=$$?; \
	case $$beside$$apart in 00) ;; 01|10|11) $(MAKE) --no-print-directory again ;; *) exit 1 ;; esac

again:
	@$(BIN)/python -c 'import json, sys; sys.exit(len(json.load(open("$(FAILED)"))) > $(AGAIN))'
	@echo "== what failed, once more, one by one =="; $(BIN)/python -m pytest -v --last-failed --last-failed-no-failures none

## test-postgres: all tests of the API on a real PostgreSQL, which `make test` runs on SQLite
test-postgres: $(TESTS)
	SANXUN_TEST_DATABASE=postgres SANXUN_STRICT=1 $(BIN)/python -m pytest -n $(APART) $(SPREAD) \
	tests/api tests/colours tests/ledger tests/notify tests/tickets tests/town

## check: style, lint and types
check: $(TESTS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

## test-peers: what tests can only get from Debian (RTSP server, Chromium, PostgreSQL, MQTT broker); needs root
PEERS := fonts-noto-cjk postgresql mosquitto gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base \
	gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
# Chromium without its own windows: a fifth of the processor time. Where it is not to be had, Chromium itself.
BROWSER := chromium-headless-shell
APT := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
test-peers:
	@dpkg -s $(PEERS) >/dev/null 2>&1 || { apt-get update -qq && $(APT) $(PEERS) >/dev/null; }
	@dpkg -s $(BROWSER) >/dev/null 2>&1 || $(APT) $(BROWSER) >/dev/null 2>&1 || \
	{ apt-get update -qq && $(APT) $(BROWSER) >/dev/null; } || dpkg -s chromium >/dev/null 2>&1 || $(APT) chromium >/dev/null

## train: make the default detector again (its own environment; up to 90 minutes on two cores)
train: .venv-train/.installed
	OMP_WAIT_POLICY=passive .venv-train/bin/python -m models.train --pictures $(PICTURES) --out build/train

## train-wires: make the wire segmenter again (the same environment; an hour on one core)
train-wires: .venv-train/.installed
	OMP_WAIT_POLICY=passive .venv-train/bin/python -m models.wires --pictures $(PICTURES) --out build/wires

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Sanxun needs Python 3.11 or newer; set PYTHON=... to one" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(TESTS): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $(STAMP) $@

.venv-train/.installed: models/train/requirements.txt models/train/requirements-no-deps.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install -q --disable-pip-version-check $(TORCH) -r models/train/requirements.txt
	.venv-train/bin/python -m pip install -q --disable-pip-version-check --no-deps -r models/train/requirements-no-deps.txt
	@touch $@

## lock: write down today's versions, so that a build next year is today's build
lock: $(TESTS)
	$(BIN)/python -m pip freeze --exclude-editable | grep -v ' @ ' > constraints.txt

## openapi: write docs/openapi.json, docs/rights.md and the client anew, after a change of routes
openapi: $(STAMP)
	$(BIN)/sanxun openapi --write

clean:
	rm -rf $(VENV) .venv-train build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

## soak: slower proofs: twenty rounds of SIGKILL in the middle of events, every clip and every weights
soak: $(TESTS)
	SANXUN_ALL_CLIPS=1 $(BIN)/python -m pytest tests/end_to_end/test_replay.py --timeout 600
	SANXUN_CRASH_ROUNDS=20 $(BIN)/python -m pytest tests/end_to_end/test_crash.py --timeout 1200
