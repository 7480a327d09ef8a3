"""The count ladder: every accepted event accounted for."""
