"""Where ONNX models are deliberately other than stock's."""

from __future__ import annotations

_CLEAR = "our error says what was given and expected; stock lets Python's own out"
_READ = "our error names the file and both versions; stock lets the library's own out"

DIFFERS = {
    "doubles": "doubles that floats can hold are taken; stock wants the very dtype of the signature",
    "list": _CLEAR,
    "two lacking one": _CLEAR,
    "option: not a dict": _CLEAR,
    "option: extra": _CLEAR,
    "option: inter threads": "a negative number of threads is refused for both; stock checks one of the two",
    "no model": _CLEAR,
    "load broken": _READ,
    "score broken": _READ,
    "the model after saving": "the user's model keeps its weights; stock takes them out of it",
}
