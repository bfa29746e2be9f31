"""What a `backend.toml` may say."""
