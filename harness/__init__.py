"""A mobile-client simulator and end-to-end test harness for amoCRM OAuth in a real WebKit."""
