"""What is committed when records are done in any order."""

import random

import pytest
from service_runtime.transports.kafka.progress import MARK_LIMIT, Mark, Progress


def taken(*offsets: int, committed: int = 0, mark: str = "") -> Progress:
    progress = Progress(committed, mark)
    for offset in offsets:
        progress.take(offset)
    return progress


def test_what_is_committed_is_the_first_that_is_not_done() -> None:
    progress = taken(0, 1, 2)
    progress.finish(1)
    assert progress.position == 0
    progress.finish(0)
    assert progress.position == 2
    progress.finish(2)
    assert (progress.position, progress.mark()) == (3, "")


def test_offsets_may_have_holes() -> None:
    progress = taken(4, 9)
    progress.finish(4)
    assert progress.position == 9
    progress.finish(9)
    assert progress.position == 10


def test_a_mark_keeps_what_is_done_from_being_done_again() -> None:
    progress = taken(0, 1, 2, 3)
    progress.finish(1)
    progress.finish(3)
    after_restart = Progress(progress.position, progress.mark())
    assert [offset for offset in range(5) if after_restart.take(offset)] == [0, 2, 4]
    for offset in (0, 2, 4):
        after_restart.finish(offset)
    assert after_restart.position == 5


def test_a_mark_counts_the_tries_of_what_never_ended() -> None:
    progress = taken(7, 8, committed=7)
    assert [progress.begin(8), progress.begin(8)] == [1, 2]
    after_restart = taken(7, 8, committed=7, mark=progress.mark())
    assert [after_restart.tries(7), after_restart.tries(8)] == [0, 2]
    assert after_restart.begin(8) == 3
    after_restart.undo(8)
    assert after_restart.tries(8) == 2


def test_released_records_are_taken_again() -> None:
    progress = taken(0, 1, 2)
    progress.finish(1)
    progress.release()
    assert progress.position == 0
    assert [offset for offset in range(4) if progress.take(offset)] == [0, 2, 3]


def test_what_somebody_else_will_finish_counts_as_done() -> None:
    progress = taken(0, 1, 2)
    progress.finish_all()
    assert (progress.position, progress.pending) == (3, 0)


def test_any_order_ends_behind_the_last() -> None:
    for seed in range(20):
        shuffle = random.Random(seed)  # noqa: S311 (no secret)
        progress = taken(*range(50))
        order = list(range(50))
        shuffle.shuffle(order)
        for number, offset in enumerate(order):
            progress.finish(offset)
            undone = set(order[number + 1 :])
            assert progress.position == min(undone, default=50)
            again = Progress(progress.position, progress.mark())
            assert {offset for offset in range(50) if again.take(offset)} == undone


def test_a_mark_fits_beside_an_offset() -> None:
    progress = taken(*range(512))
    for offset in range(1, 512, 2):
        progress.finish(offset)
        progress.begin(offset - 1)
    assert len(progress.mark()) <= MARK_LIMIT


@pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"done": 1, "tries": []}', "null"])
def test_a_mark_of_somebody_else_says_nothing(text: str) -> None:
    assert Mark.read(text) == Mark()
