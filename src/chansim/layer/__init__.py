"""The channel layer's rules. Nothing in this folder knows a clock, a thread, a socket or SimPy.

Read ``contract.py`` (what a layer promises), then ``core.py`` (how the promise is kept).
"""
