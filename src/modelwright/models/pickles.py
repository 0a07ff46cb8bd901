"""The names a pickle imports, found without unpickling it.

A pickle is a program for a stack machine. Two instructions import: GLOBAL (the names follow as text) and STACK_GLOBAL
(the names are the two strings pushed last, or fetched from the memo). So a scan follows the instructions one by one,
steps over their data without decoding it, and keeps in mind only where strings lie. cloudpickle imports modules in a
third way: it calls its function `subimport` with the module's name.
"""

from __future__ import annotations

import mmap
import os
import re
from array import array
from pathlib import Path
from typing import NamedTuple

from ..core.errors import CorruptModel

_SUBIMPORT = ("cloudpickle.cloudpickle", "subimport")
# What an instruction is followed by: a number of bytes, a length of 1, 4 or 8 bytes and then so much data, or lines.
_FIXED = {
    **dict.fromkeys(b"(.012NQR]abde)ltsu}o\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98", 0),
    **dict.fromkeys(b"Khq\x80\x82", 1),
    **dict.fromkeys(b"M\x83", 2),
    **dict.fromkeys(b"Jjr\x84", 4),
    **dict.fromkeys(b"G\x95", 8),
}
_COUNTED = {**dict.fromkeys(b"UC\x8a\x8c", 1), **dict.fromkeys(b"TXB\x8b", 4), **dict.fromkeys(b"\x8d\x8e\x96", 8)}
_LINES = {**dict.fromkeys(b"IFLSVPgp", 1), **dict.fromkeys(b"ci", 2)}
_STRINGS = frozenset(b"\x8cX\x8d")  # SHORT_BINUNICODE BINUNICODE BINUNICODE8
_GETS = frozenset(b"hjg")
_PUTS = frozenset(b"qrp")
_IMPORTS = frozenset(b"ci\x93")  # GLOBAL INST STACK_GLOBAL
# The regular expression steps over rows of instructions that cannot matter: all of fixed length but those that import,
# and fetches from the memo that no import follows. What is left for the loop is a tenth of a model's instructions.
_QUIET = (
    rb"[(012NQR\]abde)ltsu}o\x81\x86\x87\x88\x89\x8f\x90\x91\x92\x97\x98]|K.|M..|[J\x84]....|[G\x95].{8}|\x80.|\x83..|\x82."
    rb"|(?:h.|j....)(?![\x93\x85\x8cX\x8d]|h.[\x93\x85]|j....[\x93\x85])"
)
_ROW = re.compile(rb"(?:" + _QUIET + rb"|\x94)++", re.DOTALL)
_MEMOIZED = re.compile(rb"(?:" + _QUIET + rb")*+(\x94?)", re.DOTALL)


class Imports(NamedTuple):
    """What a pickle imports when it is loaded."""

    names: frozenset[tuple[str, str]]  # (module, attribute), attribute "" for a whole module
    hidden: int  # imports whose name the program computes; none in what pickle and cloudpickle write

    @property
    def modules(self) -> set[str]:
        return {module for module, _ in self.names}


def imports(path: str | Path) -> Imports:
    """Every name that unpickling the file at `path` would import.

    Raises CorruptModel when it is not a pickle or ends too early.
    """
    if not os.path.getsize(path):
        raise CorruptModel(f"{str(path)!r} is empty; expected a pickle")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return scan(data, str(path))


def begun(path: str | Path) -> Imports:
    """The same for a file that may be something else, or a pickle with foreign bytes in it (joblib puts arrays there).

    What was found up to where it stops being a pickle.
    """
    if not os.path.getsize(path):
        return Imports(frozenset(), 0)
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        one = _Scan(data)
        try:
            return one.run()
        except (IndexError, ValueError):
            return Imports(frozenset(one.names), one.hidden)


def scan(data: bytes | mmap.mmap, name: str = "data") -> Imports:
    """The names of `imports`, of bytes in memory.

    >>> import pickle, collections
    >>> sorted(scan(pickle.dumps([collections.OrderedDict, len])).names)
    [('builtins', 'len'), ('collections', 'OrderedDict')]
    """
    try:
        return _Scan(data).run()
    except (IndexError, ValueError) as error:
        raise CorruptModel(f"{name!r} is not a complete pickle: {error}") from error


class _Scan:
    """One pass over one pickle. An object on the stack is known by the offset of the instruction that pushed it."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self.memo = array("Q")  # of each memoised object, that offset (0 where it cannot be a name)
        self.later = array("q")  # what is still to be added to it, in pairs: an offset and -1, or a row's start and end
        self.numbered: dict[int, int] = {}  # the same for memos with numbers of their own (protocols below 4)
        self.imported: dict[int, tuple[str, str]] = {}  # offset of an import → what it imports
        self.names: set[tuple[str, str]] = set()
        self.hidden = 0

    def run(self) -> Imports:
        data, row = self.data, _ROW.match
        at, before, top = 0, -1, -1  # the instruction, and what pushed the two objects on top of the stack
        while True:
            code = data[at]
            if code in _STRINGS:
                before, top = top, at
                at = self._memoize(self._next(at, code), top)
            elif code in _GETS:
                before, top = top, self._get(at, code)
                at = self._next(at, code)
                if (quiet := row(data, at)) and data[at] != 0x94:
                    at, before, top = self._skip(quiet), -1, -1
            elif code in _IMPORTS:
                self._import(at, code, before, top)
                before, top = -1, at
                at = self._memoize(self._next(at, code), top)
            elif code in _PUTS:
                self.numbered[self._number(at, code)] = top
                at = self._next(at, code)
            elif code == 0x85:  # TUPLE1: the arguments of a call, as in subimport("numpy")
                if self.imported.get(before) == _SUBIMPORT:
                    self._found(at, self._text(top), "")
                at, before, top = at + 1, -1, -1
            elif code == 0x2E:  # STOP
                return Imports(frozenset(self.names), self.hidden)
            elif quiet := row(data, at):
                at, before, top = self._skip(quiet), -1, -1
            else:
                at, before, top = self._next(at, code), -1, -1

    def _skip(self, quiet: re.Match[bytes]) -> int:
        self.later.extend(quiet.span())
        return quiet.end()

    def _memoize(self, at: int, top: int) -> int:
        if self.data[at] != 0x94:
            return at
        self.later.extend((top, -1))
        return at + 1

    def _catch_up(self) -> None:
        """Number what was memoised. Few fetches matter, most of them early, so most rows are never counted."""
        pairs, data, zero = iter(self.later), self.data, bytes(8)
        for start, end in zip(pairs, pairs, strict=True):
            if end < 0:
                self.memo.append(start)
            elif data.find(b"\x94", start, end) >= 0:
                self.memo.frombytes(zero * _MEMOIZED.findall(data, start, end).count(b"\x94"))
        del self.later[:]

    def _next(self, at: int, code: int) -> int:
        """Where the instruction after the one at `at` begins."""
        if width := _COUNTED.get(code):
            end = at + 1 + width + self._length(at, width)
            if end > len(self.data):
                raise ValueError(f"the instruction at byte {at} promises more bytes than there are")
            return end
        if (fixed := _FIXED.get(code)) is not None:
            return at + 1 + fixed
        if lines := _LINES.get(code):
            for _ in range(lines):
                at = self.data.find(b"\n", at + 1)
                if at < 0:
                    raise ValueError("a line has no end")
            return at + 1
        raise ValueError(f"byte {at} holds no pickle instruction ({code:#04x})")

    def _length(self, at: int, width: int) -> int:
        return int.from_bytes(self.data[at + 1 : at + 1 + width], "little")

    def _number(self, at: int, code: int) -> int:
        if code in b"gp":
            return int(self._lines(at, code)[0])
        return self._length(at, 1 if code in b"hq" else 4)

    def _get(self, at: int, code: int) -> int:
        number = self._number(at, code)
        if number in self.numbered:
            return self.numbered[number]
        self._catch_up()
        return self.memo[number] if number < len(self.memo) else -1

    def _text(self, at: int) -> str | None:
        """The string that the instruction at `at` pushes, if it pushes one."""
        code = self.data[at] if at >= 0 else 0
        if code not in _STRINGS:
            return None
        start = at + 1 + _COUNTED[code]
        return bytes(self.data[start : start + self._length(at, _COUNTED[code])]).decode("utf-8", "surrogatepass")

    def _lines(self, at: int, code: int) -> list[str]:
        return bytes(self.data[at + 1 : self._next(at, code) - 1]).decode().split("\n")

    def _import(self, at: int, code: int, before: int, top: int) -> None:
        if code == 0x93:
            module, attribute = self._text(before), self._text(top)
        else:
            module, attribute = self._lines(at, code)
        self._found(at, module, attribute)

    def _found(self, at: int, module: str | None, attribute: str | None) -> None:
        if module is None or attribute is None:
            self.hidden += 1
            return
        self.imported[at] = (module, attribute)
        self.names.add((module, attribute))
