# Set-up needs only python3 >= 3.11 with venv and pip; everything else is pinned in requirements/*.txt and fetched by uv.
PY := .venv/bin/python
UV := .venv/tools/bin/uv
SRC := src/modelwright

.PHONY: demo test lint types stubs docs bench lock init stock clean

demo: init                ## train, log, register, load back and predict on real data
	$(PY) -m modelwright demo

test: init stock          ## the whole suite, stock MLflow included
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

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

lock: $(UV)               ## resolve requirements/*.in again
	cd requirements && for e in dev stock article; do ../$(UV) pip compile -q --upgrade --python-version 3.11 --no-header --no-annotate --generate-hashes $$e.in -o $$e.txt; done

init: .venv/.done         ## the environment of the tests and tools
stock: .venv-stock/.done .venv-article/.done

$(UV):
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	python3 -m venv .venv/tools
	.venv/tools/bin/python -m pip install -q uv==0.13.9

.venv/.done: requirements/dev.txt pyproject.toml $(UV)
	test -x $(PY) || $(UV) venv -q --allow-existing --python python3 .venv
	$(UV) pip sync -q --python $(PY) requirements/dev.txt
	$(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@

.venv-stock/.done: requirements/stock.txt $(UV)
	$(UV) venv -q --clear --python python3 .venv-stock
	$(UV) pip sync -q --python .venv-stock/bin/python requirements/stock.txt
	touch $@

.venv-article/.done: requirements/article.txt $(UV)
	$(UV) venv -q --clear --python python3 .venv-article
	$(UV) pip sync -q --python .venv-article/bin/python requirements/article.txt
	touch $@

clean:
	rm -rf .venv .venv-stock .venv-article site build dist
