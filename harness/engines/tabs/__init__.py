"""What all tabs share, whichever browser is behind."""
