"""An app's process and a Chromium page on it, for the measurements in this folder."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.serving import NAMES, ROOT, free_port


@contextmanager
def served(script: str) -> Iterator[tuple[Page, int, float]]:
    """Start a Streamlit script and open it. Yields the page, the server's process id and the start time."""
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    try:
        with sync_playwright() as playwright:
            executable = next((path for name in NAMES if (path := shutil.which(name))), None)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            while True:
                try:
                    page.goto(f"http://localhost:{port}/")
                    break
                except Exception:
                    time.sleep(0.05)
            yield page, server.pid, started
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def resident_mb(process_id: int) -> float:
    """Resident memory of a process, in MB (Linux)."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {process_id} tells no VmRSS")
