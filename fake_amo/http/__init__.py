"""HTTP below the fake: serving, TLS, messages, the wire."""
