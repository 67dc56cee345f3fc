"""Export: a scenario as something that other software runs; a file for each kind of software."""
