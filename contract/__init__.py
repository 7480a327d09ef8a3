"""State once what the app, the streaming job and the harness must agree on.

Nothing of theirs is imported here, and nothing beyond the standard library.
"""
