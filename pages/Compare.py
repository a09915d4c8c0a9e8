"""Compare: a text under two to four rules, models or wordings, at equal cost."""

from ltp_viz.ui.compare.page import show
from ltp_viz.ui.shell import page

page.set_up("Compare")
show()
