"""Two runs beside each other, as a page."""
