"""Browsers that Playwright starts or reaches by itself."""
