"""A page that asks people with phones what their browser does with each way to leave."""
