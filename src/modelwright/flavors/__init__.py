"""One file per framework: how its models are written, read and called."""
