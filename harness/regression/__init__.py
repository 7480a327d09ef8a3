"""Whether one commit is slower than another: pairs of runs of both."""
