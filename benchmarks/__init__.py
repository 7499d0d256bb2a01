"""How fast equipoise is, and the ratio to a peer measured in the same run: ``make bench``."""
