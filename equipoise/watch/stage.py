"""The name under which everything of this stage stands in the ledger."""

VERSION = "watch/1"
