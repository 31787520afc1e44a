"""How often things happen, over all replicas, and when a spike was reported."""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    """Take it back."""
    op.drop_table("spikes")
    op.drop_table("rates")
