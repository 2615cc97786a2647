"""Claims about networks: ways out, firewalls, endpoints and names."""
