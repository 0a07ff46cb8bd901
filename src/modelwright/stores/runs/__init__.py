"""Experiments, runs and logged models, in a store."""
