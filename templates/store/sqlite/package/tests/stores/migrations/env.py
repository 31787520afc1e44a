"""Run by alembic."""

from service_runtime.stores.sqlite import migrate

migrate()
