"""`python -m modelwright.serving NAME=DIRECTORY …`: the server, from model directories alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..core.errors import Error
from ..core.trust import WORD
from . import flags, server
from .options import Source


@click.command(context_settings={"help_option_names": ["--help"], "max_content_width": 100})
@click.argument("models", nargs=-1, required=True, metavar="[NAME=]DIRECTORY...")
@click.option("--store", multiple=True, metavar="NAME", help="A model that lies in the user's own tracking store.")
@click.option("--version-of", multiple=True, metavar="NAME=VERSION", help="The registered version of a model.")
@flags.serving
def main(models: tuple[str, ...], store: tuple[str, ...], version_of: tuple[str, ...], **given: Any) -> None:
    """Serve the models in these directories."""
    versions = dict(text.rpartition("=")[::2] for text in version_of)
    sources = []
    for text in models:
        name, _, path = text.partition("=") if "=" in text else (Path(text).resolve().name, "", text)
        sources.append(Source(name, Path(path), "store" if name in store else "stranger", versions.get(name)))
    try:
        server.run(flags.options(tuple(sources), given))
    except Error as error:
        raise click.ClickException(error.message.replace(WORD, "give --trust")) from error


if __name__ == "__main__":
    main(prog_name="python -m modelwright.serving")
