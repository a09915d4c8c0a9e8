"""Memory of the app while a user tries a thousand texts: `python -m tests.bench.memory [TEXTS]`.

Every text is different, 5 to 60 words drawn from the bundled examples, typed into the real app in Chromium.
"""

import json
import random
import sys

from tests.bench.served_app import resident_mb, served
from tests.browser.serving import ROOT


def main() -> None:
    """Print the memory after every tenth of the texts as JSON, in MB."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    examples = json.loads((ROOT / "assets/examples/explore.json").read_text())
    words = " ".join(entry["text"] for entry in examples).split()
    draw = random.Random(0)
    with served("app.py") as (page, process_id, _):
        page.wait_for_selector(".ltp-cell", timeout=120_000)
        page.get_by_role("tab", name="Text").click()
        readings = {0: round(resident_mb(process_id))}
        for number in range(1, count + 1):
            text = f"{number} " + " ".join(draw.choices(words, k=draw.randint(5, 60)))
            page.locator("textarea").fill(text)
            page.keyboard.press("Control+Enter")
            page.wait_for_function(
                "text => document.querySelector('.ltp-text')?.textContent === text", arg=text
            )
            if number % max(1, count // 10) == 0:
                readings[number] = round(resident_mb(process_id))
                print(number, readings[number], "MB", file=sys.stderr, flush=True)
    print(json.dumps({"texts": count, "resident_mb": readings}))


if __name__ == "__main__":
    main()
