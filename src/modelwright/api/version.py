"""The version of this package (`modelwright.version.VERSION`)."""

from __future__ import annotations

from .. import __version__ as VERSION  # noqa: N812 - MLflow's spelling

__all__ = ["VERSION"]
