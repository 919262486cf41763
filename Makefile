# One way through: set up, check the data, run the notebooks, build both editions, test.
# `make` without a target prints what there is.

SHELL := /bin/bash
# stages of one build, each as parallel as it can be in itself
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# from the PATH, or in a small environment of its own; defined before the rules that wait for it
UV := $(or $(shell command -v uv),.uv/bin/uv)
# of this tree, also where it shares an environment with another
export PYTHONPATH := book
export PYTHONDONTWRITEBYTECODE := 1
# one more than there are cores: browsers and builds let tests wait
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# libatomic1: for the driver that Playwright brings along
CHROMIUM_PACKAGES := chromium fonts-liberation libatomic1

DATA := $(shell find data -type f)

.PHONY: help book test html pdf run check evidence lab serve format lint lock bench clean setup chromium

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

book: run ## set up, run what is older than its inputs, build HTML and PDF
	@$(MAKE) --no-print-directory editions
	@echo "HTML  $(CURDIR)/_build/html/index.html"
	@echo "PDF   $(CURDIR)/_build/nato-japan.pdf"
	@echo "ZIP   $(CURDIR)/_build/book.zip"

test: setup chromium _build/data-checked ## build from the outputs as committed, then nbval and pytest
	@$(MAKE) --no-print-directory editions
	$(BIN)/pytest

.PHONY: editions
editions: setup
	@$(BIN)/python -m nato_japan.commands.build pdf html zip

html: run ## run, build the HTML edition
	@$(BIN)/python -m nato_japan.commands.build html

pdf: run ## run, build the PDF edition (PAPER=letter for American paper, beside it)
	@PAPER=$(PAPER) $(BIN)/python -m nato_japan.commands.build pdf
PAPER ?= a4

run: setup _build/data-checked ## run the notebooks that are older than their inputs
	@$(BIN)/python -m nato_japan.commands.run

check: _build/data-checked ## check the tables against the tables.yml beside them, and sentences against tables
	@$(BIN)/python -m nato_japan.commands.run --check

_build/data-checked: $(DATA) book/nato_japan/data.py book/nato_japan/commands/check.py | setup
	@mkdir -p _build
	@$(BIN)/python -m nato_japan.commands.check
	@touch $@

evidence: setup ## make a table of evidence anew: TABLE=un_ideal_points FROM=downloaded-file
	@$(BIN)/python data/evidence/build.py $(TABLE) $(FROM)

.PHONY: copies
copies: setup ## ask the Internet Archive for copies of the sources, into data/record/copies.csv
	@$(BIN)/python data/record/find_copies.py

.PHONY: new-chapter
new-chapter: setup ## begin a chapter in the house form: NAME=balance-of-power TITLE="Balance of power"
	@$(BIN)/python -m nato_japan.commands.new_chapter "$(NAME)" "$(TITLE)"

lab: .venv-lab/installed ## open JupyterLab on the book, in an environment of its own
	.venv-lab/bin/jupyter lab book

serve: html ## serve the HTML edition on port 8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

format: setup ## format code and notebooks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"
lock: | $(filter .uv/bin/uv,$(UV)) ## write requirements.txt and requirements-lab.txt anew, with the newest versions
	$(LOCK) --upgrade requirements.in -o requirements.txt
	$(LOCK) --upgrade requirements-lab.in -o requirements-lab.txt

bench: setup chromium ## time every stage, weigh the result, measure every page (PART=build, PART=pages)
	@$(BIN)/python tests/bench.py $(PART)

clean: ## remove all that was built, keep the environment
	rm -rf _build

setup: .venv/installed

# in the version and with the hashes of requirements.txt
.uv/bin/uv:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory install \
	  NEEDED="python3-venv" MAC="brew install python" FEDORA="sudo dnf install python3-pip"
	@echo "environment: installing uv into .uv"
	@rm -rf .uv.new .uv
	@$(PYTHON) -m venv .uv.new
	@sed -n '/^uv==/,/^    #/p' requirements.txt > .uv.new/requirements.txt
	@.uv.new/bin/pip install -q --disable-pip-version-check --require-hashes -r .uv.new/requirements.txt
	@mv .uv.new .uv

# in one go, and marked last: an interrupted installation is begun again
.venv/installed .venv-lab/installed: | $(filter .uv/bin/uv,$(UV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.12 ..."; exit 1; }
	@echo "environment: installing $(filter %.txt,$^) into $(@D)"
	@rm -rf $(@D)
	@$(UV) venv -q --no-project --python $(PYTHON) $(@D)
	@# compiled once, for all processes that follow
	@$(UV) pip install -q --python $(@D)/bin/python --require-hashes --compile-bytecode \
	  $(addprefix -r ,$(filter %.txt,$^))
	@# so that `import nato_japan` works wherever a notebook is opened
	@cd $(@D)/lib/python3*/site-packages && echo ../../../../book > nato_japan.pth
	@touch $@
.venv/installed: requirements.txt
.venv-lab/installed: requirements.txt requirements-lab.txt

chromium: setup
	@command -v chromium chromium-browser google-chrome > /dev/null \
	  && $(BIN)/python -m playwright --version > /dev/null 2>&1 \
	  || $(MAKE) --no-print-directory install NEEDED="$(CHROMIUM_PACKAGES)" \
	  MAC="brew install --cask chromium" FEDORA="sudo dnf install chromium"

# apt as root or through sudo; elsewhere the one line to type
.PHONY: install
install:
	@if command -v apt-get > /dev/null; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=; \
	  elif command -v sudo > /dev/null; then sudo=sudo; \
	  else echo "missing: $(NEEDED). Type as root: apt-get install $(NEEDED)"; exit 1; fi; \
	  echo "system: installing $(NEEDED)"; \
	  $$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $(NEEDED) > /dev/null; \
	else \
	  echo "missing on this system. Type the line that fits, then make again:"; \
	  echo "  macOS        $(MAC)"; \
	  echo "  Fedora       $(FEDORA)"; \
	  echo "  Windows      in WSL (Debian or Ubuntu): sudo apt-get install $(NEEDED)"; \
	  exit 1; \
	fi
