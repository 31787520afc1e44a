"""How often things happen, over all replicas, what of it was reported, and what is counted up."""

import sqlalchemy as sa
from alembic import op
from service_runtime.stores.sql import RowNumber

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take this step."""
    op.create_table(
        "rates",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("since", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "spikes",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("quiet_until", sa.BigInteger, nullable=False),
    )
    # What is kept already is counted up by the running service, one period after the other.
    op.create_table(
        "periods",
        sa.Column("period", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("claim", sa.String(32), nullable=True),
    )
    op.create_table(
        "counts",
        sa.Column("period", sa.BigInteger, nullable=False, index=True),
        sa.Column("since", sa.BigInteger, nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "combinations",
        sa.Column("period", sa.BigInteger, nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", RowNumber, primary_key=True),
        sa.Column("period", sa.BigInteger, nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("numbers", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_observations_time_name", "observations", ["time", "name"])
    op.drop_index("ix_observations_name_time", "observations")
    op.drop_index("ix_observations_time", "observations")


def downgrade() -> None:
    """Take it back."""
    op.create_index("ix_observations_time", "observations", ["time"])
    op.create_index("ix_observations_name_time", "observations", ["name", "time"])
    op.drop_index("ix_observations_time_name", "observations")
    for table in ("runs", "combinations", "counts", "periods", "spikes", "rates"):
        op.drop_table(table)
