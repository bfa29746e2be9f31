"""How a backend is had: in process, started, already running, intercepted."""
