"""The pictures that a scenario leaves: of each of its phones, and of no page on which a secret is legible."""

import asyncio
from pathlib import Path

from harness.config.settings import BackendConfig, Http
from harness.runs.runner import play
from harness.stage.scenario import Scenario
from harness.stage.world import Setup, Stage, World
from harness.timeline.events import PictureLeftOut
from tests.e2e.hostile_backend import CALLBACK, hostile_backend, page, says

CONFIG = BackendConfig(name="showing", http=Http(headers={"Authorization": "Bearer x"}))
TOKEN = "def502009b1f4c77ab31"
INNER = f"attachShadow({{mode: 'open'}}).textContent = '{TOKEN}'"
LEGIBLE = {
    "text": page(f"<p>{TOKEN}</p>"),
    "field": page("<input id=f>" + f"<script>f.value = '{TOKEN}'</script>"),
    "shadow": page(f"<p id=p></p><script>p.{INNER}</script>"),
    "frame": page(f'<iframe srcdoc="<p>{TOKEN}"></iframe>'),
}
ILLEGIBLE = {
    "attribute": page(f"<p data-x='{TOKEN}'>"),
    "password": page(f"<input type=password value={TOKEN}>"),
    "script": page(f"<script>var x = '{TOKEN}'</script>"),
}


def test_a_picture_is_of_one_phone_and_shows_no_secret(stage: Stage, tmp_path: Path) -> None:
    """One phone sees a page after another, a second one the last; what is left out is told of by its name."""
    pages = [*LEGIBLE.values(), *ILLEGIBLE.values()]
    left, count = iter([*pages, page()]), len(pages) + 1

    async def each_its_own(writer: asyncio.StreamWriter) -> None:
        await says(next(left))(writer)

    def visit(world: World) -> None:
        world.recorder.secret("access_token", TOKEN)
        for phone in [*[world.phone] * len(pages), world.new_phone("another")]:
            phone.page.open_callback({"code": "c", "state": "s"})

    with (
        hostile_backend({CALLBACK: each_its_own}) as backend,
        stage.recast(Setup(CONFIG, out=tmp_path), backend) as recast,
    ):
        played = play(recast, Scenario("visit", "two phones visit", (), visit))
    assert played.result.harness_errors == ()
    names = [f"{number:02d}-page" for number in range(1, count + 1)]
    told = [(each.picture, "access_token" in each.why) for each in played.timeline.of(PictureLeftOut)]
    assert told == [(name, True) for name in names[: len(LEGIBLE)]]
    assert sorted(path.stem for path in tmp_path.glob("screenshots/visit/*")) == names[len(LEGIBLE) :]
