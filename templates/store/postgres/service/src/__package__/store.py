"""The store of this service: a schema of its own, which the steps in `migrations/` make."""

from pathlib import Path
from typing import Final

from service_runtime.stores.postgres import Store, StoreSettings, connect

__all__ = ["MIGRATIONS", "Store", "StoreSettings", "connect"]

MIGRATIONS: Final = Path(__file__).with_name("migrations")
