"""What ours records deliberately otherwise of pyspark.ml."""

_TAGGED = "every run that autolog wrote to says so in the tag, not only those that it began"

DIFFERS = {
    **{f"{label}: tags": _TAGGED for label in ("single", "search", "little")},
    "a featurizer": "a fit that is not recorded leaves no empty run",
    "off": "mlflow.autolog(disable=True) turns off everything, also what a framework's own function turned on",
}
