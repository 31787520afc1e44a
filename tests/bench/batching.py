"""Predictions a second with and without dynamic batching, by a model that is heavy enough for it to matter.

    cd GENERATED/services/vision && .venv/bin/python HYBRIDGE/tests/bench/batching.py [--rounds 3] [--seconds 6]

Two processes of the service serve the same model, which the benchmark makes: layers whose weights no cache of a
processor holds, so that a batch reads them once where single pictures read them each time. One process computes
batches as the service does by default, the other one picture at a time (`BATCH_MAX_SIZE=1`, no delay). They are asked
in turn, over HTTP: 64 in flight, one in flight, and five a second whether answers come or not. Prints Markdown.
"""

import argparse
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HOST = "127.0.0.1"
WIDTH = 3072
LAYERS = 3
LOAD = 64
PER_SECOND = 5
PORTS = {"single": 4895, "batched": 4896}
SETTINGS = {"single": {"BATCH_MAX_SIZE": "1", "BATCH_MAX_DELAY_MS": "0"}, "batched": {}}
BODY = json.dumps({"pixels": [float(at % 17) for at in range(64)]})
HEADERS = {"authorization": "Bearer development-only", "content-type": "application/json"}


def make_model(folder: Path) -> Path:
    """Write a model of the form that the service serves; returns its path."""
    random = np.random.default_rng(1)
    widths = [64, *[WIDTH] * (LAYERS + 1), 10]
    nodes, weights, last = [], [], "pixels"
    for at, (into, out) in enumerate(zip(widths, widths[1:], strict=False)):
        matrix = random.standard_normal((into, out), dtype=np.float32) / np.float32(into**0.5)
        weights.append(numpy_helper.from_array(matrix, f"w{at}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{at}"], [f"m{at}"]))
        nodes.append(helper.make_node("Relu", [f"m{at}"], [f"r{at}"]))
        last = f"r{at}"
    nodes.append(helper.make_node("Softmax", [last], ["probabilities"], axis=1))
    nodes.append(helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0))
    graph = helper.make_graph(
        nodes,
        "heavy",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [None, 64])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 10]),
        ],
        weights,
    )
    opset = [helper.make_opsetid("", 17)]
    content = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    path = folder / "heavy.onnx"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    description = {"name": "heavy", "version": digest[:12], "sha256": digest}
    path.with_suffix(".json").write_text(json.dumps(description))
    return path


@contextmanager
def serving(name: str, model: Path) -> Generator[None]:
    """Run the service until it is left."""
    limits = {"MAX_CONCURRENCY": "128", "SERVICE_CONCURRENCY": "128", "LOG_LEVEL": "WARNING"}
    own = {"PORT": str(PORTS[name]), "MODEL_PATH": str(model), **SETTINGS[name]}
    command = [sys.executable, "-m", "vision"]
    child = subprocess.Popen(command, env={**os.environ, **limits, **own}, stdout=sys.stderr)
    try:
        for _ in range(300):
            try:
                Client(name).ready()
                break
            except (OSError, AssertionError):
                time.sleep(0.1)
        else:
            raise TimeoutError(f"the service does not become ready: {name}")
        yield
    finally:
        child.terminate()
        child.wait()


class Client:
    """A connection to one of the two."""

    def __init__(self, name: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, PORTS[name], timeout=60)

    def ready(self) -> None:
        """Fail unless it is ready."""
        self._connection.request("GET", "/readyz")
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 200

    def predict(self) -> float:
        """Milliseconds until the answer."""
        began = time.perf_counter()
        self._connection.request("POST", "/operations/predict", BODY, HEADERS)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return 1000 * (time.perf_counter() - began)


def in_flight(name: str, number: int, seconds: float) -> tuple[float, list[float]]:
    """So many at once, all the time: answers a second, and the time that each took."""
    end = time.perf_counter() + seconds

    def ask(_: int) -> list[float]:
        client, took = Client(name), []
        while time.perf_counter() < end:
            took.append(client.predict())
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        took = [one for each in pool.map(ask, range(number)) for one in each]
    return len(took) / (time.perf_counter() - began), took


def by_the_clock(name: str, seconds: float) -> tuple[float, list[float]]:
    """Five a second, each when its time has come, whether those before are answered or not."""
    local = threading.local()

    def ask() -> float:
        if not hasattr(local, "client"):
            local.client = Client(name)
        return local.client.predict()

    began = time.perf_counter()
    with ThreadPoolExecutor(PER_SECOND) as pool:
        asked = []
        for at in range(round(PER_SECOND * seconds)):
            time.sleep(max(0.0, began + at / PER_SECOND - time.perf_counter()))
            asked.append(pool.submit(ask))
    return PER_SECOND, [one.result() for one in asked]


def p99(took: list[float]) -> float:
    """Of at least two."""
    return statistics.quantiles(took, n=100, method="inclusive")[98]


def main(rounds: int, seconds: float) -> None:
    """Measure in turn, and print."""
    loads = {
        f"{LOAD} in flight": lambda name: in_flight(name, LOAD, seconds),
        "1 in flight": lambda name: in_flight(name, 1, seconds),
        f"{PER_SECOND} a second": lambda name: by_the_clock(name, seconds),
    }
    with tempfile.TemporaryDirectory() as folder:
        model = make_model(Path(folder))
        with serving("single", model), serving("batched", model):
            print("| load | | predictions/s | p50, ms | p99, ms | rate | p99 against |")
            print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
            for load, measure in loads.items():
                rates = {name: [] for name in PORTS}
                times = {name: [] for name in PORTS}
                for name in PORTS:
                    in_flight(name, 2, 1)
                for _ in range(rounds):
                    for name in PORTS:
                        rate, took = measure(name)
                        rates[name].append(rate)
                        times[name] += took
                for name in PORTS:
                    rate = statistics.median(rates[name])
                    more = rate / statistics.median(rates["single"])
                    slower = p99(times[name]) / p99(times["single"])
                    ratios = "| |" if name == "single" else f"{more:.2f} x | {slower:.2f} x |"
                    p50 = statistics.median(times[name])
                    print(f"| {load} | {name} | {rate:.1f} | {p50:.1f} | {p99(times[name]):.1f} | {ratios}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    main(arguments.rounds, arguments.seconds)
