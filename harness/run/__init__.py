"""One run: its phases, its observers, and the record of its measurements."""
