"""The services of a run, and who starts, watches and stops them."""
