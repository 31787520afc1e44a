"""Trains the model that the service serves. Not part of the service: needs the group `train`."""
