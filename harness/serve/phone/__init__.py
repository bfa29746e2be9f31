"""What the harness itself shows a phone: the start page that plays the app, one phone at a time."""
