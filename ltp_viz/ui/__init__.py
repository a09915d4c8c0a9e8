"""The user interface in Streamlit."""

from ltp_viz.extras import require

require("app", __name__)
