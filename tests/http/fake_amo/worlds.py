"""Worlds that several tests need."""

from pathlib import Path

from fake_amo.state.dataset import World
from fake_amo.state.dataset_file import world_from


def two_accounts() -> World:
    """Two accounts of one admin, one where the admin is a mere member; a public and a private integration."""
    return world_from(
        {
            "users": [{"login": "owner@example.com"}, {"login": "stranger@example.com"}],
            "accounts": [
                {"subdomain": "first", "admins": ["owner@example.com"]},
                {"subdomain": "second", "admins": ["owner@example.com"], "leads": 2},
                {"subdomain": "guest", "members": ["owner@example.com"]},
            ],
            "integrations": [{"name": "Public"}, {"name": "Private", "owner": "first"}],
        }
    )


def written(folder: Path, text: str) -> Path:
    """Return a world file with that text."""
    path = folder / "world.toml"
    path.write_text(text, encoding="utf-8")
    return path
