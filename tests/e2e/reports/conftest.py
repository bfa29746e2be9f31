"""The three reports, made once for all workers, and a browser that is not the judged one."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.e2e.reports.gallery import all_reports


@pytest.fixture(scope="session")
def reports(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the three reports; whichever worker comes first makes them."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own
    place = shared / "reports"
    with (shared / "reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "hostile" / "report.html").exists():
            shutil.rmtree(place, ignore_errors=True)
            all_reports(place, playwright)
    return place
