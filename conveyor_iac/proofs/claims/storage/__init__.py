"""Claims about what keeps data: encrypted, and not open to the public."""
