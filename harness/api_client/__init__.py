"""Reading a backend's JSON as its app does, and what TLS to trust."""
