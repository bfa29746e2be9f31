"""What exists in a fake amoCRM, and what was issued."""
