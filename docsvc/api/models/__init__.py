"""What goes in and out, as Pydantic models; their docstrings and examples are the API's documentation."""
