"""Files bigger than memory, scored in pieces that survive a kill."""
