"""The steps to the schema of the store: `versions/` holds one file each."""
