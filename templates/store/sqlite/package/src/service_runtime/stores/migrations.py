"""The schema of a store, step by step. `versions/` in the folder of the steps holds one file each.

A new step: `uv run alembic revision -m "what it does"`. It is applied when the service starts.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, folder: Path, revision: str = "head") -> None:
    """Apply every step up to a revision, in the transaction that the connection is in."""
    command.upgrade(_config(connection, folder), revision)


def downgrade(connection: Connection, folder: Path, revision: str) -> None:
    """Take back every step after a revision (`base`: all), in the connection's transaction."""
    command.downgrade(_config(connection, folder), revision)


def _config(connection: Connection, folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    return config
