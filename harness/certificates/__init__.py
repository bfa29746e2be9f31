"""What a server reached from another device shows for its name, and how that device comes to trust it."""
