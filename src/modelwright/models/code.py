"""The code a model carries: `code_paths` packed into its directory, and the namespace it is imported in."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from ..core.errors import InvalidArgument
from . import pickling
from .namespace import Namespace

FOLDER = "code"
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", ".ipynb_checkpoints", "mwruns", "mlruns")


def pack(code_paths: Sequence[str | os.PathLike[str]] | None, root: Path) -> str | None:
    """Copy files and folders into `root/code`; the folder's name, or None without `code_paths`.

    Raises:
        TypeError: `code_paths` is one string instead of a list.
        InvalidArgument: A path does not exist, or two have the same last part, so that one would hide the other.
    """
    if code_paths is None:
        return None
    if isinstance(code_paths, str | os.PathLike):
        raise TypeError(f"code_paths must be a list of paths, got {str(code_paths)!r}; write [{str(code_paths)!r}]")
    taken: dict[str, Path] = {}
    for given in code_paths:
        source = Path(given).expanduser()
        name = source.name if source.name not in ("", "..") else source.resolve().name
        if not source.exists():
            raise InvalidArgument(f"code_paths names '{given}', which does not exist (looked in '{Path.cwd()}')")
        if name in taken:
            raise InvalidArgument(
                f"code_paths names '{taken[name]}' and '{given}', and both would become {FOLDER}/{name}; "
                f"pass the folder that holds them, or rename one"
            )
        taken[name] = source
    (root / FOLDER).mkdir()
    for name, source in taken.items():
        if source.is_dir():
            shutil.copytree(source, root / FOLDER / name, ignore=_ignored(root))
        else:
            shutil.copyfile(source, root / FOLDER / name)
    return FOLDER


def pack_inferred(modules: Iterable[str], root: Path) -> str | None:
    """Copy the modules among `modules` that lie below the working directory, and those that they import in turn."""
    found: dict[Path, None] = {}
    todo, seen = list(modules), set()
    while todo:
        name = todo.pop()
        if name in seen or not all(part.isidentifier() for part in name.split(".")):
            continue
        seen.add(name)
        parents = [Path(*name.split(".")[:n]) for n in range(1, name.count(".") + 1)]
        own = Path(*name.split("."))
        for file in (*(parent / "__init__.py" for parent in parents), own / "__init__.py", own.with_suffix(".py")):
            if file.is_file() and file not in found:
                found[file] = None
                todo += _imports(file, own if file.name == "__init__.py" else own.parent)
    for file in found:
        target = root / FOLDER / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return FOLDER if found else None


def _imports(file: Path, package: Path) -> list[str]:
    """Names of the modules that a file imports, or may."""
    names = []
    for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.parts[: len(package.parts) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def import_root(loader_module: str, root: Path, code: str) -> str:
    """The folder of the model that must be imported from so that `loader_module` is found: "code", or "code/src".

    `code_paths=["src"]` packs the folder src, while the author's program had src itself on its path. Recording the
    folder one level down lets stock MLflow, too, find the module.
    """
    top = loader_module.partition(".")[0]
    if _holds(root / code, top):
        return code
    below = [path for path in (root / code).iterdir() if path.is_dir() and _holds(path, top)]
    return f"{code}/{below[0].name}" if len(below) == 1 else code


def namespace(root: Path, code: str | None, heard: Callable[[str], object] | None = None) -> Namespace:
    """Where the model under `root` imports its own modules, its code being in the folder `code`.

    Only MLmodel's word decides: a folder `code` that it does not name is not imported from.
    """
    roots = []
    if code:
        top = PurePosixPath(code).parts[0]
        roots = [root / code] if code == top else [root / code, root / top]
    return pickling.namespace(*roots, heard=heard)


def _holds(folder: Path, module: str) -> bool:
    return (
        (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file() or (folder / module).is_dir()
    )


def _ignored(root: Path) -> Callable[[str, list[str]], set[str]]:
    """What is not packed: caches, stores of runs, and the model directory when it is written inside the folder."""

    home = root.resolve()

    def left_out(folder: str, names: list[str]) -> set[str]:
        return set(_IGNORED(folder, names)) | {name for name in names if Path(folder, name).resolve() == home}

    return left_out
