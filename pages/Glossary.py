"""Glossary: every term on the screens, explained once, with an anchor that links point to."""

from ltp_viz.ui.glossary.page import show
from ltp_viz.ui.shell import page

page.set_up("Glossary")
show()
