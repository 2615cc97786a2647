"""What a data plane on Azure needs: nouns and arithmetic, as the floor above has them for AWS. No engine, no I/O."""
