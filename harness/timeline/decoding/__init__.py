"""What ordinary decoders make of a text."""
