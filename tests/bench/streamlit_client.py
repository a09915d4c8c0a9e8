"""A Streamlit session without a browser: its WebSocket, with the protocol of Streamlit's front end.

Messages are protocol buffers (`streamlit.proto`). Every rerun sends the values of all widgets, also of those
that nobody has changed. It also names the large messages that are still cached; the server then sends only a
reference to them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_KEPT_RUNS = 2  # Streamlit's global.maxCachedMessageAge


@dataclass
class _Held:
    """A cached message that the server need not send again."""

    message: ForwardMsg
    last_run: int


class StreamlitClient:
    """One open session. Set a widget's value in `values`, by its id, then `rerun`."""

    def __init__(self, socket: ClientConnection):
        self.values: dict[str, WidgetState] = {}
        self._socket = socket
        self._held: dict[str, _Held] = {}  # by the message's hash
        self._runs = 0

    async def rerun(self, fragment: str = "") -> None:
        """Request a run of the page, or of one fragment, with the current values."""
        back = BackMsg()
        back.rerun_script.fragment_id = fragment
        back.rerun_script.widget_states.widgets.extend(self.values.values())
        back.rerun_script.cached_message_hashes.extend(self._held)
        await self._socket.send(back.SerializeToString())

    async def messages(self) -> AsyncIterator[ForwardMsg]:
        """All messages of the server, references resolved. Ends when either side closes."""
        async for data in self._socket:
            message = self._resolved(ForwardMsg.FromString(cast(bytes, data)))
            if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
                self._take_value(message.delta.new_element)
            yield message

    def _resolved(self, message: ForwardMsg) -> ForwardMsg:
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            self._runs += 1
            self._held = {
                key: held for key, held in self._held.items() if self._runs - held.last_run <= _KEPT_RUNS
            }
        elif kind == "ref_hash":
            held = self._held[message.ref_hash]
            held.last_run = self._runs
            return held.message
        elif message.metadata.cacheable:
            # A browser caches a component's scripts too; here nothing runs them.
            for part in ("js_content", "css_content"):
                message.delta.new_element.bidi_component.ClearField(part)
            self._held[message.hash] = _Held(message, self._runs)
        return message

    def _take_value(self, element: Element) -> None:
        """A widget's initial value, or the value that the server sets."""
        kind = element.WhichOneof("type")
        if kind not in ("text_input", "text_area", "selectbox", "button_group"):
            return
        widget = getattr(element, kind)
        # A form's values are not sent before its button is pressed.
        if widget.form_id or (widget.id in self.values and not widget.set_value):
            return
        state = WidgetState(id=widget.id)
        if kind == "button_group":
            chosen = (
                widget.raw_values
                if widget.set_value
                else [widget.options[place].content for place in widget.default]
            )
            state.string_array_value.CopyFrom(StringArray(data=chosen))
        elif kind == "selectbox":
            state.string_value = widget.raw_value if widget.set_value else widget.options[widget.default]
        else:
            state.string_value = widget.value if widget.set_value else widget.default
        self.values[widget.id] = state


@asynccontextmanager
async def opened(port: int) -> AsyncIterator[StreamlitClient]:
    """Connect to the app on this port of this machine."""
    address = f"localhost:{port}"
    async with connect(
        f"ws://{address}/_stcore/stream",
        origin=Origin(f"http://{address}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        open_timeout=60,
    ) as socket:
        yield StreamlitClient(socket)
