"""What holds for every test."""

from hypothesis import settings

settings.register_profile(
    "chansim", deadline=None
)  # how long an example takes says nothing: the machine may be busy
settings.load_profile("chansim")
