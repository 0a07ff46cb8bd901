"""The environment that a model records, built elsewhere than here, and kept."""
