"""The commands of the command line, one file each, and what they share.

To add one: write a file with a function that takes the subparsers, says what options there are and which
function runs them, and put that into ``COMMANDS`` in ``cli.py``.
"""
