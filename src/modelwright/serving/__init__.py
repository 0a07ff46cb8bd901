"""Models behind HTTP: one directory or several, answered from the directory alone."""
