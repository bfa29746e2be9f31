"""What happened: events, masks, recording, saving. Nothing here judges."""
