"""Container contexts: a model, its environment and its server as files that any builder takes."""
