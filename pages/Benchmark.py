"""Benchmark: measured time of dense, packed and pruned forwards on this machine, beside their FLOPs."""

from ltp_viz.ui.benchmark.page import show
from ltp_viz.ui.shell import page

page.set_up("Benchmark")
show()
