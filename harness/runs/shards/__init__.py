"""One run on several machines: which of them plays what."""
