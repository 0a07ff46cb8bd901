"""Where autologging of statsmodels is deliberately other than stock's."""

from __future__ import annotations

_FITS = (
    "ols", "qr", "formula", "glm", "logit", "robust", "arima", "autoregression", "smoothing", "vector", "hazard",
)  # fmt: skip
_OWN = ("implicit", "registered")  # runs that the fit began itself
_TAGS = "a run of the user's own tells, too, that something was recorded on it"
_INPUTS = "the training data is recorded, as log_datasets says; stock has that option and records none"

DIFFERS = {
    **{f"{fit}: tags": _TAGS for fit in (*_FITS, "failed")},
    **{f"{fit}: inputs": _INPUTS for fit in (*_FITS, *_OWN, "failed")},
    "arima: metrics": "infinity stays infinity; stock's store makes it the largest number there is",
    "hazard: metrics": "results without a wrapper have measures too",
    "hazard: files": "and a summary",
    "vector: files": "its summary has no as_text, which stock stumbles over",
}
