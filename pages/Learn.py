"""Learn: the idea in ten steps, each with one control, on a real model."""

from ltp_viz.ui.learn.page import show
from ltp_viz.ui.shell import page

page.set_up("Learn")
show()
