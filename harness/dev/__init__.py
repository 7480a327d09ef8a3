"""What only those who work on this project type."""
