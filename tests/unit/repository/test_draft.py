"""What `init` finds in a repository, with where it was found; and what it does not make up."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.config.example import EXAMPLE
from harness.config.settings import Http
from harness.repository.draft import Draft, draft_of

EXPRESS = {
    "package.json": json.dumps({"scripts": {"start": "node src/index.js"}}),
    "src/index.js": """import amo from "./routes/amo.js";
app.use("/api", amo);
app.get("/health", ok);
app.listen(process.env.PORT ?? 3000);
""",
    "src/routes/amo.js": """router.get("/google/callback", async (req, res) => google(req.query.code));
router.get("/amo/callback", async (req, res) => {
  const tokens = await exchange(req.query.code, process.env.AMO_CLIENT_ID, process.env.AMO_CLIENT_SECRET);
  res.send(page(`foryoure://amo-crm/callback?success=true`));
});
router.get("/amo/status", status);
""",
    "src/exchange.js": "// see https://www.amocrm.ru/developers\nconst url = `https://${subdomain}.amocrm.ru/oauth2/access_token`;",
    ".env.example": "AMO_REDIRECT_URI=http://localhost:3000/api/amo/callback\nAMO_CLIENT_SECRET=s3cret-of-theirs\n"
    "DATABASE_URL=postgres://u:s3cret-of-theirs@db/app\n",
    "node_modules/x/index.js": "process.env.AMO_SUBDOMAIN",
    "tests/amo.test.js": 'app.get("/amo/test/callback"); process.env.AMO_BASE_URL',
}
NEST = {
    "package.json": json.dumps({"scripts": {"start": "nest start"}}),
    "pnpm-lock.yaml": "",
    "src/main.ts": 'app.setGlobalPrefix("api"); await app.listen(config.get<number>("APP_PORT"));',
    "src/amo.controller.ts": '@Controller("amo")\nexport class AmoController {\n  @Get("oauth/callback")\n'
    "  callback(@Query('code') code: string) {}\n}",
    "src/amo.service.ts": 'this.config.getOrThrow("AMO_URI")',
    "src/settings.ts": 'export const settings = (env) => ({ id: required(env, "AMO_CLIENT_ID"), x: env.X });',
}
FASTAPI = {
    "pyproject.toml": '[project]\nname = "x"\n',
    "app/main.py": "app = FastAPI()\n",
    "app/config.py": "class Settings(BaseSettings):\n    amo_client_id: str\n    amo_redirect_uri: str\n",
    "app/auth.py": 'router = APIRouter(prefix="/oauth")\n\n@router.get("/amocrm/callback")\n'
    "def back(code: str): ...\n",
}
LARAVEL = {
    "artisan": "#!/usr/bin/env php",
    "composer.json": "{}",
    "package.json": json.dumps({"scripts": {"dev": "vite"}}),
    "routes/web.php": "<?php Route::get('/amocrm/callback', [AmoController::class, 'callback']);",
    "config/services.php": "<?php return [env('AMOCRM_CLIENT_ID'), env('AMOCRM_REDIRECT_URI')];",
}
PHP = {
    "public/auth.php": "<?php $code = $_GET['code']; $amo = getenv('AMO_CLIENT_ID'); "
    "curl_init('https://' . $s . '.amocrm.ru/oauth2/access_token');",
}
DJANGO_WITHIN = {
    "README.md": "",
    "web/package.json": json.dumps({"scripts": {"start": "vite"}}),
    "server/manage.py": "import django",
    "server/urls.py": 'urlpatterns = [path("amo/callback/", views.callback)]',
    "server/views.py": 'code = request.GET["code"]; os.environ["KOMMO_CLIENT_ID"]',
}
GO = {
    "go.mod": "module x",
    "cmd/app/main.go": "func main() {}\n",
    "internal/amo.go": 'mux.HandleFunc("/amo/callback", func() { r.URL.Query().Get("code") })\n'
    'os.Getenv("AMO_CLIENT_SECRET")',
}
CONTAINER = {
    "Dockerfile": 'FROM x\nHEALTHCHECK \\\n  CMD ["curl"]\n'
    'CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]\n',
    "app.py": "app = make()",
}


def draft(folder: Path, files: Mapping[str, str]) -> Draft:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return draft_of(folder)


@pytest.mark.parametrize(
    ("files", "command", "env", "callback"),
    [
        pytest.param(
            EXPRESS,
            ("node", "src/index.js"),
            {
                "PORT": "{port}",
                "AMO_CLIENT_ID": "{client_id}",
                "AMO_CLIENT_SECRET": "{client_secret}",
                "AMO_REDIRECT_URI": "{redirect_uri}",
            },
            "/api/amo/callback",
            id="express",
        ),
        pytest.param(
            NEST,
            ("pnpm", "run", "start"),
            {"APP_PORT": "{port}", "AMO_CLIENT_ID": "{client_id}", "AMO_URI": "{amo_url}"},
            "/api/amo/oauth/callback",
            id="nest",
        ),
        pytest.param(
            FASTAPI,
            ("uvicorn", "app.main:app", "--port", "{port}"),
            {"AMO_CLIENT_ID": "{client_id}", "AMO_REDIRECT_URI": "{redirect_uri}"},
            "/oauth/amocrm/callback",
            id="fastapi",
        ),
        pytest.param(
            LARAVEL,
            ("php", "artisan", "serve", "--host=127.0.0.1", "--port={port}"),
            {"AMOCRM_CLIENT_ID": "{client_id}", "AMOCRM_REDIRECT_URI": "{redirect_uri}"},
            "/amocrm/callback",
            id="laravel",
        ),
        pytest.param(
            PHP,
            ("php", "-S", "127.0.0.1:{port}", "-t", "public"),
            {"AMO_CLIENT_ID": "{client_id}"},
            "/auth.php",
            id="php",
        ),
        pytest.param(
            DJANGO_WITHIN,
            ("python3", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
            {"KOMMO_CLIENT_ID": "{client_id}"},
            "/amo/callback/",
            id="django-in-a-folder",
        ),
        pytest.param(
            GO,
            ("go", "run", "./cmd/app"),
            {"AMO_CLIENT_SECRET": "{client_secret}"},
            "/amo/callback",
            id="go",
        ),
        pytest.param(
            CONTAINER,
            ("gunicorn", "-b", "127.0.0.1:{port}", "app:app"),
            {},
            Http().callback,
            id="container",
        ),
    ],
)
def test_what_is_there_is_found(
    files: Mapping[str, str], command: tuple[str, ...], env: dict[str, str], callback: str, tmp_path: Path
) -> None:
    """Start, port, amoCRM's variables and the callback's route, and nothing else is set."""
    found = draft(tmp_path, files).config
    assert found.start is not None
    assert (found.start.command, found.start.env, found.http.callback) == (command, env, callback)


def test_each_setting_has_its_evidence(tmp_path: Path) -> None:
    """By file and line, in a comment beside it."""
    text = draft(tmp_path, EXPRESS).text
    assert (
        '# -> package.json: scripts.start = "node src/index.js"\ncommand = ["node", "src/index.js"]' in text
    )
    assert 'PORT = "{port}"  # -> src/index.js:4' in text
    assert "# -> .env.example:1: the path of AMO_REDIRECT_URI; src/routes/amo.js:2\ncallback = " in text
    assert "# -> src/exchange.js:2: amoCRM's own host is written there\nintercept = true" in text
    assert '# -> may be "/api/amo/status" (src/routes/amo.js:6)\n# status = ' in text
    assert '# -> may be "/health" (src/index.js:3)\n# ready = ' in text
    assert '# DATABASE_URL = "…"  # -> .env.example:3: a database' in text


def test_no_value_of_anybodys_is_copied(tmp_path: Path) -> None:
    """An example file may hold real secrets."""
    assert "s3cret-of-theirs" not in draft(tmp_path, EXPRESS).text


def test_a_variable_of_amocrms_own_name_goes_before_one_of_an_integration(tmp_path: Path) -> None:
    """A service's own secret may be called that too, and its address is no host of amoCRM's."""
    read = ("INTEGRATION_SECRET", "INTEGRATION_DOMAIN", "AMO_CRM_CLIENT_SECRET")
    made = draft(tmp_path, {"config.js": "".join(f"process.env.{each};" for each in read)})
    assert made.config.start is not None
    assert made.config.start.env == {"AMO_CRM_CLIENT_SECRET": "{client_secret}"}


def test_a_program_that_an_image_is_built_with_is_not_started_here(tmp_path: Path) -> None:
    """It is not there; Go runs the source that the image builds it from."""
    mains = {f"cmd/{each}/main.go": "func main() {}\n" for each in ("client", "server")}
    image = 'RUN go build -o server ./cmd/server/main.go\nCMD ["./server"]\n'
    made = draft(tmp_path, {"go.mod": "module x", "Dockerfile": image, **mains})
    assert made.config.start is not None
    assert made.config.start.command == ("go", "run", "./cmd/server")


def test_code_that_another_route_reads_makes_no_callback(tmp_path: Path) -> None:
    """One that answers with amoCRM's address is for connecting."""
    routes = """
router.get("/kommo-auth-url", (req, res) => res.json({ authUrl }));
router.post("/kommo-auth-code", (req, res) => { const { team, code } = req.body; });
"""
    made = draft(tmp_path, {"routes/admin.js": routes})
    assert made.config.http.callback == Http().callback
    assert "/kommo-auth-url" in made.text


def test_what_is_not_found_is_said_and_not_made_up(tmp_path: Path) -> None:
    """A repository without a start, a port and a callback leaves them to be written."""
    made = draft(tmp_path, {"lib/util.js": "export const one = 1;"})
    assert made.config.start is not None
    assert (made.config.start.command, made.config.start.env, made.config.http) == ((), {}, Http())
    assert '# -> not found here: write how it is started\n# command = "…"' in made.text
    assert "# -> not found here: the variable for {client_id}" in made.text
    document = tomllib.loads(made.text)
    assert document["start"] == {}
    assert document["http"] == {"sign_in": {}}


def test_what_is_written_is_toml_that_says_the_same(tmp_path: Path) -> None:
    """Comments change nothing."""
    made = draft(tmp_path, EXPRESS)
    document = tomllib.loads(made.text)
    assert made.config.start is not None
    assert document["start"]["command"] == [*made.config.start.command]
    assert document["start"]["env"] == made.config.start.env
    assert document["http"]["callback"] == "/api/amo/callback"
    assert document["deep_link"] == {} or document["deep_link"] == {"scheme": "foryoure"}


def test_a_folder_with_nothing_in_it_gets_the_example(tmp_path: Path) -> None:
    """So that there is something to edit."""
    made = draft(tmp_path, {"README.md": "# x"})
    assert made.is_empty
    assert made.config == EXAMPLE


@pytest.mark.parametrize(
    "package", ["{", "[]", '{"scripts": []}', '{"scripts": {"start": 1}}', '{"main": "nowhere.js"}']
)
def test_a_broken_manifest_is_no_trouble(package: str, tmp_path: Path) -> None:
    """Nothing is found in it."""
    made = draft(tmp_path, {"package.json": package, "a.js": "x"})
    assert made.config.start is not None
    assert made.config.start.command == ()


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("x = `https://${sub}.kommo.com/oauth2/access_token`", "kommo.com"),
        ("x = 'https://www.kommo.com'; y = 'https://www.amocrm.ru'", "amocrm.ru"),
        ("x = 1", "amocrm.ru"),
        ("// see https://www.kommo.com", "amocrm.ru"),
    ],
    ids=["one", "both", "none", "comment"],
)
def test_the_zone_is_the_one_that_the_code_names(code: str, zone: str, tmp_path: Path) -> None:
    """Where it names one alone."""
    assert draft(tmp_path, {"src/amo.js": code}).config.zone == zone
