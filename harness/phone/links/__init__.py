"""From deep link to screen, for each Expo SDK."""
