"""Takes the picture of the dashboard that README shows: a journey by hand, walked to the leads.

python -m tools.dashboard_picture
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from harness.backends.reference import reference_backend
from harness.config.settings import reference_config
from harness.engines import open_engine
from harness.serve.opening import Serving, Wanted, open_serving

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "dashboard.png"
SIZE = {"width": 1280, "height": 860}
BROWSER = {
    "user-agent": "Mozilla/5.0 (iPhone)",
    "accept": "text/html",
    "sec-fetch-dest": "document",
    "sec-fetch-site": "same-origin",
}


def walk(serving: Serving) -> None:
    """Connect and come back, as a person's browser asks for it."""
    journey = serving.sitting.journey
    journey.open_app()
    consent = journey.connect()
    with httpx.Client(headers=BROWSER, follow_redirects=True, timeout=30) as browser:
        browser.get(consent)
        address = consent.replace("/oauth2/authorize", "/oauth", 1)
        browser.post(address, data={"decision": "allow"}).raise_for_status()
    journey.follow_page_link()
    journey.wait_out()


def main() -> None:
    """Take it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_serving(reference_config(), reference_backend, Wanted(), Path(folder)) as serving,
        ThreadPoolExecutor(1) as pool,
        open_engine("chromium") as engine,
    ):
        pool.submit(lambda: list(serving.sitting.plays()))
        while not serving.sitting.is_under_way:
            time.sleep(0.01)
        walk(serving)
        page = engine.open_tab().page
        page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
        page.goto(serving.dashboard_url)
        page.locator("#clause-APP-03").wait_for()
        page.screenshot(path=str(PICTURE))
        serving.sitting.finish()
    print(f"{PICTURE.name}: written")


if __name__ == "__main__":
    main()
