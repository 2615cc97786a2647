"""What a new template may do that an old one could not, decided by the prover in both directions."""
