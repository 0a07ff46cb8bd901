"""Bodies that are tables already: Arrow streams and Parquet files as frames, within the limits of a request."""

from __future__ import annotations

from typing import Any

from ..core.extras import need
from .bodies import ARROW, Refused


def read(body: bytes, kind: str, limit: int) -> Any:
    """The frame in a body.

    Args:
        body: An Arrow IPC stream or file, or a Parquet file.
        kind: Which, as a media type.
        limit: Bytes that it may have in memory.

    Raises Refused (400) for bytes that are neither, and (413) for a table that unpacks to more than the limit.
    """
    arrow = need("pyarrow", "batch", "read Arrow and Parquet")
    name = "Arrow" if kind == ARROW else "Parquet"
    try:
        return (_arrow(body, limit) if kind == ARROW else _parquet(body, limit)).to_pandas()
    except (arrow.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused(400, "BAD_REQUEST", f"The request's body is not {name}: {error}") from error


def _arrow(body: bytes, limit: int) -> Any:
    ipc = need("pyarrow.ipc", "batch", "read Arrow")
    arrow = need("pyarrow", "batch", "read Arrow")
    reader = ipc.open_file(body) if body[:6] == b"ARROW1" else ipc.open_stream(body)
    count = reader.num_record_batches if hasattr(reader, "num_record_batches") else None
    batches, size = [], 0
    for batch in reader if count is None else map(reader.get_batch, range(count)):
        batch.validate(full=True)  # Arrow believes the lengths and offsets that it is sent
        size += batch.nbytes
        _within(size, limit)
        batches.append(batch)
    return arrow.Table.from_batches(batches, reader.schema)


def _parquet(body: bytes, limit: int) -> Any:
    arrow = need("pyarrow", "batch", "read Parquet")
    file = need("pyarrow.parquet", "batch", "read Parquet").ParquetFile(arrow.BufferReader(body))
    meta = file.metadata
    _within(sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)), limit)
    batches, size = [], 0
    for batch in file.iter_batches():  # a small file can unpack to more than it says
        size += batch.nbytes
        _within(size, limit)
        batches.append(batch)
    return arrow.Table.from_batches(batches, file.schema_arrow)


def _within(size: int, limit: int) -> None:
    if size > limit:
        raise Refused(
            413, "REQUEST_TOO_LARGE", f"The request's table has more than the {limit} bytes that are accepted"
        )
