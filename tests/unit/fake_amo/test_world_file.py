"""World files: what they make, and every mistake by its name."""

import os
from pathlib import Path

import pytest

from fake_amo.state.dataset_file import WorldFileError, load_world

README = Path(__file__).parents[3] / "fake_amo" / "README.md"


def written(folder: Path, text: str) -> Path:
    """Return a world file with that text."""
    path = folder / "world.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_of_the_readme_is_read(tmp_path: Path) -> None:
    """The documentation's own example."""
    example = README.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    world = load_world(written(tmp_path, example))
    assert [each.subdomain for each in world.accounts] == ["acme", "globex"]
    acme, globex = world.accounts
    assert [lead.name for lead in acme.leads] == ["Вікна для офісу", "Двері"]
    assert acme.leads[0].price == 150000
    assert len(globex.leads) == 3
    public, private = world.integrations
    assert (public.owner_account_id, private.owner_account_id) == (None, acme.id)
    assert public.redirect_uri == "https://app.example/callback"
    assert world.seed == 7


def test_seed_can_be_replaced(tmp_path: Path) -> None:
    """The command line's goes before the file's; ids follow from it."""
    path = written(tmp_path, MINIMAL)
    assert load_world(path) == load_world(path)
    assert load_world(path, 5) != load_world(path, 6)
    assert load_world(path, 5).seed == 5


MINIMAL = """
[[users]]
login = "a@example.com"
[[accounts]]
subdomain = "acme"
admins = ["a@example.com"]
[[integrations]]
name = "Acme"
"""
MISTAKES = [
    ("users = 3", "users: needs at least one [[users]] table"),
    ("[[users]]", "users[0]: login is missing"),
    (MINIMAL + "colour = 1", "integrations[0]: unknown key 'colour'; known are client_id"),
    ("planet = 1" + MINIMAL, "the file: unknown key 'planet'; known are accounts, integrations, seed, users"),
    ("seed = true" + MINIMAL, "the file: seed must be of type int, got True"),
    (MINIMAL.replace('"acme"', '"A b"'), "accounts[0]: subdomain: 'A b' is not one"),
    (MINIMAL.replace('["a@example.com"]', '["b"]'), "accounts[0]: admins names no user, 'b'; there are a@"),
    (MINIMAL.replace('["a@example.com"]', "[]"), "accounts[0]: admins or members must name a user's login"),
    (MINIMAL.replace('["a@example.com"]', "7"), "accounts[0]: admins must be a list of texts, got 7"),
    (MINIMAL.replace("[[integrations]]", 'leads = "many"\n[[integrations]]'), "leads must be a number"),
    (
        MINIMAL.replace("[[integrations]]", "leads = [3]\n[[integrations]]"),
        "accounts[0].leads[0]: must be a table",
    ),
    (
        MINIMAL.replace("[[integrations]]", "leads = [{status_id = 1}]\n[[integrations]]"),
        "accounts[0].leads[0]: status_id must be one of [142, 143",
    ),
    (
        MINIMAL.replace("[[integrations]]", "leads = [{id = 1}, {id = 1}]\n[[integrations]]"),
        "accounts[0].leads: id '1' is there twice",
    ),
    (MINIMAL + 'owner = "x"', "integrations[0]: owner names no account, 'x'; there are acme"),
    (MINIMAL + 'redirect_uri = "x"', "integrations[0]: redirect_uri: 'x' is not an absolute URI"),
    (MINIMAL + 'scopes = "crm"', "integrations[0]: scopes must be a list of texts, got 'crm'"),
    (MINIMAL.replace('"Acme"', "7"), "integrations[0]: name must be of type str, got 7"),
    ("[[users", "not a TOML file"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_mistakes_are_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    """File, table, key, and what there could be."""
    path = written(tmp_path, text)
    with pytest.raises(WorldFileError) as refused:
        load_world(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)


def test_minimal_file_is_accepted(tmp_path: Path) -> None:
    """The broken ones above differ from it in one thing each."""
    assert len(load_world(written(tmp_path, MINIMAL)).accounts[0].leads) == 5


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(WorldFileError, match="No such file"):
        load_world(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("part", ["a", '"a b"', "'c.d'", "a" * 50])
def test_a_key_of_thousands_of_parts_is_refused_at_once(tmp_path: Path, part: str) -> None:
    """A parser takes minutes for it; dots in a text are no parts of a key."""
    for text in (f"{'.'.join([part] * 5000)} = 1", f"[{' . '.join([part] * 5000)}]"):
        with pytest.raises(WorldFileError, match="nested too deeply"):
            load_world(written(tmp_path, text))
    dotted = "v1.2 ... a. b" * 200
    world = load_world(written(tmp_path, MINIMAL.replace('"Acme"', f'"{dotted}"')))
    assert dotted in {world.accounts[0].name, world.integrations[0].name}


def test_a_file_that_has_nothing_yet_is_not_waited_for(tmp_path: Path) -> None:
    """As the kernel's messages are; a pipe with a name stands for them."""
    pipe = tmp_path / "world.toml"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(WorldFileError, match="nothing can be read from it"):
            load_world(pipe)
    finally:
        os.close(writer)
