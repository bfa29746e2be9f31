"""What each browser on a phone does with a departure."""
