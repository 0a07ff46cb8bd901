"""The plan that brings data to a signature's columns: worked out once for each layout of frame, then looked up."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Literal

from ..core.errors import SchemaMismatch
from .casts import Unfit, cast
from .containers import container
from .datatypes import DataType
from .enforce_columns import fit, settled
from .frame_from import Misshapen, to_frame
from .schema import ColSpec, Schema

Extra = Literal["ignore", "error", "pass"]


class Layout:
    """What has to be done with frames of one set of columns and dtypes."""

    __slots__ = ("blocks", "columns", "looks", "places", "take")

    def __init__(self, columns: Any, blocks: list[Any], places: bytes) -> None:
        self.columns, self.blocks, self.places = columns, blocks, places
        self.take: list[int] | None = None  # positions to keep, in order; None keeps the frame
        self.looks: list[tuple[int, ColSpec]] = []  # columns (after `take`) whose values must be looked at


class FramePlan:
    """Brings frames, and whatever can be read as one, to the columns of a schema.

    Args:
        schema: Columns, named or not.
        extra: What to do with columns that the schema does not name: drop them, refuse them, or keep them at the end.
        redact: Leave values out of error messages.
    """

    def __init__(self, schema: Schema, extra: Extra = "ignore", redact: bool = False) -> None:
        self.schema, self.extra, self.redact = schema, extra, redact
        self.named = schema.has_input_names()
        self._layouts: list[Layout] = []

    def __call__(self, data: Any) -> Any:
        try:
            manager = data._mgr
            blocks, columns = manager.blocks, data.columns
            for layout in self._layouts:
                if (layout.columns is columns or layout.columns.is_(columns)) and _same(layout, manager, blocks):
                    if layout.take is None and not layout.looks:
                        return data
                    return self._apply(data, layout)
        except AttributeError:  # not a frame, or a pandas that keeps its blocks elsewhere
            pass
        return self._slow(data)

    def _slow(self, data: Any) -> Any:
        what = container(data)
        if what == "spark":
            return self._spark(data)
        keep = what in ("frame", "series", "polars", "polars series")
        if what != "frame":
            try:
                data = to_frame(data, self.schema)
            except Misshapen as error:
                raise mismatch([str(error)]) from error
        return self._apply(data, self._layout(data), keep)

    def _layout(self, frame: Any) -> Layout:
        columns = frame.columns
        blocks, places = _blocks(frame)
        for layout in self._layouts:
            if layout.blocks == blocks and layout.places == places and layout.columns.equals(columns):
                layout.columns = columns
                return layout
        layout = Layout(columns, blocks, places)
        positions, problems, extras = self._positions(frame)
        if problems:
            there = [(positions[spec.name], spec) for spec in self.schema if spec.name in positions]
            raise mismatch([*problems, *self._fitted(frame, there)[1]], extras)
        specs = list(self.schema)
        if self.named:
            specs = [spec for spec in specs if spec.name in positions]
            order = [positions[spec.name] for spec in specs]
        else:
            order = list(range(len(specs)))
        if self.extra == "pass":
            order += [i for i in range(len(columns)) if i not in set(order)]
        layout.take = None if order == list(range(len(columns))) else order
        dtypes = list(frame.dtypes)
        for place, spec in enumerate(specs):
            if not settled(dtypes[order[place]], spec.type, nullable(spec)):
                layout.looks.append((place, spec))
        self._layouts = [layout, *self._layouts[:3]]
        return layout

    def _positions(self, frame: Any) -> tuple[dict[Any, int], list[str], list[Any]]:
        """Label → position; what is wrong with the labels; labels that the schema does not name."""
        columns = frame.columns
        if not self.named:
            short = len(columns) < len(self.schema)
            if short or (self.extra == "error" and len(columns) > len(self.schema)):
                wanted = "needed" if short else "expected"
                return {}, [f"{len(self.schema)} columns are {wanted}, the data has {len(columns)}"], []
            return {}, [], []
        positions: dict[Any, int] = {}
        twice = []
        for position, label in enumerate(columns):
            if label in positions:
                twice.append(label)
            positions.setdefault(label, position)
        known = self.schema.input_dict()
        extras = [label for label in positions if label not in known]
        problems = [missing(name, extras) for name in self.schema.required_input_names() if name not in positions]
        problems += [f"column {label!r} is in the data twice" for label in dict.fromkeys(twice) if label in known]
        if self.extra == "error":
            problems += [f"column {label!r} is not in the signature" for label in extras]
        return positions, problems, extras if self.extra != "error" else []

    def _apply(self, frame: Any, layout: Layout, keep: bool = True) -> Any:
        if layout.take is not None:
            frame = frame.iloc[:, layout.take]
        if not layout.looks:
            return frame
        if (whole := _whole(frame, layout.looks)) is not None:
            return whole
        changed, problems = self._fitted(frame, layout.looks, keep)
        if problems:
            raise mismatch(problems)
        return _replaced(frame, changed) if changed else frame

    def _fitted(
        self, frame: Any, looks: list[tuple[int, ColSpec]], keep: bool = True
    ) -> tuple[dict[int, Any], list[str]]:
        """The columns that have to change, by position, and what is wrong with those that cannot."""
        problems: list[str] = []
        changed: dict[int, Any] = {}
        for place, spec in looks:
            column = frame.iloc[:, place]
            try:
                found = fit(column, spec.type, nullable(spec), keep)
            except Unfit as unfit:
                label = column.name if self.named else place
                problems.append(f"column {label!r} must be {spec.type!r}: it {unfit.text(self.redact)}")
                continue
            if found is not column:
                changed[place] = found
        return changed, problems

    def _spark(self, frame: Any) -> Any:
        """Checks ten rows of a Spark frame, as reading all would be a job, and selects the columns."""
        self(frame.limit(10).toPandas())
        names = self.schema.input_names() if self.named else frame.columns[: len(self.schema)]
        have = [name for name in names if name in frame.columns]
        if self.extra == "pass":
            have += [name for name in frame.columns if name not in names]
        return frame if have == list(frame.columns) else frame.select(*have)


def nullable(spec: ColSpec) -> bool:
    """Whether integers and booleans of a column may be missing; an unnamed column cannot be declared optional."""
    return not spec.required or spec.name is None


def mismatch(problems: Sequence[str], extras: Sequence[Any] = ()) -> SchemaMismatch:
    """One error that lists every problem."""
    listed = "".join(f"\n- {problem}" for problem in problems)
    also = f"\nThe data has further columns: {list(extras)[:20]}" if extras else ""
    return SchemaMismatch(f"The data does not fit the model's signature:{listed}{also}", tuple(problems))


def missing(name: Any, extras: Sequence[Any]) -> str:
    near = difflib.get_close_matches(str(name), [str(label) for label in extras], 1)
    return f"column {name!r} is missing" + (f"; did you misspell it as {near[0]!r}?" if near else "")


def _blocks(frame: Any) -> tuple[list[Any], bytes]:
    """The dtypes of a frame's blocks and the columns each holds; its dtypes, where pandas keeps no such blocks."""
    try:
        manager = frame._mgr
        blocks = manager.blocks
        return [block.dtype for block in blocks], b"" if len(blocks) == 1 else manager.blknos.tobytes()
    except AttributeError:
        return list(frame.dtypes), b""


def _same(layout: Layout, manager: Any, blocks: Any) -> bool:
    known = layout.blocks
    if len(blocks) != len(known):
        return False
    if len(blocks) == 1:
        return bool(blocks[0].dtype == known[0])
    return [block.dtype for block in blocks] == known and manager.blknos.tobytes() == layout.places


def _whole(frame: Any, looks: list[tuple[int, ColSpec]]) -> Any:
    """The frame converted in one piece, when all its columns are one numpy dtype and become one; None otherwise."""
    kind = looks[0][1].type
    if len(looks) < max(2, len(frame.columns)) or any(spec.type != kind for _, spec in looks):
        return None
    blocks, _ = _blocks(frame)
    if len(blocks) != 1 or getattr(blocks[0], "kind", "") not in "biuf" or not hasattr(blocks[0], "char"):
        return None
    if not isinstance(kind, DataType) or kind.to_numpy().kind not in "biuf":
        return None
    import pandas as pd

    out, bad = cast(frame.to_numpy(), kind.to_numpy())
    return None if bad is not None else pd.DataFrame(out, index=frame.index, columns=frame.columns, copy=False)


def _replaced(frame: Any, changed: dict[int, Any]) -> Any:
    import pandas as pd

    if len(changed) * 4 < len(frame.columns) and frame.columns.is_unique:
        frame = frame.copy(deep=False)
        for place, column in changed.items():
            frame.isetitem(place, column)
        return frame
    columns = {place: changed[place] if place in changed else frame.iloc[:, place] for place in range(frame.shape[1])}
    out = pd.DataFrame(columns, index=frame.index, copy=False)
    out.columns = frame.columns
    return out
