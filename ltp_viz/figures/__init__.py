"""Results to plotly figures, in one theme."""

from ltp_viz.extras import require

require("app", __name__)
