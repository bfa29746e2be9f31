"""What a visit leaves behind in the gateway and in the tab, and the scripts that look at a page."""
