"""Registered models and their versions, in a store."""
