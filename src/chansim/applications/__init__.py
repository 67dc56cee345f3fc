"""Applications that chansim ships, written as in 2016: consumers and routing, one file each."""
