"""What lives as long as the process, for every handler to use."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from service_runtime import Events

from .analytics.charts import Charts
from .analytics.observations import Observations, Retention
from .analytics.spikes import SpikeDetector, SpikeRules, Spikes
from .analytics.sweeping import sweeping
from .settings import Settings
from .store import MIGRATIONS, Store


@dataclass(frozen=True, slots=True)
class Resources:
    """Add what your own handlers need: a client, a pool, a cache.

    Attributes:
        store: The database.
        observations: What happened, in the store.
        spikes: Watches how often things happen.
        charts: Draws.
    """

    store: Store
    observations: Observations
    spikes: Spikes
    charts: Charts

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, events: Events) -> AsyncGenerator[Self]:
        """Start what requests need; on leaving, stop it.

        Args:
            settings: The service's settings.
            events: Where to publish what happens by itself, outside of any request.
        """
        del events  # Spikes are published by `record`, which notices them.
        retention = Retention(
            age=timedelta(hours=settings.retention_hours),
            count=settings.retention_count,
        )
        rules = SpikeRules(
            window=settings.spike_window_seconds,
            history=settings.spike_history_windows,
            warmup=settings.spike_warmup_windows,
            factor=settings.spike_factor,
            min_count=settings.spike_min_count,
            cooldown=settings.spike_cooldown_seconds,
        )
        async with Store.open(settings, MIGRATIONS) as store:
            observations = Observations(store, retention)
            charts = Charts()
            await charts.warm_up()
            async with sweeping(observations, settings.sweep_seconds):
                yield cls(
                    store=store,
                    observations=observations,
                    spikes=Spikes(store, SpikeDetector(rules)),
                    charts=charts,
                )

    async def ready(self) -> None:
        """Return when requests can be answered.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        await self.store.check()
