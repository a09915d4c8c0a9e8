"""The server's answers below `/_ltp/`: a link's picture, its description, and its page without a server."""

from collections.abc import Callable, Mapping
from threading import BoundedSemaphore

from ltp_viz.data.errors import InputError
from ltp_viz.figures.card.content import Card, card_of
from ltp_viz.figures.card.picture import card_picture, plain_picture
from ltp_viz.ui.share.page import embedded_page
from ltp_viz.ui.share.run import linked_run
from ltp_viz.ui.shell.cache import SharedCache
from ltp_viz.ui.shell.pages import HEADS, Head
from ltp_viz.ui.shell.served_file import ServedFile

_EXPLORE = "Explore"
_WAIT_S = 20.0  # a crawler gives up after about as long
# Files kept per name: pictures have some 30 kB, pages some 500.
_MAX_KEPT = {"card.png": 64, "card.txt": 64, "embed.html": 8}
_OF_STATE = ("model", "text", "pair", "example", "pair_example", "scale", "layers", "keep", "drop", "page")


class SharedFiles:
    """Files by name and link. One is made at a time, as each runs a model; the last ones are kept."""

    def __init__(self) -> None:
        self._files = {name: SharedCache(most) for name, most in _MAX_KEPT.items()}
        self._turn = BoundedSemaphore(1)

    def __call__(self, name: str, parameters: Mapping[str, str]) -> ServedFile | None:
        """The file; None if there is none of that name. Runs a model, so call it in a thread of its own."""
        make = _MAKERS.get(name)
        if make is None:
            return None
        state = {key: parameters[key] for key in _OF_STATE if key in parameters}
        key = tuple(sorted(state.items()))
        found: ServedFile | None = self._files[name].find(key)
        if found is not None:
            return found
        if not self._turn.acquire(timeout=_WAIT_S):
            return _refused(name, state, "The server is busy.")
        try:
            file = make(state)
        except InputError as error:
            return _refused(name, state, str(error))
        finally:
            self._turn.release()
        self._files[name].put(key, file)
        return file


def _card(state: Mapping[str, str]) -> Card | Head:
    """The card of Explore's run; of another page, its question."""
    page = state.get("page", _EXPLORE)
    if page != _EXPLORE:
        return HEADS.get(page, HEADS[_EXPLORE])
    run = linked_run(state)
    return card_of(run.pruned, run.explored.dense, run.model, run.settings.global_scale)


def _picture(state: Mapping[str, str]) -> ServedFile:
    card = _card(state)
    png = plain_picture(card.question, card.sentence) if isinstance(card, Head) else card_picture(card)
    return ServedFile(png, "image/png")


def _description(state: Mapping[str, str]) -> ServedFile:
    card = _card(state)
    return ServedFile(card.description.encode(), "text/plain; charset=utf-8")


def _page(state: Mapping[str, str]) -> ServedFile:
    return ServedFile(embedded_page(linked_run(state)).encode(), "text/html; charset=utf-8", is_document=True)


_MAKERS: dict[str, Callable[[Mapping[str, str]], ServedFile]] = {
    "card.png": _picture,
    "card.txt": _description,
    "embed.html": _page,
}


def _refused(name: str, state: Mapping[str, str], message: str) -> ServedFile:
    """The answer for a link without a run: a plain card, or the message."""
    head = HEADS.get(state.get("page", ""), HEADS[_EXPLORE])
    if name == "card.png":
        return ServedFile(plain_picture(head.question, head.sentence), "image/png", is_kept=False)
    if name == "card.txt":
        return ServedFile(head.description.encode(), "text/plain; charset=utf-8", is_kept=False)
    return ServedFile(message.encode(), "text/plain; charset=utf-8", status=404, is_kept=False)
