"""What goes wrong next, one tap each, and journeys that are set up for it."""
