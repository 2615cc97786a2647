"""Claims about endpoint services: who may connect."""
