"""Inspection: audits of the stored files, alarms, and how units sign."""
