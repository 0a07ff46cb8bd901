"""Files of runs and models, in a store."""
