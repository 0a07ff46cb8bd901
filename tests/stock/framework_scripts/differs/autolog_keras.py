_TAGGED = "a run that was open already is marked as autologged too, and gets the extra tags"
_EARLY = "a mistake that 2.16 only prints, and goes on without recording anything, is refused at once"
_STOPPING = "early stopping is recorded for Keras as it is for TensorFlow"

DIFFERS = {
    "flavor": "a Keras model can bring modules of its own, as every other model: `code` says where",
    "by position: params": "arguments given by position count; stock writes down the defaults instead",
    **dict.fromkeys(["by position: tags", "early stopping: tags", "steps: tags"], _TAGGED),
    **dict.fromkeys(["early stopping: params", "early stopping: metrics"], _STOPPING),
    "own callbacks": "the user's list of callbacks stays as it is; stock leaves its own in it",
    **dict.fromkeys(["callback twice", "callback never"], _EARLY),
}
