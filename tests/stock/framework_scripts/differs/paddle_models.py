_KIND = "an InvalidArgument, as for everything else that is given wrongly"
_SCORED = "a model saved for training can be scored too: its program lies beside the weights"

DIFFERS = {
    "one row": "one row of a table stays one row; MLflow makes a vector of it, and rows of its predictions",
    **dict.fromkeys(["lists", "dicts", "weights of none", "into a layer", "inputs unknown", "not a model"], _KIND),
    **dict.fromkeys(["for training, as it is", "for training, scored"], _SCORED),
}
