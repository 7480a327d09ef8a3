"""The backend compose: each service in a container, made from what the native ones are."""
