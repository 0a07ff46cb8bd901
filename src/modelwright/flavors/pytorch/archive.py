"""What an archive of torch.export holds that could run code when it is read.

Reading one is more than reading numbers: PyTorch unpickles sample inputs and some weights, loads compiled libraries,
evaluates the texts of symbolic sizes, turns guards and the names of inputs into Python source, and looks operators up
by their names. So the archive passes only if every file in it is of a known kind and every text in its graph is of a
form that cannot be more than what it stands for.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ...core.errors import CorruptModel
from ...models import pickles

_FILES = re.compile(
    r"models/model\.json|archive_format|archive_version|byteorder|\.data/(?:version|serialization_id)|extra/[\w.-]+"
    r"|data/weights/(?:model_weights_config\.json|weight_\d+)"
    r"|data/constants/(?:model_constants_config\.json|tensor_\d+)|data/sample_inputs/model\.pt"
)
_SAMPLE_FILES = re.compile(r"data\.pkl|byteorder|version|\.format_version|\.storage_alignment|\.data/\w+|data/\d+")
_PAYLOAD = re.compile(r"(?:weight|tensor)_\d+")
_HARMLESS = re.compile(r"torch\._utils _rebuild_(?:tensor_v2|parameter)|torch \w+Storage|collections OrderedDict")

_NAME = re.compile(r"[\w.+-]*")
_OPERATOR = re.compile(
    r"torch\.ops\.(?:aten|prims)\.(?!from_file\b)\w+\.\w+|_operator\.\w+|math\.\w+|torch\._?sym_\w+"
    r"|torch\.ops\.higher_order\.(?:cond|while_loop|wrap_with_set_grad_enabled|wrap_with_autocast)"
)
_NUMBER = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?"
_ALGEBRA = rf"{_NUMBER}|[-+*/%()<>=!&|~, ]"
_FUNCTIONS = (
    "Add Mul Pow Max Min Mod Integer Rational floor ceiling Eq Ne Lt Le Gt Ge And Or Not Equality Unequality "
    "LessThan StrictLessThan GreaterThan StrictGreaterThan Piecewise ExprCondPair Tuple FloorDiv ModularIndexing Where "
    "PythonMod CleanDiv CeilToInt FloorToInt CeilDiv LShift RShift PowByNatural FloatPow FloatTrueDiv IntTrueDiv "
    "TruncToFloat TruncToInt RoundToInt RoundDecimal ToFloat Identity IsNonOverlappingAndDenseIndicator"
)
_WORDS = rf"\b(?:{'|'.join(_FUNCTIONS.split())}|true|false|True|False|oo|int_oo|inf|[a-z]+\d+)\b"
_EXPRESSION = re.compile(
    rf"(?:Symbol\('\w+'(?:, \w+=(?:True|False))*\)|Float\('-?{_NUMBER}', precision=\d+\)|{_WORDS}|{_ALGEBRA})*"
)
_GUARD = re.compile(rf"(?:\bL\b|\['\w+'\]|\[\d+\]|\.(?:size|stride)\(\)|\b(?:and|or|not|None)\b|{_WORDS}|{_ALGEBRA})*")
_TREES = (None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict")
_FREE = ("stack_trace", "nn_module_stack", "torch_fn", "as_string", "as_strings")  # texts that are only ever texts


def suspicious(path: Path) -> str | None:
    """What in the archive at `path` may run code when it is read, as a predicate; None if nothing."""
    try:
        with ZipFile(path) as archive:
            return next(_findings(archive), None)
    except (BadZipFile, ValueError, KeyError, TypeError, CorruptModel, RecursionError) as error:
        return f"is no archive of torch.export: {type(error).__name__}: {error}"


def _findings(archive: ZipFile) -> Iterator[str]:
    names = _names(archive)
    for name in names:
        if not _FILES.fullmatch(name):
            yield f"holds {name!r}, which may be a pickle or a program"
    for config in ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json"):
        for name, payload in json.loads(archive.read(names[config]))["config"].items():
            if payload.get("use_pickle") or not _PAYLOAD.fullmatch(payload["path_name"]) or not _NAME.fullmatch(name):
                yield f"holds {name!r} as a pickle"
    sample = archive.read(names["data/sample_inputs/model.pt"])
    if sample:
        yield from _pickled(sample)
    yield from _texts("", json.loads(archive.read(names["models/model.json"])))


def _names(archive: ZipFile) -> dict[str, str]:
    """The files by their names below the archive's one folder.

    PyTorch looks them up without regard to case, and takes the first: so no two may be alike.
    """
    full = archive.namelist()
    root = full[0].partition("/")[0] + "/" if full else ""
    if archive.comment or len({name.lower() for name in full}) != len(full):
        raise ValueError("its table of contents can be read in two ways")
    if not all(name.startswith(root) for name in full):
        raise ValueError("it has several folders")
    return {name.removeprefix(root): name for name in full}


def _pickled(sample: bytes) -> Iterator[str]:
    """What is wrong with sample inputs, which are a file of torch.save."""
    with ZipFile(io.BytesIO(sample)) as inner:
        names = _names(inner)
        found = pickles.scan(inner.read(names["data.pkl"]), "sample_inputs")
    strange = sorted(f"{module}.{name}" for module, name in found.names if not _HARMLESS.fullmatch(f"{module} {name}"))
    if strange or found.hidden or not all(map(_SAMPLE_FILES.fullmatch, names)):
        yield f"holds sample inputs as a pickle that names {', '.join(strange) or 'what cannot be told'}"


def _texts(key: str, value: Any) -> Iterator[str]:
    """What is wrong with the texts of the graph."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not _NAME.fullmatch(name):
                yield f"has a graph with the name {name!r}"
            yield from _texts(name, item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(key, item)
    elif isinstance(value, str) and key not in _FREE and not _fits(key, value):
        yield f"has a graph with {value[:80]!r} as {key}"


def _fits(key: str, text: str) -> bool:
    if key == "expr_str":
        return bool(_EXPRESSION.fullmatch(text))
    if key == "guards_code":
        return bool(_GUARD.fullmatch(text))
    if key in ("target", "as_operator"):
        return bool(_OPERATOR.fullmatch(text))
    if key in ("in_spec", "out_spec"):
        return not text or _is_plain_tree(json.loads(text)[1])
    return bool(_NAME.fullmatch(text))


def _is_plain_tree(spec: Any) -> bool:
    """Whether inputs or outputs are nested in nothing but tuples, lists and dictionaries."""
    context = json.loads(spec["context"]) if spec["context"] else None
    keys = context if isinstance(context, list) else [] if context is None else [None]
    plain = spec["type"] in _TREES and all(isinstance(key, int) or _NAME.fullmatch(key or "\0") for key in keys)
    return plain and all(map(_is_plain_tree, spec["children_spec"]))
