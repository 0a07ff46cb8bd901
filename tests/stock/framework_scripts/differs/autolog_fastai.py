_TAGGED = "a run that was open already is marked as autologged too, and gets the extra tags"
_ONE = "a fine tuning is one recording of two parts; MLflow records each of fastai's inner calls once more on top"

DIFFERS = {
    **dict.fromkeys(
        [
            "one cycle: tags", "flat cos: tags", "fine tune: tags", "no learning: tags", "early stopping: tags",
            "best model: tags", "registered: tags", "manual: tags", "failed: tags",
        ],
        _TAGGED,
    ),
    "fine tune: params": "the frozen part's schedules are its own, freeze_lr_max and so on; " + _ONE,
    "fine tune: epochs": "epochs of the second part follow those of the first; " + _ONE,
    "fine tune: losses": _ONE,
    "fine tune: files": "both parts have charts of their schedules",
}  # fmt: skip
