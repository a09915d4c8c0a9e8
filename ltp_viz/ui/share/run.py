"""The run that a link to Explore describes. Anyone may write a link, so its content is not trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

from ltp_viz.core.trace import Trace
from ltp_viz.data.errors import InputError
from ltp_viz.ui.explore.session import ExploredText, explore
from ltp_viz.ui.explore.settings import Settings, settings_from_link
from ltp_viz.ui.inputs.bring_model import is_known
from ltp_viz.ui.inputs.models import MODEL_KEY, display_name, installed_models, loaded
from ltp_viz.ui.inputs.text_checks import unreadable
from ltp_viz.ui.inputs.texts import linked_texts
from ltp_viz.ui.shell.access import access, too_long
from ltp_viz.ui.shell.link import read_link


@dataclass(frozen=True)
class LinkedRun:
    """A link's text with its model and settings."""

    model: str  # its name for people
    explored: ExploredText
    settings: Settings

    @property
    def pruned(self) -> Trace:
        """Under the link's settings."""
        return self.explored.trace(self.settings)


def linked_run(parameters: Mapping[str, str]) -> LinkedRun:
    """The run of a link's parameters. Raises InputError where the link has none: an unknown model, or a text
    that is unreadable or too long."""
    link = read_link(parameters)
    if link.unreadable:
        raise InputError("The text in this link cannot be read.")
    location = _location(parameters.get(MODEL_KEY, ""))
    classifier = loaded(location)
    text, *others = linked_texts(link, parameters, classifier.reads_pairs)
    text_pair = others[0] if others else None
    if message := too_long(text, text_pair):
        raise InputError(message)
    if not all(part is None or part.strip() for part in (text, text_pair)):
        raise InputError("This link has no text.")
    explored = explore(classifier, text, text_pair)
    if message := unreadable(explored.analysed.source):
        raise InputError(message)
    settings, _ = settings_from_link(link.settings, explored.limits)
    return LinkedRun(display_name(location), explored, settings)


def _location(name: str) -> str:
    """Folder or hub name. Only models that are installed, or that a session has brought, are loaded."""
    models = installed_models()
    if not name:
        return next(iter(models.values()))
    if name not in models and not access().is_public and is_known(name):
        return name
    if name not in models:
        raise InputError(f"The model {name[:80]!r} is not available here.")
    return models[name]
