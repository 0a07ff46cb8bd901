DIFFERS = dict.fromkeys(["k: list", "t: list", "h5: list"], "2.16 refuses this; ours takes it")
