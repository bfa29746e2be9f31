"""The report as one HTML file, with its pictures."""
