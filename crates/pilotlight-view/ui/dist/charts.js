// Not built.
