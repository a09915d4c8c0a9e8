"""The start of every page: title, icon, top bar, a seat for the session, and the page's question."""

import streamlit as st

from ltp_viz import settings
from ltp_viz.data.errors import InputError
from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell import top_bar
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.shell.pages import HEADS, Head
from ltp_viz.ui.shell.seats import has_seat, wait_for_seat

_SHOWN_KEY = "shown_page"
STYLE = (ASSETS / "shell/shell.css").read_text()


def shown_page() -> str:
    """Title of the session's current page."""
    return str(st.session_state.get(_SHOWN_KEY, ""))


def set_up(title: str) -> None:
    """Call first on every page. Draws the navigation, so that cold deep links work.

    Ends the run for a session without a seat, and in a public app without its security headers.
    """
    st.session_state[_SHOWN_KEY] = title
    st.set_page_config(page_title=f"{title} · LTP-Viz", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.html(f"<style>{STYLE}</style>")
    top_bar.draw(title)
    try:
        is_public = access().is_public
    except InputError as error:
        st.error(escaped(str(error)))
        st.stop()
    if is_public and not settings.SERVED.read():
        st.error(
            f"{settings.PUBLIC.name} is set, but this app was started without the headers that protect its "
            "visitors; start it with `ltp-viz app`."
        )
        st.stop()
    if not has_seat():
        wait_for_seat()
        st.stop()
    _draw_head(title, HEADS[title])


def _draw_head(title: str, head: Head) -> None:
    """The question as the page's only H1, and one sentence."""
    with st.container(key="page_head", gap=None):
        st.title(head.question, anchor=False)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(head.sentence, width="content")
            if title == "Explore":
                st.page_link(
                    "pages/Learn.py", label="▶ 60-second tour", query_params={"step": "1"}, width="content"
                )
