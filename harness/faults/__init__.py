"""What a fault run breaks, when, and what is to become of the events all the same."""
