"""The pipeline benchmark: provisions a real cluster, loads it, accounts for every event."""
