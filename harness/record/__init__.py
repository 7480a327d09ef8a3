"""The run's record: models, store, environment."""
