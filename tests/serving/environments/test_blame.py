"""Which requirement is named, by what uv said."""

from __future__ import annotations

import pytest

from modelwright.core.errors import Unavailable
from modelwright.serving.environments import blame

LINES = [
    "numpy==2.0",
    "Scikit_Learn==1.5.2",
    "own @ git+https://git.example/own.git@v1",
    "--index-url https://x.example",
]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("Because there is no version of numpy==2.0 and you require numpy==2.0, …", LINES[:1]),
        ("  × No solution found\n  ╰─▶ Because scikit-learn==1.5.2 depends on numpy<2 and you require …", LINES[:2]),
        ("Git operation failed\n  cause: failed to fetch https://git.example/own.git", LINES[2:3]),
        ("Failed to download and build `numpy==2.0`\n [stderr] scikit-learn is here too", LINES[:1]),
        (
            "Failed to build `c==1`\n\nhint: `c` (v1) was included because `scikit-learn` (v1.5.2) depends on `c`",
            LINES[1:2],
        ),
        ("Because numpy-quaternion==1 is not there, …\n\nhint: did you mean numpy?", []),
    ],
)
def test_guilty(said: str, lines: list[str]) -> None:
    assert blame.guilty(said, LINES) == lines


def test_where_none_is_named_each_is_tried_alone() -> None:
    tried: list[str] = []

    def alone(line: str) -> bool:
        tried.append(line)
        return line != LINES[1]

    found = blame.error("Something went wrong", LINES, alone)
    assert "because of its requirement 'Scikit_Learn==1.5.2';" in found.message
    assert tried == LINES
    assert "cannot be built; change" in blame.error("Something went wrong", LINES, lambda line: True).message


def test_both_ends_of_a_long_message_are_kept_and_no_password() -> None:
    said = (
        "Failed to build `numpy==2.0`\n" + "cc -c x.c\n" * 1000 + "fatal error: https://me:secret@x.example: Python.h"
    )
    message = blame.error(said, LINES, lambda line: True).message
    assert len(message) < 2500
    assert "Failed to build `numpy==2.0`" in message
    assert message.endswith("fatal error: https://x.example: Python.h")


def test_the_network() -> None:
    said = "Failed to fetch: `https://me:secret@x.example/simple/numpy/`\n  cause: dns error"
    found = blame.error(said, LINES, lambda line: True)
    assert isinstance(found, Unavailable)
    assert "https://x.example/simple/numpy/ cannot be reached" in found.message
    assert "secret" not in found.message
    line = "own @ https://x.example/own-1.0.tar.gz"
    said = "Failed to fetch: `https://x.example/own-1.0.tar.gz`\n  cause: HTTP status client error (404 Not Found)"
    assert f"because of its requirement '{line}'" in blame.error(said, [*LINES, line], lambda line: True).message
