"""From scenarios to results, in one process or many."""
