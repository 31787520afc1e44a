"""A store with a schema that only the tests know."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from service_runtime.stores.sqlite import Store, StoreSettings

MIGRATIONS = Path(__file__).with_name("migrations")


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """Settings of a store that does not exist yet."""
    return StoreSettings(database_path=tmp_path / "store" / "test.db")


@pytest.fixture
async def store(store_settings: StoreSettings) -> AsyncGenerator[Store]:
    """An open, empty store."""
    async with Store.open(store_settings, MIGRATIONS) as opened:
        yield opened
