"""Bridges to other software, each of which is loaded by nobody but its own users."""
