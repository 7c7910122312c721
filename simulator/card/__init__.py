"""Chip cards: what is on one, the cryptograms it makes, and what it does with its issuer's answer.

A terminal reads a `Chip`; a `CardMaker` makes the chips of a network. Nobody but the card has its
keys here: an issuer derives them again from its own, in its security module.
"""
