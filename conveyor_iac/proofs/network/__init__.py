"""The network prover: where packets of a subnet can go, worked out on a small model that no engine spells."""
