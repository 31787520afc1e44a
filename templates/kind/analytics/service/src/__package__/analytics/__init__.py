"""Observations: kept, counted over windows of time, drawn, and watched for spikes."""
