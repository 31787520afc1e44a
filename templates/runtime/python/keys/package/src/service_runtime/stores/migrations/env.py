"""Run by alembic, with a connection that it is given."""

from service_runtime.stores.sql import migrate

migrate()
