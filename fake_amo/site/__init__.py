"""One fake amoCRM without its sockets."""
