"""Glossary: every term on the screens, explained once, with a place of its own that links lead to."""

from ltp_viz.ui.glossary.page import show
from ltp_viz.ui.shell import page

page.set_up("Glossary")
show()
