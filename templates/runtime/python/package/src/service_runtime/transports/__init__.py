"""Ways in beside the HTTP server: the interface, and one folder for each that the system uses."""
