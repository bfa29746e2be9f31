"""Consent, tokens and what amoCRM sends by itself."""
