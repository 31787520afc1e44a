"""A store in a PostgreSQL database, which replicas of a service share."""

from .settings import StoreSettings
from .store import Store, connect

__all__ = ["Store", "StoreSettings", "connect"]
