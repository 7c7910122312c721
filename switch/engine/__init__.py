"""The switch's business: routing, the life of a transaction, store-and-forward."""
