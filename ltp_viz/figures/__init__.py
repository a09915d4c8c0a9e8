"""Plotly figures of results, in one theme."""

from ltp_viz.extras import require

require("app", __name__)
