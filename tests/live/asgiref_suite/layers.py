"""asgiref 1.1.2's own suite, with our in-memory layer put in. Run by unittest, in an environment that has asgiref
1.1.2 (test_asgiref_suite.py makes one); pytest does not collect this file.
"""

import time

from asgiref.conformance import ConformanceTestCase

from chansim.live.memory import InMemoryLayer


class Channels11(ConformanceTestCase):
    """A layer of the era that the suite is of."""

    expiry_delay = 1.1
    capacity_limit = 5
    era = "channels11"

    def setUp(self):
        self.channel_layer = InMemoryLayer(
            expiry=1, group_expiry=2, capacity=self.capacity_limit, era=self.era
        )
        super().setUp()

    def test_a_member_whose_message_expired_is_out_of_its_group(self):
        """asgiref asked this of its in-memory layer only, in a test beside the suite."""
        self.channel_layer.group_add("room", "member")
        self.channel_layer.send_group("room", {"text": "hello"})
        time.sleep(self.expiry_delay)
        self.channel_layer.send_group("room", {"text": "anybody?"})
        assert self.receive(["member"]) == (None, None)
        assert list(self.channel_layer.group_channels("room")) == []


class June2016(Channels11):
    """A layer of an era that knew no queues shared by the clients of a server."""

    era = "june2016"
