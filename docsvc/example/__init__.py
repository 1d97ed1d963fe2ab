"""The example office: invented units, people and documents to try the service with."""
