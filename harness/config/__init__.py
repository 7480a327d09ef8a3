"""The configuration of a run: its model, and the layers that it is read from."""
