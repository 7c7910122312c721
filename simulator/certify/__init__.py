"""Certification of a system that is not ours: a pack of cases, a profile, and the evidence."""
