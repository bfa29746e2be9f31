"""What reports say: events, findings and verdicts in words."""
