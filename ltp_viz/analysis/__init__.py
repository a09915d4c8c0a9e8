"""Results computed from a classifier: frozen records, no drawing."""

from ltp_viz.extras import require

require("app", __name__)
