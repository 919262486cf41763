# One way through: set up, check the data, run the notebooks, build both editions, test.
# `make` without a target prints what there is.

SHELL := /bin/bash
.DELETE_ON_ERROR:
# both editions share one stage
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := book
export PYTHONDONTWRITEBYTECODE := 1

TEX_PACKAGES := latexmk texlive-xetex texlive-latex-recommended texlive-latex-extra \
  texlive-fonts-recommended fonts-texgyre
# libatomic1: for the driver that Playwright brings along
CHROMIUM_PACKAGES := chromium fonts-liberation libatomic1

DATA := $(shell find data -type f)
PACKAGE := $(wildcard book/nato_japan/*.py)
SOURCES := _config.yml _toc.yml $(wildcard book/*.ipynb book/*.md book/*.bib book/_ext/*.py) \
  $(shell find book/_latex book/_static book/_templates -type f) $(DATA)

# built apart and moved into place only when whole, so that a failure leaves the last good book
STAGE := _build/stage/_build
JUPYTER_BOOK := $(BIN)/jupyter-book build . --path-output _build/stage -n -W --keep-going -q

.PHONY: help book test html pdf run check evidence lab serve format lint lock bench clean setup tex chromium

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

book: ## set up, run what is older than its inputs, build HTML and PDF
	@$(MAKE) --no-print-directory run
	@$(MAKE) --no-print-directory editions
	@echo "HTML  $(CURDIR)/_build/html/index.html"
	@echo "PDF   $(CURDIR)/_build/nato-japan.pdf"
	@echo "ZIP   $(CURDIR)/_build/book.zip"

test: setup chromium check ## build from the outputs as committed, then nbval and pytest
	@$(MAKE) --no-print-directory editions
	$(BIN)/pytest

.PHONY: editions
editions: _build/nato-japan.pdf _build/html/index.html _build/book.zip

html: run ## run, build the HTML edition
	@$(MAKE) --no-print-directory _build/html/index.html

PAPER ?= a4
pdf: run ## run, build the PDF edition (PAPER=letter for American paper, beside it)
	@$(MAKE) --no-print-directory $(or $(PDF_$(PAPER)),$(error PAPER=$(PAPER): expected a4 or letter))
	@echo "PDF   $(CURDIR)/$(PDF_$(PAPER))"

run: setup check ## run the notebooks that are older than their inputs
	@$(BIN)/python -m nato_japan.run

check: _build/data-checked ## check the tables against data/datapackage.json

_build/data-checked: $(DATA) book/nato_japan/data.py book/nato_japan/check.py | setup
	@mkdir -p _build
	@$(BIN)/python -m nato_japan.check
	@touch $@

# Sphinx keeps what it has read of a page; these change how a page is read
_build/stage/begun: $(wildcard book/_ext/*.py book/nato_japan/fonts.* book/_latex/* book/_templates/* book/_static/*) data/paper/claims.csv \
  data/record/verdicts.csv data/record/events.csv data/record/operations.csv \
  data/record/forecasts.csv _config.yml requirements.txt
	@rm -rf _build/stage
	@mkdir -p _build/stage
	@touch $@

PDF_a4 := _build/nato-japan.pdf
PDF_letter := _build/nato-japan-letter.pdf
$(PDF_a4): SIZE := a4
$(PDF_letter): SIZE := letter
# dates inside the file are those of the commit; outside a repository that of CITATION.cff
RELEASED := $(shell sed -n 's/^date-released: *"\(.*\)"/\1/p' CITATION.cff)
EPOCH := $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell date -u -d "$(RELEASED)" +%s 2>/dev/null))

# both editions show days of commits, so that a new commit makes them anew
.PHONY: always
_build/commit: always
	@mkdir -p _build
	@echo "$(EPOCH)" | cmp -s - $@ || echo "$(EPOCH)" > $@

# what a killed build leaves half written is not built upon
define begin
	@[ ! -e _build/stage/unfinished ] || { rm -rf _build/stage; mkdir -p _build/stage; touch _build/stage/begun; }
	@touch _build/stage/unfinished
endef
# the cause, without the frames of Sphinx
define fail
{ rm -f _build/stage/unfinished; tail -n 40 $(1) | sed '/^Traceback/,/^[^ T]/{/^Traceback/d;/^ /d}'; echo "$(2): failed; all of the log is in $(1)"; exit 1; }
endef

$(PDF_a4) $(PDF_letter): $(SOURCES) _build/stage/begun _build/commit | setup tex
	@echo "PDF: building"
	$(begin)
	@# -g: latexmk remembers a failure and would not try again; -xelatex: a PDF after the last run only
	@PAPER=$(SIZE) $(if $(EPOCH),SOURCE_DATE_EPOCH=$(EPOCH) FORCE_SOURCE_DATE=1) \
	  LATEXMKOPTS="-xelatex -interaction=nonstopmode -halt-on-error -silent -g" \
	  $(JUPYTER_BOOK) --builder pdflatex > _build/pdf.log 2>&1 \
	  || $(call fail,_build/pdf.log,PDF)
	@cp $(STAGE)/latex/nato-japan.pdf $@.part
	@mv $@.part $@
	@rm _build/stage/unfinished

# after the PDF, if both are wanted: the HTML edition links to it
_build/html/index.html: $(SOURCES) $(wildcard _build/nato-japan.pdf) _build/stage/begun _build/commit | setup
	@echo "HTML: building"
	$(begin)
	@$(JUPYTER_BOOK) > _build/html.log 2>&1 || $(call fail,_build/html.log,HTML)
	@rm -rf _build/html.new _build/html.old
	@cp -R $(STAGE)/html _build/html.new
	@# what Sphinx keeps for its next run; the first names the folder, so that copies would differ
	@rm -f _build/html.new/.buildinfo _build/html.new/searchindex.js
	@if [ -e _build/html ]; then mv _build/html _build/html.old; fi
	@mv _build/html.new _build/html
	@rm -rf _build/html.old
	@touch $@
	@rm _build/stage/unfinished

_build/book.zip: _build/html/index.html book/nato_japan/pack.py
	@$(BIN)/python -m nato_japan.pack

evidence: setup ## make a table of evidence anew: TABLE=un_ideal_points FROM=downloaded-file
	@$(BIN)/python data/evidence/build.py $(TABLE) $(FROM)

.PHONY: copies
copies: setup ## ask the Internet Archive for copies of the sources, into data/record/copies.csv
	@$(BIN)/python data/record/find_copies.py

.PHONY: new-chapter
new-chapter: setup ## begin a chapter in the house form: NAME=balance-of-power TITLE="Balance of power"
	@$(BIN)/python -m nato_japan.new_chapter "$(NAME)" "$(TITLE)"

lab: setup ## open JupyterLab on the book
	$(BIN)/jupyter lab book

serve: _build/html/index.html ## serve the HTML edition on port 8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

format: setup ## format code and notebooks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

lock: ## write requirements.txt anew from requirements.in, with the newest versions
	$(PYTHON) -m venv _build/lock
	_build/lock/bin/pip install -q uv
	_build/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt

bench: setup chromium ## time every stage, weigh the result, measure every page (PART=build, PART=pages)
	@$(BIN)/python tests/bench.py $(PART)

clean: ## remove all that was built, keep the environment
	rm -rf _build

setup: .venv/installed
	@# killed between the two moves of a new edition into place
	@if [ -e _build/html.old ] && [ ! -e _build/html ]; then mv _build/html.old _build/html; fi

# in one go, and marked last: an interrupted installation is begun again
.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory install \
	  NEEDED="python3-venv" MAC="brew install python" FEDORA="sudo dnf install python3-pip"
	@echo "environment: installing requirements.txt into .venv"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

tex:
	@command -v latexmk > /dev/null && command -v xelatex > /dev/null \
	  && kpsewhich texgyrepagella-regular.otf > /dev/null && kpsewhich tabulary.sty > /dev/null \
	  || $(MAKE) --no-print-directory install NEEDED="$(TEX_PACKAGES)" \
	  MAC="brew install --cask mactex" \
	  FEDORA="sudo dnf install latexmk texlive-scheme-medium texlive-collection-latexextra texlive-tex-gyre"

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
