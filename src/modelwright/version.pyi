"""The version of this package (`modelwright.version.VERSION`)."""
# Made by tools/stubs.py.

from modelwright.api.version import VERSION as VERSION
