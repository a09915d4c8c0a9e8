"""The start of every page: title, icon, navigation, and a seat for the session."""

import streamlit as st

from ltp_viz import settings
from ltp_viz.data.errors import InputError
from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.shell.seats import has_seat, wait_for_seat

_SHOWN_KEY = "shown_page"
PAGES = {
    "app.py": "Explore",
    "pages/Compare.py": "Compare",
    "pages/Dataset.py": "Dataset lab",
    "pages/Learn.py": "Learn",
    "pages/Benchmark.py": "Benchmark",
    "pages/Glossary.py": "Glossary",
}
# Corrections to Streamlit's style: 6rem above the content would push the token view below the fold; columns
# sit side by side from 640 pixels on, which is too narrow for two texts; captions, selected switches and
# white on the dark theme's accent have a contrast below 4.5 (the background colour has more in both themes);
# text boxes support only one writing direction; and on a phone the examples would take half the screen.
_STYLE = """
[data-testid=stMainBlockContainer] { padding: 3.2rem clamp(1rem, 3vw, 4rem) 4rem; }
@media (max-width: 640px) {
  [data-testid=stMainBlockContainer] { padding-top: 4.2rem; }
  :is(.st-key-example, .st-key-pair_example) [role=radiogroup] { flex-wrap: nowrap; overflow-x: auto; }
  :is(.st-key-example, .st-key-pair_example) [role=radiogroup] > * { flex: none; }
}
.st-key-texts textarea { unicode-bidi: plaintext; text-align: start; }
@media (max-width: 999px) { .st-key-texts [data-testid=stColumn] { min-width: 100%; } }
.st-key-lab_headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.st-key-lab_headline [data-testid=stMetricDelta] :is(div, p) { white-space: normal; overflow: visible; }
[data-testid=stButtonGroup] [aria-checked=true] p { color: color-mix(in srgb, currentColor 65%, CanvasText); }
[data-testid=stBaseButton-primary]:enabled p { color: Canvas; }
div[data-testid=stCaptionContainer] { opacity: 0.75; }
"""


def shown_page() -> str:
    """Title of the session's current page."""
    return str(st.session_state.get(_SHOWN_KEY, ""))


def set_up(title: str) -> None:
    """Call first on every page. Draws the navigation, so that cold deep links work.

    Ends the run for a session without a seat, and in a public app without its security headers.
    """
    st.session_state[_SHOWN_KEY] = title
    st.set_page_config(page_title=f"{title} · LTP-Viz", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    with st.sidebar:
        st.markdown("### LTP-Viz")
        for path, name in PAGES.items():
            st.page_link(path, label=name)
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
