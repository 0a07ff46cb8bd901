# Set-up needs only python3 >= 3.11 with venv and pip; everything else is pinned in requirements/*.txt and fetched by uv.
PY := .venv/bin/python
UV := .venv/tools/bin/uv
SRC := src/modelwright

# PyTorch comes by pip, which a machine can be told to fetch its CPU build with (PIP_FIND_LINKS, PIP_INDEX_URL).
TORCH := torch==2.13.0
define fill
	$(UV) venv -q --clear --python python3 $(1)
	$(UV) pip sync -q --python $(1)/bin/python $(2)
	.venv/tools/bin/python -m pip --python $(1)/bin/python install -q $(TORCH)
endef
COMPILE := UV_FIND_LINKS="$$PIP_FIND_LINKS" ../$(UV) pip compile -q --upgrade --python-version 3.11 --no-header --no-annotate --generate-hashes
HEAVY := --override not-installed.txt --no-emit-package torch
TESTED := $(if $(FAST),.venv,.venv-frameworks)
# For 2 cores. A third process works while two wait for servers; with every framework in it, it would ask for too much memory.
PROCESSES := $(if $(FAST),3,2)

# The tests start hundreds of processes: each module is compiled once, whatever the shell says of bytecode.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo chromium test lint types stubs docs bench bench-frameworks bench-serving lock init stock frameworks matrix clean

demo: init                ## train, log, register, load back and predict on real data
	$(PY) -m modelwright demo

chromium:                 ## the browser of the page's tests, by apt where that can be; without one they are skipped
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
	  || echo "There is no Chromium, and apt cannot install it here: the tests of the page are skipped"

test: init stock chromium $(if $(FAST),,frameworks)  ## the whole suite, stock MLflow included; FAST=1 without the heavy frameworks
	$(TESTED)/bin/python -m pytest -n $(PROCESSES) --dist loadfile $(ARGS)

matrix: init              ## a flavor's tests with the oldest and the newest version: make matrix FLAVOR=xgboost
	$(PY) tools/matrix.py $(FLAVOR)

lint: init                ## style, types, layers, framework imports, stubs up to date
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) tools/check_imports.py
	$(PY) tools/stubs.py --check
	$(PY) tools/reference.py --check

stubs: init               ## write the stubs and reference pages that `make lint` compares
	$(PY) tools/stubs.py
	$(PY) tools/reference.py

docs: init                ## build the documentation into site/
	.venv/bin/zensical build

bench: init stock         ## ours and stock MLflow side by side in one run
	$(PY) benchmarks/run.py $(ARGS)

bench-frameworks: init frameworks  ## what autolog adds to each framework's training, ours and stock MLflow's
	$(PY) benchmarks/frameworks.py $(ARGS)

bench-serving: .venv-serving/.done .venv-peers/.done .venv-bento/.done  ## servers of one model: ours, MLflow's and others'
	$(PY) benchmarks/serving.py $(ARGS)

lock: $(UV)               ## resolve requirements/*.in again
	cd requirements && for e in dev stock article peers bento; do $(COMPILE) $$e.in -o $$e.txt; done
	cd requirements && $(COMPILE) $(HEAVY) --constraint dev.txt frameworks.in -o frameworks.txt
	cd requirements && $(COMPILE) --constraint stock.txt serving.in -o serving.txt
	cd requirements && $(COMPILE) $(HEAVY) --constraint stock.txt stock-frameworks.in -o stock-frameworks.txt

init: .venv/.done         ## the environment of the tests and tools
stock: .venv-stock/.done .venv-article/.done
frameworks: .venv-frameworks/.done .venv-stock-frameworks/.done

$(UV):
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	python3 -m venv .venv/tools
	.venv/tools/bin/python -m pip install -q uv==0.13.9

.venv/.done: requirements/dev.txt pyproject.toml $(UV)
	test -x $(PY) || $(UV) venv -q --allow-existing --python python3 .venv
	$(UV) pip sync -q --python $(PY) requirements/dev.txt
	$(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@

.venv-%/.done: requirements/%.txt $(UV)
	$(UV) venv -q --clear --python python3 .venv-$*
	$(UV) pip sync -q --python .venv-$*/bin/python requirements/$*.txt
	touch $@

.venv-frameworks/.done: requirements/frameworks.txt pyproject.toml $(UV)
	$(call fill,.venv-frameworks,requirements/frameworks.txt)
	$(UV) pip install -q --python .venv-frameworks/bin/python --no-deps -e .
	touch $@

.venv-stock-frameworks/.done: requirements/stock-frameworks.txt $(UV)
	$(call fill,.venv-stock-frameworks,requirements/stock-frameworks.txt)
	touch $@

clean:
	rm -rf .venv .venv-* site build dist
