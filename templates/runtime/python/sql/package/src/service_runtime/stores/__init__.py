"""Where services keep what they keep."""
