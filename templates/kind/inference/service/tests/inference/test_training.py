"""Training gives the same model each time, and the card says what was measured."""

from pathlib import Path

import pytest

from training import card
from training.data import SIDE, load
from training.train import EPOCHS, Metrics, Progress, train


def test_the_same_files_each_time(tmp_path: Path) -> None:
    first = list(train(tmp_path / "first"))
    second = list(train(tmp_path / "second"))
    assert first == second
    epochs = [step.epoch for step in first if isinstance(step, Progress)]
    assert epochs == list(range(1, EPOCHS + 1))
    assert isinstance(first[-1], Metrics)
    for name in ("digits.onnx", "digits.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_a_held_out_picture_is_not_learnt() -> None:
    learn, held_out = load()
    learnt = {picture.tobytes() for picture in learn.pictures}
    assert not any(picture.tobytes() in learnt for picture in held_out.pictures)
    assert set(held_out.labels.tolist()) == set(range(10))


def test_shifted_pictures_keep_their_labels_and_their_ink() -> None:
    learn, _ = load()
    shifted = learn.shifted()
    assert len(shifted) == 5 * len(learn)
    original = learn.pictures[0].reshape(SIDE, SIDE)
    up = shifted.pictures[2 * len(learn)].reshape(SIDE, SIDE)
    assert up[:-1].tolist() == original[1:].tolist()
    assert shifted.labels[2 * len(learn)] == learn.labels[0]


def test_the_card_keeps_what_is_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_text(f"# Card\n\n{card.BEGIN}\nold\n{card.END}\n\nBy hand.\n")
    card.update(path, {"Accuracy": 0.98765})
    card.update(path, {"Accuracy": 0.98765})
    text = path.read_text()
    assert text.startswith("# Card\n")
    assert text.endswith(f"{card.END}\n\nBy hand.\n")
    assert text.count("| Accuracy | 0.988 |\n") == 1
    assert "old" not in text


def test_a_card_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_text("# Card\n")
    with pytest.raises(ValueError, match="measured: begin"):
        card.update(path, {"Accuracy": 1})
    assert path.read_text() == "# Card\n"
