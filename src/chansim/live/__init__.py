"""The executed world: the same scenarios, with threads, locks, the wall clock and the real callables."""
