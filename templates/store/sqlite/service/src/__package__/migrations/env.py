"""Run by alembic: by the service at its start, or by hand."""

from service_runtime.stores.sqlite import migrate

migrate()
