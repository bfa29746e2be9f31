"""What a repository says of its backend: how it starts, what it reads, where it answers."""
