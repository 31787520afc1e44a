"""The store of this service: a file of its own, with the schema of `migrations/`."""

from pathlib import Path
from typing import Final

from service_runtime.stores.sqlite import Store, StoreSettings, connect

__all__ = ["MIGRATIONS", "Store", "StoreSettings", "connect"]

MIGRATIONS: Final = Path(__file__).with_name("migrations")
