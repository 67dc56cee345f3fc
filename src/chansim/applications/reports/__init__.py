"""What the applications of public reports did, as far as it matters there: a file each."""
