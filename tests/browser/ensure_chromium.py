"""Find a Chromium for the browser tests, install one, or say exactly what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    if any(shutil.which(name) for name in NAMES):
        return 0
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return 0
    print("No Chromium found; installing one.")
    attempts = []
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.append("apt-get update -qq && apt-get install -y -qq chromium")
    attempts.append(f"{sys.executable} -m playwright install chromium")
    for command in attempts:
        if subprocess.run(command, shell=True, check=False).returncode == 0:
            return 0
    print(
        "The browser tests need Chromium and none could be installed. Install the package 'chromium' of your "
        f"system, or run: {attempts[-1]}",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
