"""The cryptography of card payments as pure functions: no I/O, no state, no key storage.

They take clear keys, so they are for the security module, for simulated cards and for tests;
everything else asks a security module, which holds the keys.
"""
