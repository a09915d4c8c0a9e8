"""Glossary: every term on the screens, explained once, with a place of its own that links lead to."""

import streamlit as st

from ltp_viz.ui.glossary import page as glossary_page
from ltp_viz.ui.shell import page

page.set_up("Glossary")
st.markdown("#### Glossary")
st.caption("Every term on the screens, explained once. The question marks beside them lead here.")
glossary_page.show()
