"""A link's view as one page that needs no server once it has loaded, for frames on other pages."""

from ltp_viz.analysis.attention_received import attention_received
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.ui.explore import live_data
from ltp_viz.ui.explore.live_view import VIEW
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.explore.stage import stage_data
from ltp_viz.ui.share.run import LinkedRun
from ltp_viz.ui.shell.file_names import first_words


def embedded_page(run: LinkedRun) -> str:
    """The page's HTML. It has no measured time, which would be of another moment."""
    classifier, source = run.analysed.classifier, run.analysed.source
    settings, dense, trace = run.settings, run.dense, run.pruned
    stage = stage_data(classifier, dense)
    signature = stage["signature"]
    sweep = sweep_text(classifier, source, SCALES, settings.layer_scales, settings.forced)
    parts = [
        {
            "view": VIEW,
            "stage": {**stage, "example_shown": False},
            "settings": settings.to_data(),
            "exact": live_data.exact_data(trace, dense),
        },
        {"view": VIEW, "sweep": live_data.sweep_data(signature, settings, sweep, dense)},
        {
            "view": VIEW,
            "attention": live_data.attention_data(
                signature, settings.number, trace, attention_received(run.analysed, trace)
            ),
        },
    ]
    return offline_page(f"{run.model}: {first_words(trace.text)}", parts)
