"""The simulated nouns: what each is, how it behaves, and how it is drawn."""
