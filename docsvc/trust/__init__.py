"""Whom signatures are believed from: trust anchors kept in the database, and trusted lists they come from."""
