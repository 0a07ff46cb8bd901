"""pip's settings in uv's words."""

from __future__ import annotations

import os
from pathlib import Path

from modelwright.serving.environments.package_index import settings

ALWAYS = {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_variables(tmp_path: Path) -> None:
    nothing = {"PIP_CONFIG_FILE": os.devnull}
    assert settings(nothing) == ALWAYS
    assert settings(
        {
            **nothing,
            "PIP_INDEX_URL": "https://one.example/simple",
            "PIP_EXTRA_INDEX_URL": "https://two.example https://three.example",
            "PIP_FIND_LINKS": "/wheels /more",
            "PIP_TRUSTED_HOST": "one.example",
            "PIP_CERT": "/etc/ca.pem",
            "PIP_NO_INDEX": "1",
        }
    ) == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_INDEX": "https://two.example https://three.example",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "one.example",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "UV_NO_INDEX": "1",
        **ALWAYS,
    }
    assert settings({**nothing, "PIP_NO_INDEX": "false", "UV_INDEX_STRATEGY": "first-index"}) == {}


def test_uvs_own_win() -> None:
    given = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://pip.example",
        "UV_INDEX_URL": "https://uv.example",
        "PIP_FIND_LINKS": "/pip",
        "UV_FIND_LINKS": "/uv",
    }
    assert settings(given) == ALWAYS


def test_files(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://user.example/%2Fsimple\nfind-links =\n    /one\n    /two\n"
        "[install]\nextra-index-url = https://more.example\n"
    )
    given = {"HOME": str(home), "XDG_CONFIG_DIRS": str(tmp_path / "none")}
    found = settings(given)
    assert found["UV_DEFAULT_INDEX"] == "https://user.example/%2Fsimple"
    assert found["UV_FIND_LINKS"] == "/one,/two"
    assert found["UV_INDEX"] == "https://more.example"
    own = tmp_path / "own.conf"
    own.write_text("[global]\nindex-url = https://own.example\n")
    assert settings({**given, "PIP_CONFIG_FILE": str(own)})["UV_DEFAULT_INDEX"] == "https://own.example"
    own.write_text("not a configuration")
    assert settings({**given, "PIP_CONFIG_FILE": str(own)})["UV_FIND_LINKS"] == "/one,/two"
    assert settings({**given, "PIP_CONFIG_FILE": os.devnull}) == ALWAYS
