"""Where the script's facts are other than stock's, and why."""

_KIND = "a wrong argument is InvalidArgument, a ValueError, wherever it is found; stock raises TypeError"

DIFFERS = {
    "doubles": "an array of float64 goes to the precision of the module; stock lets torch fail",
    **dict.fromkeys(["list", "dict", "text", "pair", "not a module", "no module either", "no state"], _KIND),
}
