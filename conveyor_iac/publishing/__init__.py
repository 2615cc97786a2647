"""Releases: names, digests, signatures, the layout in S3. Takes bytes, proofs and comparisons; makes none of them."""
