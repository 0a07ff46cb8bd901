_TAGGED = "a run that was open already is marked as autologged too, and gets the extra tags"
_ITS_OWN = "scores of an evaluation belong to the epoch they were computed after, and to none that is left out"

DIFFERS = {
    **dict.fromkeys(
        [
            "regression: tags", "classes: tags", "early stopping: tags", "scheduled: tags", "every second: tags",
            "registered: tags", "manual: tags", "failed: tags",
        ],
        _TAGGED,
    ),
    "summary": "counts are written as numbers, not as NumPy's types",
    "my callbacks": "the caller's list stays as it is",
    "scheduled: params": "the rate that the training begins with, not the scheduler's address",
    "every second: metrics": _ITS_OWN,
    "every second: evaluated": _ITS_OWN,
    "my model": "a model saved for training can be scored too: its program lies beside the weights",
}  # fmt: skip
