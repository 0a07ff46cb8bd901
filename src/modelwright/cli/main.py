"""Where the command line begins: `modelwright`, `mw`, `python -m modelwright`."""

from __future__ import annotations

import sys

from ..core import lazy


def main() -> None:
    """Run the command that was typed. `exec` with nothing to parse starts the script at once."""
    given = sys.argv[1:]
    if given[:1] == ["exec"] and len(given) > 1:
        as_module = given[1] == "-m" and len(given) > 2
        if as_module or not given[1].startswith("-"):
            script, *arguments = given[2:] if as_module else given[1:]
            lazy.resolve("modelwright.cli.script:run")(script, arguments, as_module=as_module)
            return
    lazy.resolve("modelwright.cli.commands:cli")(prog_name="modelwright")
