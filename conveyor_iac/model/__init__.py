"""Think here: nouns, arithmetic, catalogue. No engine, no I/O but the catalogue's own files."""
