"""Files of descriptions: a scenario as plain text, and back.

What may live here: how text is written and read. What a description means, and what is wrong with one, stays
in its own file.
"""
