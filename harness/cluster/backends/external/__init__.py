"""The backend external: the app and the streaming job run here, on engines of others."""
