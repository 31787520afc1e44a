"""What prices are made of."""
