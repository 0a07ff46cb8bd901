"""The reference pages in docs/reference, made from code; `--check` compares them."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click
from generated import ROOT, settle

from modelwright.api import functions, modules
from modelwright.autolog import INTEGRATIONS
from modelwright.cli.commands import cli
from modelwright.compat.names import NAMES, VERSION
from modelwright.core import errors, settings
from modelwright.core.absent import REASONS
from modelwright.models import load

# Flavors that cannot be had with Python 3.11, each with the day it was tried.
_RETIRED = {
    "`gluon`": "MXNet was archived in 2023; its last release has no build for Python 3.11 (2026-11-24)",
    "`johnsnowlabs`": "its models need a licence and a private package index (2026-11-24)",
    "`mleap`": "it runs in the JVM alone, and its last release is for Spark 3.4; use the spark flavor (2026-11-24)",
}
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made by tools/reference.py from the code; edits here are lost. -->\n\n"


def main() -> int:
    pages = {
        "settings": "\n".join(settings_page()),
        "errors": "\n".join(errors_page()),
        "cli": "\n".join(cli_page()),
        "flavors": "\n".join(flavors_page()),
        "compatibility": "\n".join(compatibility_page()),
    }
    pages.update((f"flavors/{name}", "\n".join(flavor_page(name))) for name in ["pyfunc", *dir(modules)])
    files = {FOLDER / f"{name}.md": NOTE + text.rstrip() + "\n" for name, text in pages.items()}
    return settle(files, FOLDER.glob("flavors/*.md"), check="--check" in sys.argv, remedy="python tools/reference.py")


def settings_page() -> Iterator[str]:
    yield "# Settings\n"
    yield "Environment variables, read when they are needed. Where MLflow has a variable of the same meaning, its name"
    yield "works too.\n"
    rows = []
    for setting in settings.ALL.values():
        ours, *theirs = setting.names
        default = "–" if setting.default == "" else code(setting.default)
        rows.append((code(ours), ", ".join(map(code, theirs)) or "–", default, setting.doc))
    yield from table(("Name", "MLflow's name", "Default", "Meaning"), rows)


def errors_page() -> Iterator[str]:
    yield "# Errors\n"
    yield "Every error raised on purpose is a `modelwright.exceptions.MlflowException`, or one of its kinds. A kind is"
    yield "also the built-in exception it resembles, so `except ValueError` works as expected.\n"
    rows = []
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.Error):
            bases = [code(base.__name__) for base in kind.__bases__]
            rows.append((code(name), ", ".join(bases), code(kind.code), kind("").status, _purpose(name)))
    yield from table(("Class", "Is a", "`error_code`", "HTTP status", "Raised when"), rows)


def _purpose(name: str) -> str:
    """What the tree in the module's docstring says of a class."""
    found = re.search(rf"^ *{name} +(.+)$", errors.__doc__ or "", re.MULTILINE)
    return found[1].strip() if found else ""


def cli_page() -> Iterator[str]:
    yield "# Command line\n"
    yield "`modelwright`, `mw` and `python -m modelwright` are the same. An error is one message and exit code 1; a"
    yield "misspelt option is exit code 2. Every command that answers something takes `--json`; its keys"
    yield "do not change.\n"
    yield from _command(cli, "modelwright", None)


def _command(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    name = path.rpartition(" ")[2]
    context = click.Context(command, parent, name, terminal_width=100, **command.context_settings)
    yield f"## `{path}`\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, f"{path} {name}", context)


def flavors_page() -> Iterator[str]:
    yield "# Flavors\n"
    yield "A flavor knows how to save and load the models of one framework. What all share (signature, environment,"
    yield "example, code) works the same for each. For any other model:"
    yield "[a model of your own](../how-to/custom-models.md). An example for each framework:"
    yield "[models of every framework](../how-to/frameworks.md).\n"
    yield from _overview()
    yield "## Not offered\n"
    yield from table(("Flavor of MLflow 2.16", "Why not"), _RETIRED.items())


def flavor_page(name: str) -> Iterator[str]:
    flavor = load.flavor(name)
    public = importlib.import_module(f"modelwright.{name}")
    yield f"# `modelwright.{name}`\n"
    yield f"{_said(type(flavor))}\n"
    yield f"Needs: {', '.join(map(code, flavor.packages))}. Model parameter: `{flavor.model_arg}`.\n"
    for function in ("save_model", "log_model", "load_model", "autolog", *flavor.names):
        if inspect.isfunction(found := getattr(public, function, None)):
            yield from _function(f"{name}.{function}", found)


def _overview() -> Iterator[str]:
    yield "Each form in which a flavor writes its models, the default first. Tested are versions that the tests have"
    yield "passed with; others load with a warning.\n"
    rows = []
    for name in [*dir(modules), "pyfunc"]:
        flavor = load.flavor(name)
        about = [f"[`{name}`](flavors/{name}.md)", "yes", "yes", flavor.scored, "yes" if _recorded(name) else "–"]
        tested = code(flavor.framework.tested) if flavor.framework else "–"
        for form in flavor.forms:
            rows.append((*about, f"{form.name}: {code(form.file)}", form.code, tested))
            about, tested = [""] * len(about), ""
    columns = ("Flavor", "Save, log", "Load", "Pyfunc", "Autolog", "Form", "Loading runs code", "Tested versions")
    yield from table(columns, rows)


def _recorded(name: str) -> bool:
    """Whether training is recorded by itself."""
    return name in INTEGRATIONS or f"py{name}.ml" in INTEGRATIONS


def _said(kind: type) -> str:
    """The first line of a class's own docstring, not of one it inherits."""
    said = vars(kind)["__doc__"]
    if not said:
        raise SystemExit(f"{kind.__module__}.{kind.__qualname__} has no docstring; the reference needs its first line")
    return inspect.cleandoc(said).partition("\n")[0]


def _function(title: str, function: Any) -> Iterator[str]:
    parameters = inspect.signature(function).parameters.values()
    said = functions.descriptions(function)
    yield f"## `{title}`\n"
    yield f"{(inspect.getdoc(function) or '').partition(chr(10))[0]}\n"
    rows = []
    for p in parameters:
        default = "required" if p.default is p.empty else code(repr(p.default))
        rows.append((code(p.name), default, "by name" if p.kind is p.KEYWORD_ONLY else "", said.get(p.name, "")))
    yield from table(("Parameter", "Default", "", "Meaning"), rows)


def compatibility_page() -> Iterator[str]:
    yield "# Compatibility with MLflow\n"
    yield f"The API, the files and the wire format follow MLflow {VERSION}; spellings of 3.x (`name=`, `model_id=`,"
    yield "logged models) are taken beside them. How to move: [from MLflow](../how-to/from-mlflow.md).\n"
    yield "## Answered\n"
    yield "Under `modelwright exec` and after `modelwright.install_as_mlflow()`, these modules are ours:\n"
    rows = [(code(name), code(target)) for name, target in sorted(NAMES.items())]
    rows += [(code(f"mlflow.{name}"), code(f"modelwright.{name}")) for name in dir(modules)]
    yield from table(("Import", "Answered by"), rows)
    yield "## Not answered\n"
    yield "Asking for one of these is an `AttributeError` or `ImportError` that gives the reason.\n"
    grouped: dict[str, list[str]] = {}
    for name, reason in REASONS.items():
        if f"mlflow.{name}" not in NAMES:
            grouped.setdefault(reason, []).append(code(f"mlflow.{name}"))
    yield from table(("Reason", "Names"), [(reason, ", ".join(names)) for reason, names in grouped.items()])


def table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    columns = list(columns)
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(str(value).replace('|', chr(92) + '|') for value in row)} |"
    yield ""


def code(value: object) -> str:
    return f"`{value}`"


if __name__ == "__main__":
    sys.exit(main())
