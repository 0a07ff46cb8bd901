"""Where the script's facts are other than stock's, and why."""

DIFFERS = {
    "bad mode": "a mode that does not exist is refused; stock makes a callback that fails at each checkpoint",
}
