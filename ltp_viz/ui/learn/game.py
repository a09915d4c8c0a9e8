"""Guess the next dropped token: rounds in the real order in which this sentence's tokens are dropped."""

from dataclasses import dataclass, field

import streamlit as st

from ltp_viz.analysis.learn.guessing_game import DropReason, Round, drop_rounds
from ltp_viz.analysis.words import token_labels
from ltp_viz.core.trace import TokenizedText
from ltp_viz.figures.learn.picture import Picture, node
from ltp_viz.figures.learn.words import sentence
from ltp_viz.ui.learn.address import note_own_move
from ltp_viz.ui.learn.component import show_still
from ltp_viz.ui.learn.lesson import Lesson
from ltp_viz.ui.shell.markdown import escaped

ROUNDS = 6
_KEY = "learn_game"
_GUESS_KEY = "learn_guess"


@dataclass(frozen=True)
class Game:
    """The guesses made so far, one per round."""

    source: TokenizedText
    model: str
    rounds: tuple[Round, ...]
    guesses: tuple[int, ...] = field(default=())

    @property
    def score(self) -> int:
        """Right guesses."""
        return sum(played.is_right(guess) for played, guess in zip(self.rounds, self.guesses, strict=False))

    @property
    def is_over(self) -> bool:
        """Whether all rounds are played."""
        return len(self.guesses) == len(self.rounds)

    def guessed(self, position: int) -> "Game":
        """The game after one more guess; unchanged where the token cannot be chosen."""
        if self.is_over or position not in self.rounds[len(self.guesses)].alive:
            return self
        return Game(self.source, self.model, self.rounds, (*self.guesses, position))


def _game(lesson: Lesson) -> Game:
    game: Game | None = st.session_state.get(_KEY)
    if game is None or game.source != lesson.source or game.model != lesson.location:
        learned = lesson.trained.learned_thresholds
        rounds = drop_rounds(lesson.fine_sweep, learned, lesson.protected, ROUNDS)
        game = Game(lesson.source, lesson.location, rounds)
        st.session_state[_KEY] = game
    return game


def _guess() -> None:
    note_own_move()
    chosen = st.session_state.get(_GUESS_KEY)
    game: Game = st.session_state[_KEY]
    if isinstance(chosen, int):
        st.session_state[_KEY] = game.guessed(chosen)
    st.session_state[_GUESS_KEY] = None


def _again() -> None:
    game: Game = st.session_state[_KEY]
    st.session_state[_KEY] = Game(game.source, game.model, game.rounds)


def show(lesson: Lesson) -> Picture | None:
    """Draw the sentence so far, the choice, and the result of the last guess."""
    game = _game(lesson)
    if not game.rounds:
        st.info("No token of this sentence is dropped at any strength up to 3; choose a longer one.")
        return None
    labels, played = token_labels(lesson.source), len(game.guesses)
    show_still("tour_game", _sentence_so_far(game, labels))
    now = "" if game.is_over else f" · round {played + 1} of {len(game.rounds)}"
    with st.container(key="learn_ask_score_line"):
        st.markdown(f"**{game.score} of {played} right**{now}")
    if played:
        st.markdown(verdict(game.rounds[played - 1], game.guesses[-1], labels))
    if game.is_over:
        st.button("Play again", key="learn_again", on_click=_again)
    else:
        with st.container(key="learn_ask_game"):
            st.pills(
                "Which token is dropped next?",
                game.rounds[played].alive,
                format_func=lambda position: escaped(labels[position]),
                key=_GUESS_KEY,
                on_change=_guess,
            )
    return None


def _sentence_so_far(game: Game, labels: tuple[str, ...]) -> Picture:
    """The sentence with dropped tokens struck through; when printed, also the order of the rounds."""
    dropped = [drop for played in game.rounds[: len(game.guesses)] for drop in played.dropped]
    gone = {f"t{drop.position}" for drop in dropped}
    text = sentence(game.source, "t")
    words = [
        node("span", text=word.text, classes=f"{word.classes} is-gone") if word.name in gone else word
        for word in text.children
    ]
    order = [
        node("div", node("dt", text=f"{played.scale:g}"), node("dd", text=_dropped_words(played, labels)))
        for played in game.rounds
    ]
    shown = node("p", *words, classes=text.classes, dir="auto")
    return Picture(node("div", shown, node("dl", *order, classes="tour-list")), (), "none", "")


def _dropped_words(played: Round, labels: tuple[str, ...]) -> str:
    return "; ".join(
        f"“{labels[drop.position]}” in layer {drop.layer + 1}, score {drop.score:.5f} "
        f"under {drop.threshold:.5f}"
        for drop in played.dropped
    )


def verdict(played: Round, guess: int, labels: tuple[str, ...]) -> str:
    """The result of a round, with the reason, as Markdown."""
    right = played.is_right(guess)
    lines = [
        f"✓ Right, at strength {played.scale:g}." if right else f"✗ No. At strength {played.scale:g} it was:"
    ]
    lines += [f"- {_drop_words(drop, labels)}" for drop in played.dropped]
    if not right:
        own = played.reason(guess)
        lines.append(
            f"\nYour guess **{escaped(labels[guess])}** comes closest to being dropped in layer "
            f"{own.layer + 1}: its score there is {own.score:.5f}, {own.ratio:.1f} times the threshold "
            f"{own.threshold:.5f}."
        )
    return "\n".join(lines)


def _drop_words(drop: DropReason, labels: tuple[str, ...]) -> str:
    return (
        f"**{escaped(labels[drop.position])}** in layer {drop.layer + 1}: score {drop.score:.5f}, under the "
        f"threshold {drop.threshold:.5f}"
    )
