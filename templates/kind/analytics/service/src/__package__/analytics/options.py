"""What can be set of analytics."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class AnalyticsSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        retention_hours: Hours for which observations are kept.
        retention_count: Observations that are kept at most, the latest.
        sweep_seconds: Seconds between two removals of what is no longer kept.
        spike_window_seconds: Length of the windows whose counts are compared.
        spike_history_windows: Windows before the present one whose median is the baseline.
        spike_warmup_windows: Windows since the start without which there is no baseline.
        spike_factor: How many times its baseline a count must be to be a spike.
        spike_min_count: Fewer observations in a window are never a spike.
        spike_cooldown_seconds: Seconds after a spike in which the name is not reported again.
    """

    retention_hours: float = Field(default=168, gt=0, le=87_600)
    retention_count: int = Field(default=500_000, ge=1, le=100_000_000)
    sweep_seconds: float = Field(default=60, gt=0, le=86_400)
    spike_window_seconds: float = Field(default=5, ge=0.1, le=3600)
    spike_history_windows: int = Field(default=60, ge=1, le=1000)
    spike_warmup_windows: int = Field(default=6, ge=1, le=1000)
    spike_factor: float = Field(default=3, gt=1, le=1000)
    spike_min_count: int = Field(default=20, ge=1, le=1_000_000)
    spike_cooldown_seconds: float = Field(default=60, ge=0, le=86_400)

    @model_validator(mode="after")
    def _warmup_fits_into_the_history(self) -> Self:
        if self.spike_warmup_windows > self.spike_history_windows:
            raise ValueError("SPIKE_WARMUP_WINDOWS must be at most SPIKE_HISTORY_WINDOWS")
        return self
