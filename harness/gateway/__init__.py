"""The reverse proxy at the redirect URI, and the probe beside it."""
