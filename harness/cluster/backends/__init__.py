"""Who runs the services of a cluster."""
