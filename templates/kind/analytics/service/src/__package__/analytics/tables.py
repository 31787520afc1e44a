"""The tables, as the migrations make them."""

from typing import Final

from service_runtime.rollups import Rollups
from sqlalchemy import BigInteger, Column, Double, Index, MetaData, String, Table, Text

METADATA: Final = MetaData()

BATCHES: Final = Table(
    "batches",
    METADATA,
    # SHA-256 of the idempotency key, in hexadecimal.
    Column("key", String(64), primary_key=True),
    # Microseconds since the epoch, as all times here.
    Column("received", BigInteger, nullable=False, index=True),
)

OBSERVATIONS: Final = Table(
    "observations",
    METADATA,
    Column("name", String(200), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("value", Double, nullable=True),
    # A JSON object with sorted keys, so that equal attributes are equal strings.
    Column("attributes", Text, nullable=False),
    Index("ix_observations_time_name", "time", "name"),
)

ROLLUPS: Final = Rollups(OBSERVATIONS)
"""Of the observations; its tables are in `METADATA`, too."""

RATES: Final = Table(
    "rates",
    METADATA,
    Column("name", String(200), primary_key=True),
    # The beginning of a window of the spike detector.
    Column("since", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

SPIKES: Final = Table(
    "spikes",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("quiet_until", BigInteger, nullable=False),
)
