"""Settings, document types, fonts and other rules kept as data, so that an office can correct them."""
