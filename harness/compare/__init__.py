"""Comparing runs: statistics and verdicts, from records alone."""
