"""One run: its phases, and what is made of them."""
