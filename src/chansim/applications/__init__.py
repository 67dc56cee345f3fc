"""Applications that chansim ships, written as in 2016: consumers, routing, and what their pages send; a file each."""
