"""Ranks, beside those of the sorted list."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from service_runtime.ranks import RUN, Ranks, pack, unpack

NUMBERS = st.lists(st.one_of(st.floats(-1e9, 1e9), st.integers(-3, 3).map(float)), max_size=40)


def ranks_of(loose: Sequence[float], batches: Sequence[Sequence[float]]) -> list[float]:
    """All numbers, by rank."""
    runs = [run for batch in batches for run in pack(batch)]
    ranks = Ranks.of(loose, ((at, low, high, n) for at, (low, high, n, _) in enumerate(runs)))
    assert ranks.total == len(loose) + sum(map(len, batches))
    found: list[float] = []
    for rank in range(ranks.total):
        # Alone, and beside others.
        for wanted in ([rank], [0, ranks.total - 1, rank]):
            read = unpack(runs[at][-1] for at in ranks.wanted(wanted))
            found.append(ranks.at(wanted, read)[-1])
    assert found[::2] == found[1::2]
    return found[::2]


@given(loose=NUMBERS, batches=st.lists(NUMBERS, max_size=6))
def test_ranks_are_those_of_the_sorted_numbers(
    loose: list[float], batches: list[list[float]]
) -> None:
    everything = sorted([*loose, *(number for batch in batches for number in batch)])
    assert ranks_of(loose, batches) == everything


def test_only_runs_around_a_rank_are_read() -> None:
    runs = list(pack(float(number * 7919 % 100_000) for number in range(100_000)))
    assert [n for _, _, n, _ in runs[:-1]] == [RUN] * (len(runs) - 1)
    ranks = Ranks.of([], ((at, low, high, n) for at, (low, high, n, _) in enumerate(runs)))
    assert len(ranks.wanted([50_000])) <= 2
    assert ranks.at([50_000], unpack(runs[at][-1] for at in ranks.wanted([50_000]))) == [50_000.0]


def test_a_run_of_equal_numbers_is_not_read() -> None:
    [run, *_] = pack([0.5] * RUN)
    ranks = Ranks.of([0.25, 0.75], [(1, *run[:3])])
    assert ranks.wanted([0, 1, RUN, RUN + 1]) == []
    assert ranks.at([0, 1, RUN, RUN + 1], unpack([])) == [0.25, 0.5, 0.5, 0.75]
