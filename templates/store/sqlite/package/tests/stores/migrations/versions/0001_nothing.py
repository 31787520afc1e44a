"""A first step that makes nothing."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make nothing."""


def downgrade() -> None:
    """Take nothing back."""
