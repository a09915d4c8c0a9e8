"""One user of Explore: types, moves scales, and compares every answer with this session's requests."""

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ltp_viz.analysis.sweeps import SCALES
from tests.bench.streamlit_client import StreamlitClient
from tests.conftest import ROOT

EXAMPLES = [entry["text"] for entry in json.loads((ROOT / "assets/examples/explore.json").read_text())]
WORDS = " ".join(EXAMPLES).split()
TEXT_BOX = "Your text"
OPENING = "opening"
KINDS = ("typing", "global scale", "layer scales")
PATIENCE_S = 60.0

Scales = tuple[float, tuple[float, ...]]  # the global one and one per layer


@dataclass(frozen=True)
class Answer:
    """A text under scales, and the app's answer."""

    text: str
    scales: Scales
    exact: dict[str, Any]


@dataclass
class Findings:
    """What sessions have found. Times are in seconds, by kind of action, from sending it."""

    answered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # all parts are there
    errors: list[str] = field(default_factory=list)
    cross_talk: list[str] = field(default_factory=list)
    parts_checked: int = 0  # of live views, compared with the request
    answers: list[Answer] = field(default_factory=list)


class ExploreSession:
    """One action at a time; an answer is the live view with this session's text under its newest settings."""

    def __init__(self, client: StreamlitClient, number: int, findings: Findings):
        self._client, self._number, self._findings = client, number, findings
        self._random = random.Random(number)
        self._texts = [EXAMPLES[0]]
        self._asked: list[Scales] = []  # by the message's number; the first is the default
        self._stage: dict[str, Any] = {}
        self._signatures: set[str] = set()  # of all stages so far
        self._view_id = self._fragment = self._text_box_id = ""
        self._notices: list[str] = []
        self._acted_at = self._answered_at = 0.0
        self._waiting: asyncio.Future[str | None] | None = None
        self._unsettled = ""  # the kind of action that has its answer but not yet all other parts

    async def use(self, until: float, pause_s: float) -> None:
        """Open the page, then type and move scales in turn, with pauses, until this `time.perf_counter`."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self.listen())
            if message := await self.open():
                self._findings.errors.append(f"session {self._number} got the message: {message}")
                until = 0.0
            for kind in itertools.islice(itertools.cycle(KINDS), self._number % len(KINDS), None):
                await asyncio.sleep(pause_s * self._random.uniform(0.5, 1.5))
                if time.perf_counter() > until:
                    break
                await self.act(kind)
            listening.cancel()

    async def open(self) -> str | None:
        """Open the page. Returns its message where it shows no live view."""
        return await self._answer(OPENING)

    async def act(self, kind: str) -> None:
        """Type a new text, or move the global scale or that of one layer."""
        if kind == "typing":
            words = " ".join(self._random.choices(WORDS, k=self._random.randint(5, 60)))
            self._texts.append(f"Visitor {self._number}, text {len(self._texts)}: {words}")
            self._client.values[self._text_box_id] = WidgetState(
                id=self._text_box_id, string_value=self._texts[-1]
            )
            await self._answer(kind)
            return
        scale, layers = self._asked[-1]
        if kind == "global scale":
            scale = self._random.choice(SCALES)
        else:
            layer = self._random.randrange(len(layers))
            layers = (*layers[:layer], self._random.choice(SCALES), *layers[layer + 1 :])
        self._asked.append((scale, layers))
        message = {"stage": self._stage["signature"], "number": len(self._asked) - 1, "scale": scale}
        message |= {"layer_scales": layers, "keep": [], "drop": []}
        self._client.values[self._view_id] = WidgetState(
            id=self._view_id, json_value=json.dumps({"settings": message})
        )
        await self._answer(kind, self._fragment)

    async def _answer(self, kind: str, fragment: str = "") -> str | None:
        self._waiting, self._unsettled = asyncio.get_running_loop().create_future(), ""
        self._acted_at = time.perf_counter()
        await self._client.rerun(fragment)
        try:
            message = await asyncio.wait_for(self._waiting, PATIENCE_S)
        except TimeoutError:
            raise TimeoutError(f"session {self._number}: no answer to {kind} in {PATIENCE_S:.0f} s") from None
        if message is None:
            self._findings.answered[kind].append(self._answered_at - self._acted_at)
            self._unsettled = kind
        return message

    # --- messages of the server ---

    async def listen(self) -> None:
        """Read all messages; the server must not end the session."""
        async for message in self._client.messages():
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.HasField("new_element"):
                self._see(message.delta.new_element, message.delta.fragment_id)
            elif kind == "script_finished":
                self._finish(message.script_finished)
        raise ConnectionError(f"session {self._number} was closed by the server")

    def _see(self, element: Element, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._error(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self._error(element.alert.body)
        elif kind == "alert":
            self._notices.append(element.alert.body)
        elif kind == "text_area" and element.text_area.label == TEXT_BOX:
            self._text_box_id = element.text_area.id
        elif kind == "bidi_component":
            part = json.loads(element.bidi_component.json)
            if "stage" in part:
                self._view_id, self._fragment = element.bidi_component.id, fragment
                self._see_view(part["stage"], part["settings"], part["exact"])
            else:
                self._see_carried(part)

    def _see_view(self, stage: dict[str, Any], settings: dict[str, Any], exact: dict[str, Any]) -> None:
        if not self._asked:
            self._asked.append((1.0, (1.0,) * stage["num_layers"]))
        text = "".join(word["text"] for word in stage["segments"][0]["words"])
        number, scales = settings["number"], (settings["scale"], tuple(settings["layer_scales"]))
        self._check(text in self._texts, f"the text {text!r}")
        self._check(scales in self._asked[number : number + 1], f"the scales {scales} under number {number}")
        self._check(
            len(exact["depths"]) == len(stage["tokens"]), f"{len(exact['depths'])} depths for {text!r}"
        )
        self._stage = stage
        self._signatures.add(stage["signature"])
        is_newest = text == self._texts[-1] and number == len(self._asked) - 1
        if is_newest and self._waiting and not self._waiting.done():
            self._answered_at = time.perf_counter()
            self._waiting.set_result(None)
            self._findings.answers.append(Answer(text, scales, exact))

    def _see_carried(self, part: dict[str, Any]) -> None:
        """A sweep, attention or timing: each names its stage and its settings or their number."""
        for name, content in part.items():
            if name == "view":
                continue
            self._check(content["stage"] in self._signatures, f"a {name} of the stage {content['stage']}")
            if "for" in content:
                layers = tuple(content["for"]["layer_scales"])
                self._check(layers in [asked for _, asked in self._asked], f"a {name} for {layers}")
            else:
                self._check(content["number"] < len(self._asked), f"a {name} for number {content['number']}")

    def _finish(self, status: ForwardMsg.ScriptFinishedStatus.ValueType) -> None:
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._error("the page did not compile")
        if not self._view_id and self._waiting and not self._waiting.done():
            self._waiting.set_result(" ".join(self._notices) or "nothing at all")
        if self._unsettled and status != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._findings.settled[self._unsettled].append(time.perf_counter() - self._acted_at)
            self._unsettled = ""

    def _check(self, is_own: bool, what: str) -> None:
        self._findings.parts_checked += 1
        if not is_own:
            self._findings.cross_talk.append(f"session {self._number} was shown {what}")

    def _error(self, message: str) -> None:
        self._findings.errors.append(f"session {self._number}: {message}")
