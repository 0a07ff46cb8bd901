_TAGGED = "a run that was open already is marked as autologged too, and gets the extra tags"
_EARLY = "a mistake that 2.16 only prints, and goes on without recording anything, is refused at once"

DIFFERS = {
    **dict.fromkeys(["by position: tags", "stream: tags", "tensors: tags", "steps: tags"], _TAGGED),
    **dict.fromkeys(["callback twice", "callback never", "checkpoints by what"], _EARLY),
}
