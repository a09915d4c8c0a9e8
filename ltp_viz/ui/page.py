"""What every page starts with: title, icon, navigation."""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parent.parent.parent
PAGES = {"app.py": "Explore"}


def set_up(title: str) -> None:
    """Call first on every page. Draws the navigation itself, so that cold deep links work."""
    st.set_page_config(
        page_title=f"{title} · LTP-Viz", page_icon=str(ROOT / "assets/icon.svg"), layout="wide"
    )
    # Streamlit leaves 6rem above the content, which would push the token view below the fold.
    st.html(
        "<style>[data-testid=stMainBlockContainer] { padding-top: 3.2rem; }"
        "@media (max-width: 640px) { [data-testid=stMainBlockContainer] { padding-top: 4.2rem; } }</style>"
    )
    with st.sidebar:
        st.markdown("### LTP-Viz")
        for path, name in PAGES.items():
            st.page_link(path, label=name)
