"""A call: its input, its limits, how it runs and how it fails."""
