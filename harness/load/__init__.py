"""The load of a run, and the tools that send it."""
