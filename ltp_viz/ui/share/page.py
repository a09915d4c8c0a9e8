"""A link's view as one page that needs no server once it has loaded, for frames on other pages."""

from ltp_viz.ui.explore import live_data
from ltp_viz.ui.explore.live_view import VIEW
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.share.run import LinkedRun
from ltp_viz.ui.shell.file_names import first_words


def embedded_page(run: LinkedRun) -> str:
    """The page's HTML. It has no measured time, which would be of another moment."""
    explored, settings, trace = run.explored, run.settings, run.pruned
    stage, dense = explored.signature, explored.dense
    sections = (
        {
            "stage": {**explored.stage, "example_shown": False},
            "settings": settings.to_data(),
            "exact": live_data.exact_data(trace, dense),
        },
        {"sweep": live_data.sweep_data(stage, settings, explored.sweep(settings), dense)},
        {"attention": live_data.attention_data(stage, settings.number, trace, explored.attention(settings))},
    )
    return offline_page(
        f"{run.model}: {first_words(trace.text)}", [{"view": VIEW, **each} for each in sections]
    )
