"""What the data is stored in."""
