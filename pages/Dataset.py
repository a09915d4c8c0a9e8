"""Dataset lab: a labelled file through the dense and the pruned model, and where their answers differ."""

from ltp_viz.ui.dataset.page import show
from ltp_viz.ui.shell import page

page.set_up("Dataset lab")
show()
