"""How much of a run of load is ours: `amo-harness load` beside a plain Locust script of the same requests.

    python benchmarks/load_speed.py [users] [seconds]

Both drive the reference backend and fake amoCRM on this machine, one after the other. Prints figures with
versions; asserts nothing about time. The plain script is Locust's own FastHttpUser: no story, no marks, no
look at the first byte beside the page.
"""

import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from harness.config.settings import reference_config
from harness.load.judging.judging import Case, judge_case
from harness.load.opening import offers_by_http, open_driving, open_load, tells_users_apart
from harness.load.outcome.request import LoadRequest
from harness.load.outcome.result import figures_in
from harness.load.weather import counts_limits, is_graceful

PLAIN = """
import itertools
from urllib.parse import urlsplit
from locust import FastHttpUser, constant, task

NUMBERS = itertools.count(1)


class Plain(FastHttpUser):
    wait_time = constant(0)
    host = "{backend}"

    @task
    def journey(self):
        number = next(NUMBERS)
        app = {{"Authorization": f"Bearer test-{{number}}"}}
        self.client.get("/api/amo-crm/status", headers=app, name="status")
        url = self.client.get("/api/amo-crm/auth-url", headers=app, name="auth_url").json()["url"]
        query = urlsplit(url).query
        fields = {{"login": f"user-{{number}}@crowd.example", "password": "correct horse"}}
        self.client.post(
            f"{amo}/oauth/login?{{query}}", data=fields, name="sign-in", allow_redirects=False
        )
        self.client.get(url, name="consent")
        answer = self.client.post(
            f"{amo}/oauth?{{query}}", data={{"decision": "allow"}}, name="decision", allow_redirects=False
        )
        target = urlsplit(answer.headers["location"])
        self.client.get(f"{{target.path}}?{{target.query}}", name="callback")
        self.client.get("/api/amo-crm/status", headers=app, name="status")
        self.client.get("/api/leads", headers=app, name="leads")
"""


def main() -> None:
    """Measure both, and print them beside each other."""
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0  # noqa: PLR2004 - the second word
    request = LoadRequest(users=users, minutes=seconds / 60)
    print(f"Python {sys.version.split()[0]}, Locust {version('locust')}, {users} users, {seconds:g} s")
    ours(request)
    plain(request, seconds)


def ours(request: LoadRequest) -> None:
    """Print what `amo-harness load` does."""
    config = reference_config()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_load(config, request, folder) as stage, open_driving(stage.plan.marks) as driving:
            driving.run(stage.plan, request)
            owner, times = stage.owner_account, stage.amo.times
        case = Case(
            folder / "users.ndjson",
            folder / "server.ndjson",
            request.shape,
            config,
            offers_by_http(config),
            owner,
            tells_users_apart(config),
            is_graceful(request.shape),
            counts_limits(tells_users_apart=tells_users_apart(config)),
        )
        began_s = time.process_time()
        judgement = judge_case(case)
        judged_s = time.process_time() - began_s
        course = judgement.course
        written = sum(each.stat().st_size for each in folder.glob("*.ndjson"))
        every = sum(course.by_kind.values())
        pace = course.whole / course.duration_s
        broken = [each.invariant.id for each in judgement.invariants.values() if each.broken]
        print(f"load    {pace:6.1f} whole journeys/s, {every} journeys, broken: {broken or 'nothing'}")
        print(f"        fake's own p99 {1000 * times.percentile(0.99):.1f} ms, {times.total_s:.1f} s at work")
        print(f"        judged in {judged_s:.2f} s of processor, {1000 * judged_s / every:.2f} ms a journey")
        print(f"        {judgement.given_up} answers given up unread by the backend's own time limit")
        print(f"        {written / every / 1000:.1f} kB a journey; too busy: {figures_in(folder).too_busy}")


def plain(request: LoadRequest, seconds: float) -> None:
    """Print what a plain script does."""
    with tempfile.TemporaryDirectory() as name, open_load(reference_config(), request, Path(name)) as stage:
        script = Path(name) / "plain.py"
        told = PLAIN.format(backend=stage.plan.backend_urls[0], amo=stage.plan.amo_url)
        script.write_text(told, encoding="utf-8")
        words = ["-f", str(script), "--headless", "-u", str(request.users), "-r", str(request.users)]
        words += ["-t", f"{seconds:.0f}s", "--json", "--loglevel", "ERROR", "--exit-code-on-error", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "locust", *words], capture_output=True, text=True, check=True, cwd=name
        )
        rows = json.loads(done.stdout[done.stdout.index("[") :])
        leads = next(row for row in rows if row["name"] == "leads")
        print(f"plain   {leads['num_requests'] / seconds:6.1f} whole journeys/s, nothing of them judged")


if __name__ == "__main__":
    main()
