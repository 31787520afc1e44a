# /// script
# requires-python = ">=3.11"
# dependencies = ["matplotlib==3.10.*"]
# ///
"""Draws `usage.csv` of a soak: memory and handles of every process over time.

usage: uv run plot.py usage.csv usage.svg
"""

import csv
import sys
from collections import defaultdict

import matplotlib.pyplot as plt

MIB = 1024 * 1024

series: dict[tuple[str, str], list[tuple[float, float, int]]] = defaultdict(list)
with open(sys.argv[1], encoding="utf-8") as file:
    for row in csv.DictReader(file):
        values = float(row["minutes"]), int(row["bytes"]) / MIB, int(row["handles"])
        series[row["transport"], row["part"]].append(values)

plt.rcParams["svg.hashsalt"] = "soak"
figure, axes = plt.subplots(2, 1, sharex=True, figsize=(9, 7), layout="constrained")
transports = list(dict.fromkeys(transport for transport, _ in series))
for (transport, part), samples in series.items():
    minutes, memory, handles = zip(*samples, strict=True)
    style = {
        "color": f"C{transports.index(transport)}",
        "linestyle": "-" if part == "gateway" else "--",
        "label": f"{transport}, {part}",
    }
    axes[0].plot(minutes, memory, **style)
    axes[1].plot(minutes, handles, **style)
axes[0].set_ylabel("resident memory, MiB")
axes[1].set_ylabel("handles")
axes[1].set_xlabel("minutes")
for one in axes:
    one.set_ylim(bottom=0)
    one.grid(alpha=0.3)
axes[0].legend(ncols=len(transports), fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1))
figure.savefig(sys.argv[2], metadata={"Date": None})
