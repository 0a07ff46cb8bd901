"""Where pmdarima models are deliberately other than stock's."""

from __future__ import annotations

DIFFERS = {
    "not fitted": "refused when it is saved; stock saves it, and it fails when it is asked",
    "no model": "what is no forecaster of pmdarima is refused when it is saved; stock pickles anything",
}
