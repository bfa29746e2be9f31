"""What any phone needs, whoever holds it: servers, the scene of one scenario, the side of the app."""
