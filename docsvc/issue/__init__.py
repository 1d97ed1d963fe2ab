"""The issue flow: draft → submit → sign → number → seal → publish, each step safe to repeat."""
