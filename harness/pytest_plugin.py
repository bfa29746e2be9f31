"""The pytest plugin: loaded in every test run, so it imports nothing heavy."""
