"""Explore: one text, or a pair, through a pruned model with adjustable thresholds."""

from ltp_viz.ui.explore.page import show
from ltp_viz.ui.shell import page

page.set_up("Explore")
show()
