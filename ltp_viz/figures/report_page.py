"""The page around a report: one HTML file that needs no server, sends no request and runs only its script."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ltp_viz.figures.offline import content_policy, script_data
from ltp_viz.figures.theme import alt_text

_DRAW = """
const figures = JSON.parse(document.getElementById("figures").textContent);
figures.forEach((figure, k) => {
  const place = document.getElementById("figure-" + k);
  place.style.minHeight = figure.layout.height + "px";
  Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
});
"""

# Figures leave the colours of text and lines to the page: `!important` is stronger than what plotly sets.
_STYLES = """
:root { color-scheme: light dark; --ground: #fff; --panel: #f3f5f7; --text: #1c2530; --faint: #56626e;
  --line: #d8dee4; --accent: #0072b2; --alarm: #b84e00; }
@media screen and (prefers-color-scheme: dark) { :root { --ground: #11161c; --panel: #1a2129; --text: #e6eaee;
  --faint: #a3afba; --line: #33404c; --accent: #56b4e9; --alarm: #f0883e; } }
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0 auto; max-width: 82rem; padding: 2rem clamp(1rem, 4vw, 3.5rem) 4rem; color: var(--text);
  background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.8rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .1rem; }
p { margin: 0 0 .8rem; max-width: 46rem; }
.faint, figcaption { color: var(--faint); font-size: .86rem; }
.notes { margin: 1.2rem 0 0; padding: .7rem 1rem .7rem 2rem; border-left: 4px solid var(--alarm);
  background: var(--panel); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: .8rem;
  margin: 1.4rem 0; }
.numbers div { background: var(--panel); border-radius: .5rem; padding: .8rem 1rem; }
.numbers dt { color: var(--faint); font-size: .86rem; }
.numbers dd { margin: 0; }
.numbers .value { font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.4rem;
  margin: 0 0 1rem; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; }
pre { background: var(--panel); border-radius: .5rem; padding: .8rem 1rem; margin: 0; white-space: pre-wrap;
  font-size: .86rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr));
  gap: 2.2rem 2.5rem; align-items: start; }
figure { margin: 0; min-width: 0; max-width: 42rem; } /* no wider than a printed page */
figure p { margin: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0;
  border-bottom: 1px solid var(--line); }
th { overflow-wrap: normal; }
thead th { color: var(--faint); font-size: .86rem; font-weight: 600; vertical-align: bottom; }
.scores { max-width: 46rem; }
.scores td, .flips td { white-space: nowrap; }
.scores small { display: block; color: var(--faint); font-size: .82rem; }
.flips td.text { white-space: normal; min-width: 13rem; width: 50%; }
.flips td.answer { white-space: normal; min-width: 6rem; }
.flips .pair { display: block; margin-top: .3rem; padding-left: .7rem; border-left: 2px solid var(--line); }
.flips td.wrong { color: var(--alarm); font-weight: 600; }
.js-plotly-plot text:not(.textpoint *, .bartext-inside) { fill: var(--text) !important; }
.js-plotly-plot .gridlayer path, .js-plotly-plot .zerolinelayer path { stroke: var(--line) !important; }
.js-plotly-plot .hoverlayer .legend .bg { fill: var(--panel) !important; stroke: var(--line) !important; }
.js-plotly-plot .hoverlayer .hovertext path { fill: var(--panel) !important; stroke: var(--line) !important; }
@media (max-width: 900px) {
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: .6rem; }
  .scores td, .scores th { padding-right: .5rem; white-space: normal; }
  .flips thead { display: none; }
  .flips tr { display: grid; grid-template-columns: 1fr 1fr; gap: .2rem 1rem; padding: .9rem 0;
    border-bottom: 1px solid var(--line); }
  .flips td { display: block; border: 0; padding: 0; white-space: normal; }
  .flips td::before { content: attr(data-name) " "; color: var(--faint); font-size: .86rem;
    font-weight: 400; }
  .flips td.text { grid-column: 1 / -1; min-width: 0; width: auto; }
  .flips td.text::before { content: none; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .grid { display: block; }
  .numbers { grid-template-columns: 1fr 1fr; }
  figure { break-inside: avoid; margin-bottom: 1.2rem; }
  h2, h3 { break-after: avoid; }
  tr, .numbers div { break-inside: avoid; }
  .flips td.text { min-width: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


@dataclass(frozen=True)
class Drawing:
    """A figure with its heading and one sentence on how to read it."""

    heading: str
    how_to_read: str
    figure: go.Figure


class Drawings:
    """The figures of a page: each gets a place in the text, and all are drawn by one script."""

    def __init__(self) -> None:
        self._figures: list[go.Figure] = []

    def grid(self, drawings: Sequence[Drawing]) -> str:
        """Places side by side where there is room. What a figure shows is its name and its caption."""
        return f'<div class="grid">{"".join(map(self._place, drawings))}</div>'

    def _place(self, drawing: Drawing) -> str:
        number = len(self._figures)
        self._figures.append(drawing.figure)
        words = text(alt_text(drawing.figure))
        return (
            f'<figure><h3>{text(drawing.heading)}</h3><p class="faint">{text(drawing.how_to_read)}</p>'
            f'<div id="figure-{number}" role="img" aria-labelledby="words-{number}"></div>'
            f'<figcaption id="words-{number}">{words}</figcaption></figure>'
        )

    def data(self) -> str:
        """All figures as JSON that may stand in a script element."""
        return script_data([json.loads(figure.to_json()) for figure in self._figures])


def text(anything: object) -> str:
    """Text as it stands in an element or an attribute: nothing in it is markup."""
    # NUL is the one character that HTML cannot hold.
    return html.escape(str(anything).replace("\0", "\ufffd"))


def page(title: str, body: str, drawings: Drawings) -> str:
    """The whole file from a body that is HTML already."""
    library = get_plotlyjs().replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{content_policy(library, _DRAW)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>{_STYLES}</style>
</head>
<body>
{body}
<noscript><p>The figures are drawn by a script in this file, which your browser does not run; the sentence
under each says what it shows.</p></noscript>
<script type="application/json" id="figures">{drawings.data()}</script>
<script>{library}</script>
<script>{_DRAW}</script>
</body>
</html>
"""
