"""What every layer stands on: errors, settings, URIs, safe paths, trust, lazy names."""

from __future__ import annotations

VERSION = "0.1.0"  # of this package
