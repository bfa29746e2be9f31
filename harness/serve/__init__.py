"""A person's own phone walks the flow, and the same clauses judge it."""
