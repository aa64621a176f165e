"""The background: which process answers each key."""

from bw_tinyml.background.linking import LinkedDataset, LinkedExchange, LinkedInventory, link

__all__ = ["LinkedDataset", "LinkedExchange", "LinkedInventory", "link"]
