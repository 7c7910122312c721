"""Reports of a run: for people on a terminal, for programs, for CI servers."""
