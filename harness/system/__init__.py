"""Processes, programs, signals, locks and progress."""
