"""What ours records deliberately otherwise of LightGBM."""

_FITS = ("classifier", "regressor", "classes", "ranker", "registered", "manual")
_TAGGED = "every run that autolog wrote to says so in the tag, not only those that it began"

DIFFERS = {
    **{f"{label}: params": "parameters left at None are not logged, and n_estimators is" for label in _FITS},
    **{f"{label}: tags": _TAGGED for label in ("train", "stopped", *_FITS)},
    "classifier: metrics": "metric functions imported before autolog() are recorded too",
    "classifier: inputs": "the same data under two names, one of fit and one of the score, is two inputs",
    "cross_val_score": "the fits inside a cross-validation are not the user's fit, whenever it was imported",
}
