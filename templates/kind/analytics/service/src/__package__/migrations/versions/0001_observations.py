"""Observations, and the keys of the batches in which they came."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Take this step."""
    op.create_table(
        "batches",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("received", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "observations",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False, index=True),
        sa.Column("value", sa.Double, nullable=True),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Index("ix_observations_name_time", "name", "time"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("observations")
    op.drop_table("batches")
