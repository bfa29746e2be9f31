"""What runs inside Locust: users, their phones, and the shapes of load."""
